package ingest

import (
	"bytes"
	"encoding/json"
	"errors"
	"unicode/utf8"

	"cert-health/hub/internal/inventory"
	"cert-health/internal/report"
	"cert-health/internal/uplink"
)

var errNoMessage = errors.New("the body is not the JSON document of an agent")

// message is a whole report that was read.
type message struct {
	uplink.Report
	key    inventory.InstanceKey
	parsed *report.Report
}

// open validates a message.
func open(contents []byte) (m message, err error) {
	if !utf8.Valid(contents) {
		return m, errNoMessage
	}
	if m.quick(contents) {
		if err = m.complete(); err == nil || json.Valid(m.Report.Report) {
			return m, err
		}
	}
	if m = (message{}); json.Unmarshal(contents, &m.Report) != nil {
		return m, errNoMessage
	}
	return m, m.complete()
}

// space is what JSON allows between values.
const space = " \t\r\n"

// quick decodes a message that has the report as its last key, as agents write it: the decoder need not
// search for the end of the report. What it leaves in m is the message only if the report is valid JSON.
func (m *message) quick(contents []byte) bool {
	before, after, found := bytes.Cut(contents, []byte(`"report":`))
	after, closed := bytes.CutSuffix(bytes.Trim(after, space), []byte("}"))
	if !found || !closed || json.Unmarshal(append(bytes.Clone(before), `"report":null}`...), &m.Report) != nil {
		return false
	}
	m.Report.Report = bytes.Trim(after, space)
	return true
}

// complete validates a message that was decoded.
func (m *message) complete() (err error) {
	if err = check(m.Schema, m.Digest, m.Sequence); err != nil {
		return err
	}
	if m.parsed, err = report.Parse(m.Report.Report); err != nil {
		return err
	}
	m.key, err = keyOf(m.parsed.Instance)
	return err
}
