// Package trust says who can talk to whom: for each edge of the knowledge, whether the clients that exist now
// trust the servers that exist now, and the other way round. It says what stops at which time if nothing is
// renewed, what one certificate takes with it, and what a step changes before it is taken.
//
// It is pure: it reads a survey and edges, no clock, and does no I/O. A survey has names and key identifiers and
// no signatures. Where they do not decide, or where libraries differ, the answer is Unknown.
package trust

import (
	"time"

	"cert-health/internal/knowledge"
	"cert-health/internal/survey"
)

// Status is the result of one handshake.
type Status string

// The results. There are no others.
const (
	Trusted             Status = "trusted"
	Unknown             Status = "unknown"
	Expired             Status = "expired" // a certificate of the chain
	NotYetValid         Status = "not_yet_valid"
	UnknownCA           Status = "unknown_ca"
	WrongName           Status = "wrong_name"  // the server's certificate lacks the name for which the client asks
	WrongUsage          Status = "wrong_usage" // its extended key usages exclude this side
	NoClientCertificate Status = "no_client_certificate"
)

// Refused tells whether the handshake fails.
func (s Status) Refused() bool { return s != Trusted && s != Unknown }

// Statuses are all results, the gravest last.
func Statuses() []Status {
	return []Status{Trusted, Unknown, WrongUsage, WrongName, NotYetValid, NoClientCertificate, UnknownCA, Expired}
}

// Side is one end of a connection.
type Side string

// The sides.
const (
	Client Side = "client"
	Server Side = "server"
)

// Ref is a certificate in an answer.
type Ref struct {
	Name        string    `json:"name"`
	Fingerprint string    `json:"fingerprint_sha256"`
	NotAfter    time.Time `json:"not_after,omitzero"`
	CA          bool      `json:"ca,omitempty"`
}

func refOf(c *survey.Certificate) Ref {
	return Ref{Name: c.Name, Fingerprint: c.Fingerprint, NotAfter: c.NotAfter, CA: c.CA}
}

// Group counts instances of one instance group.
type Group struct {
	Deployment string `json:"deployment,omitempty"`
	Name       string `json:"group"`
	Instances  int    `json:"instances"`
}

// Generation are all instances whose certificates for one side of an edge are the same.
type Generation struct {
	Groups    []Group  `json:"groups"` // in the order of their names
	Instances int      `json:"instances"`
	Examples  []string `json:"examples"`           // the names of the first instances
	NotSeen   int      `json:"not_seen,omitempty"` // instances of which nothing is known from now
	// Certificates are in the files for this side, Trusts are the CAs of its bundle.
	Certificates []Ref `json:"certificates"`
	Trusts       []Ref `json:"trusts"`
	// Shown is what the processes of a server show, if that differs from the files.
	Shown []Ref `json:"shown,omitempty"`
	// Behind is true if a process of the job runs with certificates from before its files changed: what
	// it trusts is not seen.
	Behind bool `json:"behind,omitempty"`
}

// Verdict is what comes of a handshake, and why.
type Verdict struct {
	Status Status `json:"status"`
	// By is the side that refuses; empty if none does.
	By Side `json:"by,omitempty"`
	// Certificate is the certificate that is refused, or that could not be judged.
	Certificate *Ref `json:"certificate,omitempty"`
	// Cause is the certificate because of which it is refused, if that is a CA above it.
	Cause *Ref `json:"cause,omitempty"`
	// Also are other faults of the same handshake, which another library may name first.
	Also []Status `json:"also,omitempty"`
	Why  string   `json:"why,omitempty"` // a sentence; empty for Trusted
	// Ends is when the last chain of the certificates ends; zero if that is not known.
	Ends time.Time `json:"ends,omitzero"`
	// EndsWith is the certificate that ends then.
	EndsWith *Ref `json:"ends_with,omitempty"`
}

// Cell is one pair of generations.
type Cell struct {
	Client int     `json:"client"` // the index of a generation
	Server int     `json:"server"`
	Files  Verdict `json:"files"` // with what the files hold: after a restart of both
	// Now is with what processes show, if that differs from the files or if a process is behind.
	Now *Verdict `json:"now,omitempty"`
}

