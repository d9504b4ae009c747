package text

import (
	"bytes"
	"strings"
)

const (
	beginMarker = "-----BEGIN"
	endMarker   = "-----END"
	dashes      = "-----"

	// maxLabel is the length within which a marker must be closed; the
	// longest label in use is RFC 7468's and has half of that.
	maxLabel = 64
)

// state is what became of a BEGIN marker.
type state int

const (
	mention  state = iota // text about certificates, not one: a script's grep, a template
	complete              // a block with its END
	invalid               // a block that cannot be read
)

// block is one encapsulated block, as RFC 7468 calls it.
type block struct {
	begin   int // offset of its BEGIN marker
	body    int // offset behind that
	end     int // offset behind it all
	label   string
	state   state
	reason  string // why it is invalid
	escaped bool   // its line breaks are written as escapes
}

// certificate tells whether the label announces a certificate.
func (b block) certificate() bool {
	switch b.label {
	case "CERTIFICATE", "X509 CERTIFICATE", "TRUSTED CERTIFICATE":
		return true
	}
	return false
}

// bundle tells whether the label announces PKCS #7: openssl's label, that of RFC 7468,
// and an old one.
func (b block) bundle() bool {
	switch b.label {
	case "PKCS7", "CMS", "PKCS #7 SIGNED DATA":
		return true
	}
	return false
}

// crl tells whether the label announces a revocation list.
func (b block) crl() bool { return b.label == "X509 CRL" }

// readBlock reads the block whose BEGIN marker is at begin and appends the base64
// text of a certificate, of a bundle of such or of a revocation list to body. Of any
// other block, a private key above all, it collects nothing: publicHalf has a place of
// its own for those.
func readBlock(data []byte, begin int, body []byte) (block, []byte) {
	label, after := readLabel(data, begin+len(beginMarker))
	b := block{begin: begin, body: after, end: after}
	if label == "" {
		return b, body
	}
	b.label = label
	if !b.certificate() && !b.bundle() && !b.crl() {
		b.end = skipBlock(data, after)
		return b, body
	}
	walk := runs{data: data, pos: skipHeaders(data, after)}
	collected := len(body)
	for run, _ := walk.next(); run != nil; run, _ = walk.next() {
		body = append(body, run...)
	}
	b.escaped = walk.escaped
	b.judge(data, walk, body[collected:])
	return b, body
}

// judge decides what the text between BEGIN and the byte that ended the walk
// amounts to. Job scripts are full of markers without a certificate, and none of
// them may become a finding: only what starts like a certificate or is closed
// like one counts.
func (b *block) judge(data []byte, walk runs, body []byte) {
	stop := walk.pos
	rest := data[stop:]
	// Every DER certificate begins with the octet 0x30, hence its base64
	// with an M; sixteen characters of that are no word of prose.
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

// placeholder tells whether a body that starts with this byte is filled in
// later or elsewhere: a variable, a template's tag, an ellipsis, a comment.
func placeholder(b byte) bool { return strings.IndexByte("$%{(<[.#", b) >= 0 }

// closed tells whether the next marker is an END.
func closed(rest []byte) bool {
	next := bytes.Index(rest, []byte(dashes))
	return next >= 0 && bytes.HasPrefix(rest[next:], []byte(endMarker))
}

// skipBlock returns the offset behind a block that is passed over unread.
func skipBlock(data []byte, after int) int {
	next := bytes.Index(data[after:], []byte(dashes))
	if next >= 0 && bytes.HasPrefix(data[after+next:], []byte(endMarker)) {
		if label, end := readLabel(data, after+next+len(endMarker)); label != "" {
			return end
		}
	}
	// No END: what looks like its body is still not to be looked into.
	walk := runs{data: data, pos: skipHeaders(data, after)}
	for run, _ := walk.next(); run != nil; run, _ = walk.next() {
	}
	return walk.pos
}

// readLabel reads a marker's label from behind its first word up to the closing
// dashes, and returns it with the offset behind them. YAML may fold a quoted
// string at any space, the label's own included, so every kind of white space
// counts as one space; before the closing dashes there is none. The label is empty
// when this is no marker.
func readLabel(data []byte, from int) (label string, after int) {
	window := data[from:min(len(data), from+maxLabel)]
	end := bytes.Index(window, []byte(dashes))
	if end < 0 {
		return "", from
	}
	words := bytes.FieldsFunc(window[:end], func(r rune) bool { return r < 0x80 && space(byte(r)) })
	if len(words) == 0 || !space(window[0]) || space(window[end-1]) {
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

// space tells whether the byte may stand where a label has a space: a folded
// line may end with a backslash.
func space(b byte) bool { return strings.IndexByte(" \t\r\n\\", b) >= 0 }

// skipHeaders passes over RFC 1421 header lines ("Proc-Type: 4,ENCRYPTED").
func skipHeaders(data []byte, pos int) int {
	for {
		start := pos
		for start < len(data) && (data[start] == '\n' || data[start] == '\r') {
			start++
		}
		line, _, found := bytes.Cut(data[start:min(len(data), start+256)], []byte("\n"))
		name, _, isHeader := bytes.Cut(line, []byte(": "))
		if !found || !isHeader || len(name) == 0 || bytes.ContainsAny(name, " \t\"'\\") {
			return pos
		}
		pos = start + len(line)
	}
}
