package text

import (
	"bytes"
	"fmt"
	"strings"
)

const (
	beginMarker = "-----BEGIN"
	endMarker   = "-----END"
	dashes      = "-----"

	// maxLabel is the length of the longest label, its closing dashes included. The
	// longest label in use, of RFC 7468, has half of that.
	maxLabel = 64
)

// state is what a BEGIN marker turned out to be.
type state int

const (
	mention  state = iota // text about certificates, for example a grep in a script
	complete              // a block with its END
	invalid               // a block that cannot be read
)

// block is one encapsulated block of RFC 7468.
type block struct {
	begin   int // offset of its BEGIN marker
	body    int // offset after the marker
	end     int // offset after the block
	label   string
	state   state
	reason  string // why it is invalid
	escaped bool   // its line breaks are written as escapes
	lines   bool   // each line is a string of its own
	// separator stands between two of these strings.
	separator []byte
}

// certificate tells whether the label announces a certificate.
func (b block) certificate() bool {
	switch b.label {
	case "CERTIFICATE", "X509 CERTIFICATE", "TRUSTED CERTIFICATE":
		return true
	}
	return false
}

// store tells whether the label announces PKCS #7, by the label of openssl, of RFC 7468 or an
// old one, or PKCS #12, by the label of GnuTLS.
func (b block) store() bool {
	switch b.label {
	case "PKCS7", "CMS", "PKCS #7 SIGNED DATA", "PKCS12":
		return true
	}
	return false
}

// crl tells whether the label announces a revocation list.
func (b block) crl() bool { return b.label == "X509 CRL" }

// readBlock reads the block whose BEGIN marker is at begin. It appends the base64 of a
// certificate, a bundle or a revocation list to body. It collects nothing of any other block,
// because that may be a private key: publicHalf has a place of its own for those.
func readBlock(data []byte, begin int, body []byte) (block, []byte) {
	label, after := readLabel(data, begin+len(beginMarker))
	b := block{begin: begin, body: after, end: after}
	if label == "" {
		return b, body
	}
	b.label = label
	if !b.certificate() && !b.store() && !b.crl() || commentedOut(data, begin, after) {
		b.end = skipBlock(data, after)
		return b, body
	}
	walk := runs{data: data, pos: skipHeaders(data, after)}
	collected := len(body)
	for run, _ := walk.next(); run != nil; run, _ = walk.next() {
		if len(body)-collected <= maxValue {
			run = run[:min(len(run), maxValue+1)]
			body = append(roomier(body, len(run)), run...)
		}
	}
	b.escaped = walk.escaped
	if b.judge(data, walk, body[collected:]); b.state != complete {
		if lines, ok := readStrings(data, &b, body[:collected]); ok {
			return b, lines
		}
	}
	return b, body
}

// judge decides what the text between BEGIN and the byte that ended the walk is. Job scripts
// are full of markers without a certificate, which must not become findings: a block counts
// only if it starts or ends like a certificate.
func (b *block) judge(data []byte, walk runs, body []byte) {
	stop := walk.pos
	rest := data[stop:]
	// Every DER certificate begins with the byte 0x30, hence its base64 with an M. No
	// word of prose has sixteen such characters.
	announced := len(body) >= 16 && body[0] == 'M'
	if bytes.HasPrefix(rest, []byte(endMarker)) {
		label, after := readLabel(data, stop+len(endMarker))
		switch {
		case !walk.broken && !announced:
			return
		case label == "":
			b.fail("its END line is cut off")
		case label != b.label:
			b.fail("it begins as " + b.label + " and ends as " + label)
		case len(body) == 0:
			b.fail("it is empty")
		case len(body) > maxValue:
			b.fail(fmt.Sprintf("it is larger than %d MiB", maxValue>>20))
		default:
			b.state = complete
		}
		b.end = max(after, stop)
		return
	}
	cut := len(rest) == 0 || bytes.HasPrefix(rest, []byte(beginMarker))
	quoted := !cut && strings.IndexByte(quotes, rest[0]) >= 0
	switch {
	case cut && (announced || len(body) == 0 && walk.broken), quoted && announced:
		b.fail("its END line is missing")
	case announced, walk.broken && !cut && !quoted && closed(rest) && (len(body) > 0 || !placeholder(rest[0])):
		b.fail("it holds a character that is not base64")
	}
	b.end = stop
}

