package cert

// Found is one certificate as a parser found it.
type Found struct {
	Certificate *Certificate
	Line        int // of its BEGIN line, from 1; 0 in binary input
	Form        Form
	Alias       string // of a key store's entry
	// Group numbers the values of the input: certificates that stand in one
	// value, be it a file, a string or a block, share it.
	Group int
	// Run numbers what stands one behind the other with nothing in between, from 1
	// on; 0 in binary input.
	Run int
}

// Bundle is an armoured block of PKCS #7, unread: several certificates without a key.
// Or it is a revocation list.
type Bundle struct {
	DER   []byte
	CRL   bool // it is labelled as a revocation list
	Line  int  // of its BEGIN line, from 1
	Group int
}

// Broken is a block that announced a certificate and is none.
type Broken struct {
	Line   int // of its BEGIN line, from 1; 0 in binary input
	Reason string
}

// Result is all that a parser has to say about one input.
type Result struct {
	Certificates []Found // in the order of the input
	Broken       []Broken
	// CRLs are the revocation lists.
	CRLs []CRL
	// Bundles are the blocks of a text that package keystore reads.
	Bundles []Bundle
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
		r.broken(b.Line, b.Reason)
	}
	r.Omitted += more.Omitted
}

func (r *Result) broken(line int, reason string) {
	if len(r.Broken) == MaxBroken {
		r.Omitted++
		return
	}
	r.Broken = append(r.Broken, Broken{Line: line, Reason: reason})
}

// Roles tells the role of each certificate in the Result, in its order. Two or
// more different CAs in one value, with no leaf beside them, are a trust bundle.
func (r *Result) Roles() []Role {
	type group struct {
		first  Fingerprint
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
	roles := make([]Role, len(r.Certificates))
	for i, found := range r.Certificates {
		g := groups[found.Group]
		switch {
		case !found.Certificate.CA:
			roles[i] = Leaf
		case g.bundle && !g.leaf:
			roles[i] = Trust
		default:
			roles[i] = CA
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
