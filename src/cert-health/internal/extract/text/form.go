package text

import (
	"bytes"

	"cert-health/internal/cert"
)

// lookBack is how far the opening quote of a string is searched backwards.
const lookBack = 4 << 10

// form is the form of the block.
func (s *textScan) form(b block) cert.Form {
	switch {
	case b.lines:
		return cert.PEMLines
	case b.escaped && inJSON(s.text, s.valueBegin):
		return cert.PEMJSON
	case b.escaped:
		return cert.PEMEscaped
	case indented(s.text, b.begin):
		return cert.PEMYAML
	}
	return cert.PEM
}

// indented tells whether there is white space, and nothing else, before begin on its line.
func indented(data []byte, begin int) bool {
	at := begin
	for at > 0 && (data[at-1] == ' ' || data[at-1] == '\t') {
		at--
	}
	return at < begin && (at == 0 || data[at-1] == '\n' || data[at-1] == '\r')
}

// inJSON tells whether the string around begin is a JSON value: it follows a quoted name, also
// where JSON is a part of YAML or of a script, or it is in a list and the whole document is
// JSON.
func inJSON(data []byte, begin int) bool {
	before := data[max(0, begin-lookBack):begin]
	before = before[:max(0, bytes.LastIndexByte(before, '"'))]
	before = bytes.TrimRight(before, "\\ \t\r\n")
	if before, found := bytes.CutSuffix(before, []byte(":")); found {
		return bytes.HasSuffix(bytes.TrimRight(before, " \t\r\n"), []byte(`"`))
	}
	head := bytes.TrimLeft(data[:min(len(data), 64)], " \t\r\n\ufeff")
	return len(head) > 0 && (head[0] == '{' || head[0] == '[') &&
		(bytes.HasSuffix(before, []byte("[")) || bytes.HasSuffix(before, []byte(",")))
}
