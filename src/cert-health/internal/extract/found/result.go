package found

import "cert-health/internal/cert"

// Certificate is one certificate at its place in an input.
type Certificate struct {
	Certificate *cert.Certificate
	Line        int // of its BEGIN line, from 1; 0 in binary input
	Form        cert.Form
	Alias       string // of a key store's entry
	// Group numbers the values of the input: certificates that stand in one
	// value, be it a file, a string or a block, share it.
	Group int
	// Run numbers what stands one behind the other with nothing in between, from 1
	// on; 0 in binary input.
	Run int
}

// Broken is a block that announced a certificate and is none.
type Broken struct {
	Line   int // of its BEGIN line, from 1; 0 in binary input
	Reason string
}

// Result is all that a parser has to say about one input.
type Result struct {
	Certificates []Certificate // in the order of the input
	Broken       []Broken
	// CRLs are the revocation lists.
	CRLs []cert.CRL
	// Omitted counts broken blocks beyond MaxBroken: a hostile file shall
	// not write a report of a million lines.
	Omitted int
	// Clues are what there is besides; nil for nothing.
	Clues *Clues
}

// MaxBroken is the number of broken blocks that one Result lists.
const MaxBroken = 20

// Add takes over what another parser found in the same input.
func (r *Result) Add(more Result) {
	r.Certificates = append(r.Certificates, more.Certificates...)
	r.CRLs = append(r.CRLs, more.CRLs...)
	for _, b := range more.Broken {
		r.AddBroken(b.Line, b.Reason)
	}
	r.Omitted += more.Omitted
}

// AddBroken adds a broken block, or counts it if there are MaxBroken already.
func (r *Result) AddBroken(line int, reason string) {
	if len(r.Broken) == MaxBroken {
		r.Omitted++
		return
	}
	r.Broken = append(r.Broken, Broken{Line: line, Reason: reason})
}

// Roles tells the role of each certificate in the Result, in its order. Two or
// more different CAs in one value, with no leaf beside them, are a trust bundle.
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

// SentWithLeaf tells of each certificate in the Result, in its order, whether it is a CA that
// stands behind a leaf with nothing but white space and keys in between. What stands in
// a key store may be there for either purpose, and is not told.
func (r *Result) SentWithLeaf() []bool {
	shown := make([]bool, len(r.Certificates))
	run := 0 // that a leaf begins
	for i, found := range r.Certificates {
		first := i == 0 || r.Certificates[i-1].Run != found.Run
		switch {
		case found.Run == 0:
		case first && !found.Certificate.CA:
			run = found.Run
		default:
			shown[i] = found.Certificate.CA && found.Run == run
		}
	}
	return shown
}
