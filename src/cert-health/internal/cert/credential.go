package cert

import "time"

// Credential is something that the agent logs in to a source with, and when it ends.
type Credential struct {
	Name        string      // says what it is; holds no part of the credential itself
	NotBefore   time.Time   // zero when it is unknown
	NotAfter    time.Time   // zero when UsedUp is set
	UsedUp      bool        // its uses are limited, and the last one is over
	Remedy      string      // how to get a new one
	Certificate Fingerprint // of a client certificate; zero for other credentials
}
