package splice

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"strings"

	"cert-health/internal/extract/text"
)

// body returns the patch that puts data into a block. The block must hold exactly what was found in it: a trusted
// certificate of OpenSSL, for example, has more in it.
func body(l *text.Layout, i int, data []byte) (patch, error) {
	s := &l.Spans[i]
	form, err := shapeOfSpan(l, i)
	if err != nil {
		return patch{}, err
	}
	return patch{s.Units[0].From, s.Units[len(s.Units)-1].To, form.write(data)}, nil
}

func shapeOfSpan(l *text.Layout, i int) (shape, error) {
	s := &l.Spans[i]
	if len(s.Units) == 0 {
		return shape{}, errors.New("it cannot be read a second time")
	}
	head := l.Text[s.Body:s.Units[0].From]
	return shapeOf(l, s.Units, head, l.Text[s.Begin:s.End], neighbour(l, i))
}

// certificate returns the patches of a certificate and its chain.
func certificate(l *text.Layout, i int, e Certificate) (patches []patch, err error) {
	s := &l.Spans[i]
	if held, err := decode(s.Units); err != nil || sha256.Sum256(held) != e.Old {
		return nil, at(e.Line, errors.New("the block holds more than the certificate, and cannot be written back exactly"))
	}
	own, err := body(l, i, e.New)
	if err != nil {
		return nil, at(e.Line, err)
	}
	patches = append(patches, own)
	if e.Chain == nil {
		return patches, nil
	}
	more, err := chain(l, i, e.Chain)
	return append(patches, more...), at(e.Line, err)
}

// chain returns the patches of the chain that follows a certificate.
func chain(l *text.Layout, leaf int, wanted [][]byte) (patches []patch, err error) {
	last := leaf
	for n, i := range chainOf(l, leaf) {
		s := &l.Spans[i]
		if n >= len(wanted) {
			patches = append(patches, patch{from: l.Spans[i-1].End, to: s.End})
			continue
		}
		last = i
		held, _ := decode(s.Units)
		if bytes.Equal(held, wanted[n]) {
			continue
		}
		own, err := body(l, i, wanted[n])
		if err != nil {
			return patches, err
		}
		patches = append(patches, own)
	}
	if count := len(chainOf(l, leaf)); count < len(wanted) {
		more, err := further(l, leaf, last, wanted[count:])
		if err != nil {
			return patches, err
		}
		patches = append(patches, more)
	}
	return patches, nil
}

// chainOf are the blocks of the CAs that follow a leaf in its run, with nothing but keys between them.
func chainOf(l *text.Layout, leaf int) (list []int) {
	own := l.Spans[leaf].Certificate
	if own.Certificate.CA {
		return nil
	}
	for i := leaf + 1; i < len(l.Spans); i++ {
		c := l.Spans[i].Certificate
		switch {
		case c == nil:
		case c.Run == own.Run && c.Certificate.CA:
			list = append(list, i)
		default:
			return list
		}
	}
	return list
}

// further adds blocks behind another one. They are written like the leaf.
func further(l *text.Layout, leaf, last int, wanted [][]byte) (patch, error) {
	s := &l.Spans[leaf]
	form, err := shapeOfSpan(l, leaf)
	if err != nil {
		return patch{}, err
	}
	joint := form.separator
	if last > leaf {
		joint = l.Text[l.Spans[last-1].End:l.Spans[last].Begin]
	}
	var blocks []byte
	for _, data := range wanted {
		blocks = append(blocks, joint...)
		blocks = append(blocks, l.Text[s.Begin:s.Units[0].From]...)
		blocks = append(blocks, form.write(data)...)
		blocks = append(blocks, l.Text[s.Units[len(s.Units)-1].To:s.End]...)
	}
	return patch{l.Spans[last].End, l.Spans[last].End, blocks}, nil
}

// key returns the patches of a private key. Its markers change if the algorithm does and they name it.
func key(l *text.Layout, i int, e PrivateKey) (patches []patch, err error) {
	s := &l.Spans[i]
	label, data, err := e.New.in(s.Label)
	defer clear(data)
	if err != nil {
		return nil, at(e.Line, err)
	}
	if i > 0 && l.Spans[i-1].Label == "EC PARAMETERS" && !e.New.sameCurve(l, &l.Spans[i-1]) {
		return nil, at(e.Line, errors.New("the block before the key names the curve of the old key: write both by hand"))
	}
	own, err := body(l, i, data)
	if err != nil {
		return nil, at(e.Line, err)
	}
	patches = append(patches, own)
	if label == s.Label {
		return patches, nil
	}
	before, after := strings.TrimSuffix(s.Label, "PRIVATE KEY"), strings.TrimSuffix(label, "PRIVATE KEY")
	for _, marker := range [][2]int{{s.Begin, s.Body}, {s.Tail, s.End}} {
		p, err := relabel(l.Text, marker, strings.TrimSpace(before), strings.TrimSpace(after))
		if err != nil {
			return append(patches, own), at(e.Line, err)
		}
		patches = append(patches, p)
	}
	return patches, nil
}

// relabel replaces the first word of a label: RSA by EC.
func relabel(text []byte, marker [2]int, before, after string) (patch, error) {
	at := bytes.Index(text[marker[0]:marker[1]], []byte(before))
	if before == "" || after == "" || at < 0 {
		return patch{}, errors.New("the form of its block does not fit the new key's algorithm: write it by hand")
	}
	from := marker[0] + at
	return patch{from, from + len(before), []byte(after)}, nil
}
