// Package survey is what is known about the certificates of a platform at one moment: which are in
// which files of which instances, what processes serve, and what stores hold. It is made of the reports of
// VMs, or by the hub of its own view. The packages rotation, trust and explain read it. It is pure: it does
// no I/O and reads no clock.
package survey

import (
	"strings"
	"time"

	"cert-health/internal/cert"
)

// Survey is all that is known. It must not be changed.
type Survey struct {
	At           time.Time
	Certificates []*Certificate // each certificate once, in the order of their fingerprints
	Instances    []*Instance    // in the order of their keys
	Secrets      []*Secret      // in the order of store, path and key
	// Blind says what is not seen, a sentence each.
	Blind []string
}

// Certificate is one certificate. There is one pointer for each fingerprint of a survey.
type Certificate struct {
	Fingerprint string // 64 hexadecimal digits
	Name        string // for people
	Subject     string // RFC 2253; empty if only a handshake has shown the certificate
	Issuer      string
	Serial      string
	SANs        []string
	NotBefore   time.Time // zero if only a handshake has shown the certificate
	NotAfter    time.Time
	Key         string   // "RSA 2048"
	Usages      []string // extended key usages; none means all
	CA          bool
	KeyID       string // in hexadecimal; empty if it is not known
	AuthorityID string
}

// SelfIssued tells whether subject and issuer are the same.
func (c *Certificate) SelfIssued() bool { return c.Subject == c.Issuer }

// Usable tells whether the dates of the certificate hold at a time.
func (c *Certificate) Usable(at time.Time) bool {
	return !at.Before(c.NotBefore) && at.Before(c.NotAfter)
}

// SignedBy tells whether ca signed the certificate, by names and key identifiers. A survey has no
// signatures that could prove it.
func (c *Certificate) SignedBy(ca *Certificate) bool {
	if !ca.CA || c.Issuer == "" || c.Issuer != ca.Subject {
		return false
	}
	return c.AuthorityID == "" || ca.KeyID == "" || c.AuthorityID == ca.KeyID
}

// SameKey tells whether two CAs have the same key as far as their key identifiers say: each signature of one is
// valid with the other one, too.
func (c *Certificate) SameKey(other *Certificate) bool {
	return c == other || c.KeyID != "" && c.KeyID == other.KeyID
}

// May tells whether the extended key usages permit a usage: "serverAuth" or "clientAuth".
func (c *Certificate) May(usage string) bool {
	if len(c.Usages) == 0 {
		return true
	}
	for _, own := range c.Usages {
		if own == usage || own == "anyExtendedKeyUsage" {
			return true
		}
	}
	return false
}

// Reporting is the standing of an instance whose agent reports now. All others are words of the hub: silent,
// missing, stopped, ignored.
const Reporting = "reporting"

// Instance is one VM.
type Instance struct {
	Deployment, Group, ID string
	Name                  string // as the BOSH CLI writes it: group/index, or group/id
	AZ, Address           string
	Standing              string
	At                    time.Time // the moment of the newest report; zero without one
	Places                []Place   // in the order of job, file and line
	Shown                 []Shown
}

// Key is deployment/group/id.
func (i *Instance) Key() string { return strings.Join([]string{i.Deployment, i.Group, i.ID}, "/") }

// Seen tells whether what is known of the instance is from now.
func (i *Instance) Seen() bool { return i.Standing == Reporting }

// Place is one certificate in one file.
type Place struct {
	Job         string // empty outside the jobs' directory
	File        string // as the VM sees it
	Line        int
	Alias       string
	Form        cert.Form
	Role        cert.Role
	Class       cert.FileClass
	Certificate *Certificate
	// Sent is true for a CA that is sent together with a leaf. Nothing trusts it because of that.
	Sent bool
	// Secret is what a store holds in its place: "PATH:KEY", as in Secret.Name. It is empty if it is not known.
	Secret string
}

// Trusts tells whether the place is a member of what a job trusts.
func (p *Place) Trusts() bool { return p.Role != cert.Leaf && !p.Sent }

// Shown is a certificate that a process serves.
type Shown struct {
	Job, Process string
	Address      string // as bound
	ServerName   string
	Started      time.Time // of the process; zero if it is not known
	Certificate  *Certificate
	Loaded       bool // a file of its job holds the certificate
}

// Secret is what a store holds under one key now.
type Secret struct {
	Store   string // the product: "Vault"
	Path    string // in full, as the store's own tools write it
	Key     string
	Version int       // 0 without versions
	Since   time.Time // when that version was written; zero if it is not known
	// Certificates are in their order: a leaf and its chain, or a bundle of CAs. They are empty if only the
	// end of the certificate is known.
	Certificates []*Certificate
	NotAfter     time.Time // of the first certificate
}

// Name is PATH:KEY.
func (s *Secret) Name() string { return s.Path + ":" + s.Key }

// Of are the places of a certificate on an instance.
func (i *Instance) Of(c *Certificate) (places []Place) {
	for _, p := range i.Places {
		if p.Certificate == c {
			places = append(places, p)
		}
	}
	return places
}
