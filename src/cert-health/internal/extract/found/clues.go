package found

import "cert-health/internal/cert"

// Clues are the private keys in an input, and what it says about which certificate and key
// are used together. Only an Extractor for files looks for them, and one with names for the labels.
type Clues struct {
	Keys []Key // in the order of the input
	// Labels has one label for each run. It is empty unless the input has certificates and
	// keys, or names are asked for.
	Labels []Label
	// Mentions are the files that the input names. It is empty if there is only one.
	Mentions []Mention
}

// Label is the name of a run in its file.
type Label struct {
	Name string // as written; empty if there is none
	// Mapping is the number of the mapping that the name is in: in braces, indented or under a
	// heading. It is 0 outside mappings, as in a script or an environment.
	Mapping int
}

// Mention is the path of a job's file that another file names.
type Mention struct {
	Label
	Path string
}

// Key is a private key at its place in an input. Nothing of it is kept but the digest of its
// public half.
type Key struct {
	Digest cert.KeyDigest
	Line   int // of its BEGIN line, from 1
	Form   cert.Form
	Run    int // like that of Certificate
}
