package knowledge

import (
	"fmt"
	"slices"
	"strings"

	"cert-health/internal/strict"
)

// Fault is what is wrong with a certificate.
type Fault string

// The faults. There are no others.
const (
	Expired       Fault = "expired"
	NotYetValid   Fault = "not_yet_valid"
	UnknownCA     Fault = "unknown_ca"
	WrongName     Fault = "wrong_name"
	NoCertificate Fault = "no_certificate" // none was sent where one is required
	WrongUsage    Fault = "wrong_usage"    // the extended key usages do not permit it
	WrongKey      Fault = "wrong_key"      // the private key does not belong to the certificate
	Revoked       Fault = "revoked"
	ExpiredCRL    Fault = "expired_crl" // a revocation list is too old or missing
	Weak          Fault = "weak"        // its key or signature is too weak
	Invalid       Fault = "invalid"     // the certificate or its chain breaks another rule
	Unreadable    Fault = "unreadable"  // a file with a certificate or key cannot be loaded
	Refused       Fault = "refused"     // the words do not say why
	NotTLS        Fault = "not_tls"     // one side speaks no TLS, or another version of it: no certificate is at fault
)

// Faults are all faults.
func Faults() []string {
	return []string{string(Expired), string(NotYetValid), string(UnknownCA), string(WrongName), string(NoCertificate), string(WrongUsage), string(WrongKey),
		string(Revoked), string(ExpiredCRL), string(Weak), string(Invalid), string(Unreadable), string(Refused), string(NotTLS)}
}

// UnmarshalText reads a fault.
func (f *Fault) UnmarshalText(text []byte) error { return word(f, text, Faults()) }

// Side is one side of a handshake: which one wrote a line.
type Side string

// The sides. It is empty if the words do not tell.
const (
	Client Side = "client"
	Server Side = "server"
)

// UnmarshalText reads a side.
func (s *Side) UnmarshalText(text []byte) error {
	return word(s, text, []string{string(Client), string(Server)})
}

// Other is the other side; empty for an empty side.
func (s Side) Other() Side {
	switch s {
	case Client:
		return Server
	case Server:
		return Client
	}
	return ""
}

// Whose tells whose certificate is at fault, as seen by the program that wrote the line.
type Whose string

// The program that wrote the line refused the peer, or the peer refused it; Either if the words do not tell which.
const (
	Peer   Whose = "peer"
	Own    Whose = "own"
	Either Whose = "either"
)

// UnmarshalText reads whose certificate it is.
func (w *Whose) UnmarshalText(text []byte) error {
	return word(w, text, []string{string(Peer), string(Own), string(Either)})
}

// word reads one word of a closed list.
func word[W ~string](into *W, text []byte, known []string) error {
	if !slices.Contains(known, string(text)) {
		return fmt.Errorf("it must be one of %s%s", strings.Join(known, ", "), strict.Hint(string(text), known))
	}
	*into = W(text)
	return nil
}
