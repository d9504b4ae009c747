// Package incident collects the alerts of all VMs about one fault into one incident, and
// decides when a notice is due. It does no I/O and reads no clock.
package incident

import (
	"encoding/json"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"cert-health/internal/alert"
)

// Event is an alert of an agent, as the Health Monitor passed it on.
type Event struct {
	Deployment string
	Instance   string // "diego-cell/c2a1f6d8-…"
	Alert      alert.Alert
}

// Sort is the kind of a line that the Health Monitor wrote.
type Sort int

// The sorts. Each line has exactly one.
const (
	Malformed Sort = iota // not a JSON object
	Foreign               // a heartbeat, or an alert that no agent sent
	Ours
)

// The largest sizes of names and texts, in bytes. No valid alert exceeds them, but any process
// on a VM can send alerts.
const (
	maxName  = 200
	maxText  = 600
	maxItems = 2 * alert.MaxItems
)

// unknown replaces the deployment or instance of an event that names none.
const unknown = "unknown"

// sourceForm is how the Health Monitor describes an agent:
// "cf: rep(3f2a…) [id=…, index=0, cid=…]".
var sourceForm = regexp.MustCompile(`^(?:.*?: )?([^\s:()\[\]]+)\(([^\s()]+)\)`)

// ParseEvent parses one line of the Health Monitor. It returns an Event only for Ours. It
// ignores the time in the line, which is the VM's own: the clock of the VM may be wrong.
func ParseEvent(line []byte) (Event, Sort) {
	var raw struct{ Kind, Title, Summary, Source, Deployment string }
	if err := json.Unmarshal(line, &raw); err != nil {
		return Event{}, Malformed
	}
	if raw.Kind != "alert" {
		return Event{}, Foreign
	}
	a, ours := alert.Parse(raw.Title, raw.Summary)
	if !ours {
		return Event{}, Foreign
	}
	return Event{
		Deployment: orUnknown(clean(raw.Deployment, maxName)),
		Instance:   orUnknown(instance(raw.Source)),
		Alert:      bounded(a),
	}, Ours
}

// instance returns the name of the instance that sent an event. If the source has another
// form than expected, it returns the whole source.
func instance(source string) string {
	if match := sourceForm.FindStringSubmatch(source); match != nil {
		source = match[1] + "/" + match[2]
	}
	return clean(source, maxName)
}

func orUnknown(name string) string {
	if name == "" {
		return unknown
	}
	return name
}

// bounded cuts everything that is longer than in an alert of an agent.
func bounded(a alert.Alert) alert.Alert {
	a.Items = a.Items[:min(len(a.Items), maxItems)]
	for i := range a.Items {
		item := &a.Items[i]
		item.Name, item.Place = clean(item.Name, maxName), clean(item.Place, maxName)
		item.Message, item.Next = clean(item.Message, maxText), clean(item.Next, maxName)
		item.Fingerprint = strings.Clone(item.Fingerprint)
	}
	return a
}

// clean returns at most size bytes of the text, which are safe in every message. It returns a
// copy, so that the line, which may be much longer, can be freed.
func clean(text string, size int) string {
	if len(text) > size {
		text = text[:size]
		for len(text) > 0 && !utf8.ValidString(text[max(0, len(text)-utf8.UTFMax):]) {
			text = text[:len(text)-1]
		}
	}
	return strings.Clone(strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '?'
		}
		return r
	}, strings.TrimSpace(text)))
}