func (b *block) fail(reason string) { b.state, b.reason = invalid, reason }

const quotes = "\"'`"

// placeholder tells whether a body that starts with this byte is a placeholder: a variable,
// a tag of a template, an ellipsis or a comment.
func placeholder(b byte) bool { return strings.IndexByte("$%{(<[.#", b) >= 0 }

// closed tells whether the next marker is an END.
func closed(rest []byte) bool {
	next := bytes.Index(rest, []byte(dashes))
	return next >= 0 && bytes.HasPrefix(rest[next:], []byte(endMarker))
}

// skipBlock returns the offset after a block that is skipped unread.
func skipBlock(data []byte, after int) int {
	next := bytes.Index(data[after:], []byte(dashes))
	if next >= 0 && bytes.HasPrefix(data[after+next:], []byte(endMarker)) {
		if label, end := readLabel(data, after+next+len(endMarker)); label != "" {
			return end
		}
	}
	// There is no END: what looks like the body is skipped, too.
	walk := runs{data: data, pos: skipHeaders(data, after)}
	for run, _ := walk.next(); run != nil; run, _ = walk.next() {
	}
	return walk.pos
}

// readLabel reads the label of a marker, from the end of BEGIN or END to the closing dashes,
// and returns it with the offset after them. YAML may fold a quoted string at any space, also
// within the label: any white space counts as one space. There is none before the closing
// dashes. The label is empty if this is not a marker.
func readLabel(data []byte, from int) (label string, after int) {
	window := data[from:min(len(data), from+maxLabel)]
	end := bytes.Index(window, []byte(dashes))
	if end < 0 {
		return "", from
	}
	inner := plainSpaces(window[:end])
	words := bytes.FieldsFunc(inner, func(r rune) bool { return r < 0x80 && space(byte(r)) })
	if len(words) == 0 || !space(inner[0]) || space(inner[len(inner)-1]) {
		return "", from
	}
	label = string(bytes.Join(words, []byte(" ")))
	for _, c := range []byte(label) {
		if c < ' ' || c > '~' || strings.IndexByte("\"'$`", c) >= 0 {
			return "", from
		}
	}
	return label, from + end + len(dashes)
}

// plainSpaces replaces the spaces of a label in a URL.
func plainSpaces(label []byte) []byte {
	if bytes.IndexByte(label, '%') < 0 && bytes.IndexByte(label, '+') < 0 {
		return label
	}
	for _, encoded := range []string{"%2520", "%20", "+"} {
		label = bytes.ReplaceAll(label, []byte(encoded), []byte(" "))
	}
	return label
}

// space tells whether the byte can replace a space of a label: a folded line may end with a
// backslash.
func space(b byte) bool { return strings.IndexByte(" \t\r\n\\", b) >= 0 }

// skipHeaders skips RFC 1421 header lines ("Proc-Type: 4,ENCRYPTED"). A line that begins with a
// space continues a header.
func skipHeaders(data []byte, pos int) int {
	for first := true; ; first = false {
		start := pos
		for start < len(data) && (data[start] == '\n' || data[start] == '\r') {
			start++
		}
		line, _, found := bytes.Cut(data[start:min(len(data), start+256)], []byte("\n"))
		name, _, isHeader := bytes.Cut(line, []byte(": "))
		isHeader = isHeader && len(name) > 0 && !bytes.ContainsAny(name, " \t\"'\\")
		continues := !first && start-pos == 1 && len(line) > 0 && (line[0] == ' ' || line[0] == '\t')
		if !found || !isHeader && !continues {
			return pos
		}
		pos = start + len(line)
	}
}
