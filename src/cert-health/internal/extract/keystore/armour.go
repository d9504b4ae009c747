package keystore

import (
	"bytes"
	"encoding/pem"
	"errors"
)

const (
	beginMarker = "-----BEGIN "
	endMarker   = "-----END "
	dashes      = "-----"

	// maxLabel is the length within which a marker must be closed.
	maxLabel = 64
)

// labelled is what a block of RFC 7468 holds. PKCS7 is openssl's label, CMS the RFC's.
func labelled(label string) Kind {
	switch label {
	case "PKCS7", "PKCS #7 SIGNED DATA", "CMS":
		return PKCS7
	case "X509 CRL":
		return X509CRL
	}
	return None
}

// textBlock is an armoured block of a kind that belongs here.
type textBlock struct {
	kind       Kind
	begin, end int // offsets; the latter is behind its END line, or where it is missing
	text       []byte
}

// nextBlock finds the next block at the margin from an offset on. What is indented or
// escaped is left to package cert, which knows the ways to write text in text.
func nextBlock(data []byte, from int) (textBlock, bool) {
	for at := from; ; at += len(beginMarker) {
		next := bytes.Index(data[at:], []byte(beginMarker))
		if next < 0 {
			return textBlock{}, false
		}
		at += next
		window := data[at+len(beginMarker):]
		label, _, closed := bytes.Cut(window[:min(len(window), maxLabel)], []byte(dashes))
		kind := labelled(string(label))
		if closed && kind != None && (at == 0 || data[at-1] == '\n') {
			end := blockEnd(data, at, label)
			return textBlock{kind: kind, begin: at, end: end, text: data[at:end]}, true
		}
	}
}

// blockEnd is the offset behind the block's END line, or that of the next BEGIN.
func blockEnd(data []byte, begin int, label []byte) int {
	body := begin + len(beginMarker)
	limit := len(data)
	if next := bytes.Index(data[body:], []byte(beginMarker)); next >= 0 {
		limit = body + next
	}
	end := []byte(endMarker + string(label) + dashes)
	if at := bytes.Index(data[body:limit], end); at >= 0 {
		return body + at + len(end)
	}
	return limit
}

// armoured reads every block of a text that belongs here, in its order. One that cannot
// be read is a Broken, and the others go on.
func (o *opening) armoured(data []byte) error {
	line, counted := 1, 0
	for block, found := nextBlock(data, 0); found; block, found = nextBlock(data, block.end) {
		line += bytes.Count(data[counted:block.begin], []byte("\n"))
		counted = block.begin
		decoded, _ := pem.Decode(block.text)
		if decoded == nil && !announced(block.text) {
			continue // text about such blocks: a script's, a manual's
		}
		if decoded == nil {
			o.contents.broken(Broken{Line: line, Reason: "it is cut off, or holds what is not base64"})
			continue
		}
		err := o.block(block.kind, decoded.Bytes, line)
		if errors.Is(err, ErrLimit) {
			return err
		}
		if err != nil {
			o.contents.broken(Broken{Line: line, Reason: err.Error()})
		}
	}
	return nil
}

// announced tells whether the body of a block begins as that of a long sequence does.
func announced(text []byte) bool {
	_, body, _ := bytes.Cut(text[len(beginMarker):], []byte(dashes))
	return bytes.HasPrefix(bytes.TrimLeft(body, " \t\r\n"), []byte("MI"))
}

// block reads one block, or a file that is nothing else.
func (o *opening) block(kind Kind, der []byte, line int) error {
	if kind == X509CRL {
		return o.revocations(der, line)
	}
	return o.pkcs7(der, line)
}
