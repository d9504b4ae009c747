package fleet

import (
	"time"

	"cert-health/hub/internal/inventory"
	"cert-health/internal/cert"
	"cert-health/internal/verdict"
)

// Row is one certificate of one deployment with all its generations: what one secret of a store holds
// or, if no store is known, what has the same names and usages. It must not be changed.
type Row struct {
	ID         string // letters and digits; it stays as long as the deployment and the certificate do
	Deployment string
	Name       string    // for people
	Role       cert.Role // of the newest version
	// Store and Key are the full path of the secret and the key in it, as the store's own tools write
	// them; empty if no store is known. StoreTitle is the store's product: "Vault".
	Store, Key, StoreTitle string

	State    State
	Severity verdict.Severity
	Sentence string         // what is wrong, and on how many instances
	Why      string         // what the store holds, and since when; may be empty
	Next     []verdict.Step // what to do about it, once for all instances

	// Current is the newest version: what the store holds or, if that is not known, the newest in any
	// file. It is nil if each instance has a certificate of its own, and if nothing is known.
	Current *Version
	// Versions are all that are seen somewhere, the newest first.
	Versions []*Version

	// Instances is how many should have the certificate. Each of them is on the current version, behind
	// or not seen: OnCurrent + Behind + NotSeen = Instances.
	Instances int
	OnCurrent int // their files hold the current version
	Behind    int // their files hold something else
	NotSeen   int // they do not report now: silent, missing, stopped or ignored
	// SilentBehind is how many of NotSeen are silent, and were not as they should be when they were last
	// seen. That this is repaired is not known.
	SilentBehind int
	// Percent is OnCurrent of Instances, rounded down: 100 only if all instances report and have it.
	Percent int
	// Expired is how many instances that report have an expired version in a file or in a process.
	Expired int
	// States counts the instances that report by state.
	States map[State]int
	// Since is when the first of the instances that are behind fell behind; zero if that is not known.
	Since time.Time
	// Own tells that each instance has a certificate of its own, so that there is no current version.
	Own    bool
	Groups []*GroupRow // by name

	truth    truth
	subjects []*subject
	entries  []entry
	affected []int32 // instances with the row's state, by position
	worst    []int32 // of them, those with an expired version
	older    string  // a process and its job that serve an older version
	advice   advice
}

// Version is one generation of a certificate.
type Version struct {
	Fingerprint string // SHA-256 in hexadecimal; empty if only its existence is known
	Number      int    // of the secret; 0 if it is not known
	NotBefore   time.Time
	NotAfter    time.Time
	InStore     bool // the store holds it now
	Current     bool // it is what all instances should have
	Files       int  // instances that report with it in a file
	Processes   int  // instances that report with a process that serves it
}

// ID is the certificate's ID in the catalog.
func (v *Version) ID() inventory.ID { return inventory.ID(v.Fingerprint) }

// GroupRow is the part of a row in one instance group.
type GroupRow struct {
	Group     string
	AZs       []string
	Instances int
	OnCurrent int
	Behind    int
	NotSeen   int
	// Serving is how many instances have a process that was seen to serve a version, and ServingCurrent
	// how many of them serve the current one alone.
	Serving, ServingCurrent int
	State                   State // of the worst instance
	Laggards                []Laggard
	MoreLaggards            int       // that are not in Laggards
	Since                   time.Time // when the first of the laggards fell behind; zero if not known
}

// Laggard is an instance that is not as it should be: behind, not restarted, changed by hand.
type Laggard struct {
	Key   inventory.InstanceKey
	Name  string // as the BOSH CLI writes it, with the index if that is known: diego-cell/0
	AZ    string
	State State
	// File is what the files hold, and Process what an older process serves; nil if it is not known.
	File, Process *Version
	Since         time.Time // when it fell behind; zero if that is not known
}

// Cell is one certificate on one instance.
type Cell struct {
	Row      *Row
	Instance *Instance
	// State is empty if the instance does not report now; File and Process are what was last seen then.
	State    State
	Severity verdict.Severity
	File     *Version // the one that is not current, if there are several
	Process  *Version
	// ProcessName is the process that serves an older version, and ProcessJob its job.
	ProcessName, ProcessJob string
	Expired                 bool
	Since                   time.Time
	Places                  []string // as people write them: "rep config/certs/server.crt"
}
