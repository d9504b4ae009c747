// Package found holds the nouns of extraction: what a reader found in one input, a file or a
// value. The readers below extract fill them; package pairing and others read them.
package found

import (
	"strings"

	"cert-health/internal/cert"
)

// Certificate is one certificate at its place in an input.
type Certificate struct {
	Certificate *cert.Certificate
	Line        int // of its BEGIN line, from 1; 0 in binary input
	Form        cert.Form
	Alias       string // of a key store's entry
	// Group is the number of the value in the input. The certificates in one value (a file, a
	// string or a block) have the same one.
	Group int
	// Run is the number of the run, from 1: blocks that follow each other directly are one
	// run. It is 0 in binary input.
	Run int
}

// NameOf is the name before a certificate in an input whose names were read: the key of its value in
// YAML or JSON. It is empty if there is none.
func (r *Result) NameOf(c Certificate) string {
	if r.Clues == nil || c.Run == 0 || c.Run > len(r.Clues.Labels) {
		return ""
	}
	return r.Clues.Labels[c.Run-1].Name
}

// Broken is a block that announces a certificate and is not one.
type Broken struct {
	Line   int // of its BEGIN line, from 1; 0 in binary input
	Reason string
}

// Result is what a reader found in one input.
type Result struct {
	Certificates []Certificate // in the order of the input
	Broken       []Broken
	CRLs         []cert.CRL
	// Omitted counts broken blocks beyond MaxBroken: a hostile file must not cause a report
	// with a million lines.
	Omitted int
	// Clues are nil when there are none.
	Clues *Clues
}

// MaxBroken is the number of broken blocks that one Result lists.
const MaxBroken = 20

// Add adds what another reader found in the same input.
func (r *Result) Add(more Result) {
	r.Certificates = append(r.Certificates, more.Certificates...)
	r.CRLs = append(r.CRLs, more.CRLs...)
	for _, b := range more.Broken {
		r.AddBroken(b.Line, b.Reason)
	}
	r.Omitted += more.Omitted
}

// maxReason is the size at which a reason is cut, in bytes. crypto/x509 quotes what it refuses.
const maxReason = 500

// AddBroken adds a broken block, or counts it if there are MaxBroken already.
func (r *Result) AddBroken(line int, reason string) {
	if len(reason) > maxReason {
		reason = strings.ToValidUTF8(reason[:maxReason], "") + "..."
	}
	if len(r.Broken) == MaxBroken {
		r.Omitted++
		return
	}
	r.Broken = append(r.Broken, Broken{Line: line, Reason: reason})
}

// Roles returns the role of each certificate, in their order. Two or more different CAs in
// one value, without a leaf, are a bundle.
func (r *Result) Roles() []cert.Role {
	type group struct {
		first  cert.Fingerprint
		bundle bool
		leaf   bool
	}
	groups := map[int]*group{}
	for _, found := range r.Certificates {
		g := groups[found.Group]
		switch {
		case g == nil:
			groups[found.Group] = &group{first: found.Certificate.Fingerprint, leaf: !found.Certificate.CA}
		case !found.Certificate.CA:
			g.leaf = true
		case found.Certificate.Fingerprint != g.first:
			g.bundle = true
		}
	}
	roles := make([]cert.Role, len(r.Certificates))
	for i, found := range r.Certificates {
		g := groups[found.Group]
		switch {
		case !found.Certificate.CA:
			roles[i] = cert.Leaf
		case g.bundle && !g.leaf:
			roles[i] = cert.Trust
		default:
			roles[i] = cert.CA
		}
	}
	return roles
}

// SentWithLeaf tells for each certificate, in their order, whether it is a CA that follows a
// leaf with nothing but white space and keys in between. It is false in key stores, where a
// CA may have either purpose.
func (r *Result) SentWithLeaf() []bool {
	sent := make([]bool, len(r.Certificates))
	run := 0 // the run that began with a leaf
	for i, found := range r.Certificates {
		first := i == 0 || r.Certificates[i-1].Run != found.Run
		switch {
		case found.Run == 0:
		case first && !found.Certificate.CA:
			run = found.Run
		default:
			sent[i] = found.Certificate.CA && found.Run == run
		}
	}
	return sent
}
