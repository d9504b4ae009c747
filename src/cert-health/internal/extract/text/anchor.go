package text

import "bytes"

// minRun is the length of the base64 run without which text is searched for few anchors only. The
// narrowest lines in use have 60 characters; an escaped slash may split them.
const minRun = 24

// beginsDER is how the base64 of a certificate or of another structure of 256 bytes and more begins.
const beginsDER = "MII"

// anchor is the beginning of base64, or of hexadecimal, that may hold a certificate.
type anchor struct {
	chars string
	// begins tells whether a value may begin after a part of the text. It is nil if the characters may be
	// anywhere in a value.
	begins func(before []byte) bool
	read   func(s *textScan, at, to int) (end int)
}

// anchors is the table of all anchors.
func anchors() [7]anchor {
	return [...]anchor{
		{wrappedDashes, nil, (*textScan).wrappedValue}, // PEM
		{"MI", valueBegins, (*textScan).derValue},      // DER of 128 bytes and more
		{"/u3+7Q", valueBegins, (*textScan).derValue},  // JKS
		{"zs7Ozg", valueBegins, (*textScan).derValue},  // JCEKS
		{"3082", hexBegins, (*textScan).hexValue},      // hexadecimal of DER of 256 bytes and more
		{"TFMw", valueBegins, (*textScan).nestedValue}, // the base64 of wrappedDashes
		{"TUlJ", valueBegins, (*textScan).nestedValue}, // the base64 of MII
	}
}

// base64 searches a part of the text, between two blocks, for base64: of PEM, of DER, of key
// stores, and of base64 itself; and for the hexadecimal of DER.
func (s *textScan) base64(from, to int) {
	if s.depth == maxDepth || !mayHoldBase64(s.text[from:to]) {
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

// mayHoldBase64 tells whether text is searched for all anchors. The base64 of PEM and of DER is found
// in lines of any length.
func mayHoldBase64(text []byte) bool {
	return hasRun(text) || bytes.Contains(text, []byte(beginsDER)) || bytes.Contains(text, []byte(wrappedDashes))
}

// hasRun tells whether there is a run of minRun characters of base64. It looks at the last
// byte of each possible run first, and so at a fraction of the text.
func hasRun(text []byte) bool {
	for start := 0; start+minRun <= len(text); {
		at := start + minRun - 1
		for at >= start && isBase64(text[at]) {
			at--
		}
		if at < start {
			return true
		}
		start = at + 1
	}
	return false
}