// Worst is the graver of both states.
func (c *Cell) Worst() Verdict {
	if c.Now != nil && grave(c.Now.Status) > grave(c.Files.Status) {
		return *c.Now
	}
	return c.Files
}

// EdgeMatrix is one edge of the matrix.
type EdgeMatrix struct {
	Edge    knowledge.Edge `json:"edge"`
	Clients []Generation   `json:"clients"`
	Servers []Generation   `json:"servers"`
	Cells   []Cell         `json:"cells"`
	// Missing says which side is not seen; there are no cells then.
	Missing string `json:"missing,omitempty"`
}

// Worst is the gravest status of the edge; Unknown without a cell.
func (e *EdgeMatrix) Worst() Status {
	worst := Trusted
	for i := range e.Cells {
		if own := e.Cells[i].Worst().Status; grave(own) > grave(worst) {
			worst = own
		}
	}
	if len(e.Cells) == 0 {
		return Unknown
	}
	return worst
}

// Matrix says for all edges who can talk to whom.
type Matrix struct {
	At    time.Time    `json:"at"`
	After []string     `json:"after,omitempty"` // the steps that are simulated
	Edges []EdgeMatrix `json:"edges"`           // those with a cell first, the gravest first
	// Counts are the numbers of cells by the status of Worst.
	Counts map[Status]int `json:"counts"`
	Blind  []string       `json:"not_seen"` // what is not seen, a sentence each
}

// Refused is the number of cells in which somebody is refused.
func (m *Matrix) Refused() (n int) {
	for status, cells := range m.Counts {
		if status.Refused() {
			n += cells
		}
	}
	return n
}

func grave(s Status) int {
	for i, own := range Statuses() {
		if own == s {
			return i
		}
	}
	return len(Statuses())
}

// Break is what stops at one moment.
type Break struct {
	At          time.Time `json:"at"`
	Certificate Ref       `json:"certificate"` // that ends then
	Edges       []Broken  `json:"edges"`       // empty if no edge is known that uses it
	// Jobs have the certificate in their files.
	Jobs      []string `json:"jobs"`
	Groups    []Group  `json:"groups"` // where it is deployed
	Instances int      `json:"instances"`
	// Restart is true if only processes still use the certificate: their files hold another one.
	Restart bool `json:"restart,omitempty"`
}

// Broken is one edge that stops.
type Broken struct {
	Edge     string  `json:"edge"`
	From     string  `json:"from"` // jobs
	To       string  `json:"to"`
	As       Side    `json:"as"`             // whose chain ends
	Leaf     *Ref    `json:"leaf,omitempty"` // whose chain ends, if that of the break is a CA
	Clients  []Group `json:"clients"`
	Servers  []Group `json:"servers"`
	Breaks   string  `json:"breaks,omitempty"`
	Survives string  `json:"survives,omitempty"`
}

// Use is one edge that uses a certificate.
type Use struct {
	Edge     string  `json:"edge"`
	From     string  `json:"from"`
	To       string  `json:"to"`
	Port     uint16  `json:"port,omitempty"`
	Groups   []Group `json:"groups"` // with the certificate
	Breaks   string  `json:"breaks,omitempty"`
	Survives string  `json:"survives,omitempty"`
	Learned  string  `json:"learned,omitempty"`
	// Alone is true if the other side of the edge is not seen.
	Alone bool `json:"alone,omitempty"`
}

// Below is a leaf below a CA.
type Below struct {
	Leaf   Ref     `json:"leaf"`
	Groups []Group `json:"groups"`
	// Ends is when the leaf stops to be of use: with itself, or with its CA.
	Ends   time.Time `json:"ends"`
	WithCA bool      `json:"with_ca,omitempty"`
}

// Radius is what one certificate takes with it.
type Radius struct {
	Certificate Ref     `json:"certificate"`
	Server      []Use   `json:"server"` // edges on which it is the server's certificate
	Client      []Use   `json:"client"`
	Trusts      []Use   `json:"trusts"` // edges on which somebody trusts others because of it
	Leaves      []Below `json:"leaves"` // of a CA, those that are deployed
	// Jobs have it in their files, but no edge is known that uses it there.
	Jobs   []string `json:"jobs"`
	Groups []Group  `json:"groups"` // where it is deployed
}
