package found

import "cert-health/internal/cert"

// Clues are what an input tells of private keys and of who is used with whom. They
// are looked for by a Parser with Keys.
type Clues struct {
	Keys []Key // in the order of the input
	// Labels are those of the runs, from the first on. There are none unless
	// certificates and keys stand in the input.
	Labels []Label
	// Mentions are the files that the input names; none if it is just one.
	Mentions []Mention
}

// Label is what a run is called in the file in which it stands.
type Label struct {
	Name string // as written; empty where none can be made out
	// Mapping tells the mappings of a file apart, be they in braces, indented or under
	// a heading. 0 is none at all: the lines of a script or of an environment.
	Mapping int
}

// Mention is a job's file that is named by another.
type Mention struct {
	Label
	Path string
}

// Key is a private key as a parser found it. Nothing of it is kept but the digest of
// its public half, which its certificate shows to everybody.
type Key struct {
	Digest cert.KeyDigest
	Line   int // of its BEGIN line, from 1
	Form   cert.Form
	Run    int // as that of Certificate
}
