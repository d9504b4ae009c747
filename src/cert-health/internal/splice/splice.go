// Package splice writes certificates and private keys into the bytes of a file, in place of the ones that package
// extract found there. Everything else stays as it is, byte for byte: the text around the blocks, indentation, line
// endings, the width of lines, and the way in which a line break or a character is escaped.
//
// It refuses a form that it cannot write, and a block whose lines are not alike. After each change it reads the result
// again, and refuses it unless exactly the intended certificates and keys have changed. It does no I/O.
package splice

import (
	"cmp"
	"fmt"
	"slices"

	"cert-health/internal/cert"
	"cert-health/internal/extract/text"
)

// Certificate is a certificate in a file that is replaced by another one.
type Certificate struct {
	Line int
	Old  cert.Fingerprint
	New  []byte // DER
	// Chain are the CAs that follow it in its value from now on, as DER. It is nil if the chain stays as it is.
	Chain [][]byte
}

// PrivateKey is a private key in a file that is replaced by another one.
type PrivateKey struct {
	Line int
	Old  cert.KeyDigest
	New  *Key
}

// Edits are all changes of one file.
type Edits struct {
	Certificates []Certificate
	Keys         []PrivateKey
}

// Splice returns the contents with the edits. It does not change contents. The result may hold private keys: the caller
// wipes it.
func Splice(contents []byte, edits Edits) ([]byte, error) {
	if err := check(contents, edits); err != nil {
		return nil, err
	}
	layout := text.LayoutOf(contents)
	defer layout.Wipe()
	w := &writer{edits: edits, done: map[string]bool{}}
	patches, err := w.layer(layout)
	defer wipe(patches)
	if err != nil {
		return nil, err
	}
	if err := w.missed(); err != nil {
		return nil, err
	}
	written := apply(contents, patches)
	if err := prove(contents, written, edits); err != nil {
		clear(written)
		return nil, err
	}
	return written, nil
}

// patch is a part of the contents, and what is written in its place.
type patch struct {
	from, to int
	text     []byte
}

// apply returns the contents with the patches.
func apply(text []byte, patches []patch) []byte {
	slices.SortStableFunc(patches, func(a, b patch) int { return cmp.Compare(a.from, b.from) })
	size := len(text)
	for _, p := range patches {
		size += len(p.text) - (p.to - p.from)
	}
	written, at := make([]byte, 0, size), 0 // it never grows, so that no copy of a key is left behind
	for _, p := range patches {
		written = append(append(written, text[at:p.from]...), p.text...)
		at = p.to
	}
	return append(written, text[at:]...)
}

func wipe(patches []patch) {
	for _, p := range patches {
		clear(p.text)
	}
}

// writer finds the blocks that an edit means, and writes others in their place.
type writer struct {
	edits Edits
	done  map[string]bool // the edits that were made
}

// missed returns an error if an edit found no block.
func (w *writer) missed() error {
	for _, e := range w.edits.Certificates {
		if !w.done[e.id()] {
			return fmt.Errorf("line %d does not hold the certificate any more, or not as PEM text", e.Line)
		}
	}
	for _, e := range w.edits.Keys {
		if !w.done[e.id()] {
			return fmt.Errorf("line %d does not hold the private key any more, or not as PEM text", e.Line)
		}
	}
	return nil
}

func (e Certificate) id() string { return fmt.Sprintf("certificate %d %x", e.Line, e.Old) }

func (e PrivateKey) id() string { return fmt.Sprintf("key %d %x", e.Line, e.Old) }

// layer returns the patches of one layer: of the file, or of a value that was decoded from base64.
func (w *writer) layer(l *text.Layout) (patches []patch, err error) {
	for i := range l.Spans {
		own, err := w.span(l, i)
		if patches = append(patches, own...); err != nil {
			return patches, err
		}
	}
	for i := range l.Values {
		own, err := w.value(l, &l.Values[i])
		if patches = append(patches, own...); err != nil {
			return patches, err
		}
	}
	return patches, nil
}

// span returns the patches of one block, and of the chain that follows it.
func (w *writer) span(l *text.Layout, i int) ([]patch, error) {
	s := &l.Spans[i]
	switch {
	case s.Certificate != nil:
		for _, e := range w.edits.Certificates {
			if e.Line == s.Certificate.Line && e.Old == s.Certificate.Certificate.Fingerprint {
				w.done[e.id()] = true
				return certificate(l, i, e)
			}
		}
	case s.Key != nil:
		for _, e := range w.edits.Keys {
			if e.Line == s.Key.Line && e.Old == s.Key.Digest {
				w.done[e.id()] = true
				return key(l, i, e)
			}
		}
	}
	return nil, nil
}
