package text

import (
	"bytes"

	"cert-health/internal/budget"
)

// anchor is the beginning of base64, or of hexadecimal, that may hold a certificate.
type anchor struct {
	chars string
	// begins tells whether a value may begin after a part of the text. It is nil if the
	// characters may be anywhere in a value.
	begins func(before []byte) bool
	read   func(s *textScan, at, to int) (end int)
}

// anchors is the table of all anchors.
func anchors() [7]anchor {
	return [...]anchor{
		{wrappedDashes, nil, (*textScan).wrappedValue}, // PEM
		{"MI", valueBegins, (*textScan).derValue},      // DER of 128 bytes and more
		{"+7Q", jksBegins, (*textScan).jksValue},       // JKS, after /u3: a slash is too frequent to search for
		{"zs7Ozg", valueBegins, (*textScan).derValue},  // JCEKS
		{"3082", hexBegins, (*textScan).hexValue},      // hexadecimal of DER of 256 bytes and more
		{"TFMw", valueBegins, (*textScan).nestedValue}, // the base64 of wrappedDashes
		{"TUlJ", valueBegins, (*textScan).nestedValue}, // the base64 of MII
	}
}

// base64 searches a part of the text, between two blocks, for base64: of PEM, of DER, of key
// stores, and of base64 itself; and for the hexadecimal of DER.
func (s *textScan) base64(from, to int) {
	if s.depth == maxDepth {
		return
	}
	table := anchors()
	var next [len(table)]int
	for i, a := range table {
		next[i] = a.find(s.text[:to], from)
	}
	for {
		first := 0
		for i := range next {
			if next[i] < next[first] {
				first = i
			}
		}
		if next[first] == to {
			return
		}
		if s.parser.Certificates.Account.Spend(budget.Bytes, costOfLook); s.parser.Certificates.Spent() {
			return
		}
		s.searched = from
		from = max(table[first].read(s, next[first], to), next[first]+1)
		for i, a := range table {
			if next[i] < from {
				next[i] = a.find(s.text[:to], from)
			}
		}
	}
}

// find returns the next offset of the anchor, or the length of the text.
func (a anchor) find(text []byte, from int) int {
	for from < len(text) {
		next := bytes.Index(text[from:], []byte(a.chars))
		if next < 0 {
			break
		}
		if at := from + next; a.begins == nil || a.begins(text[:at]) {
			return at
		}
		from += next + 1
	}
	return len(text)
}

// valueBegins tells whether a value can begin after this text: behind a byte that is not
// base64, an assignment, or an escaped line break or quote.
func valueBegins(before []byte) bool {
	if len(before) == 0 || !isBase64(before[len(before)-1]) || before[len(before)-1] == '=' {
		return true
	}
	for _, escape := range []string{`\n`, `\r`, `\t`, "%0A", "%0D", "%20", "%3D", "%22", "%3A", "%2C", `\u003e`, `\u003E`} {
		if bytes.HasSuffix(before, []byte(escape)) {
			return true
		}
	}
	return false
}

// hexBegins tells whether hexadecimal can begin after this text.
func hexBegins(before []byte) bool { return len(before) == 0 || !isHex(before[len(before)-1]) }

// beforeJKS is how the base64 of JKS begins, before its anchor.
const beforeJKS = "/u3"

func jksBegins(before []byte) bool {
	begin, ok := bytes.CutSuffix(before, []byte(beforeJKS))
	return ok && valueBegins(begin)
}

// jksValue reads the base64 of JKS.
func (s *textScan) jksValue(at, to int) (end int) { return s.derValue(at-len(beforeJKS), to) }
