// Package incident makes one incident of what many VMs report of the same trouble,
// and decides when there is something to say about it. It is pure: it does no I/O
// and reads no clock.
package incident

import (
	"encoding/json"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"cert-health/internal/alert"
)

// Event is one alert of ours, as the Health Monitor passed it on.
type Event struct {
	Deployment string
	Instance   string // "diego-cell/c2a1f6d8-…"
	Alert      alert.Alert
}

// Sort is what a line of the Health Monitor turned out to be.
type Sort int

// Every line is of exactly one sort.
const (
	Malformed Sort = iota // no JSON object
	Foreign               // a heartbeat, or an alert of somebody else
	Ours
)

// The sizes to which texts are cut: within a well-formed alert nothing is longer,
// but any process of a VM can send what it likes.
const (
	maxName  = 200
	maxText  = 600
	maxItems = 2 * alert.MaxItems
)

// unknown is the deployment or instance of an event that names none.
const unknown = "unknown"

// sourceForm is the Health Monitor's description of an agent:
// "cf: rep(3f2a…) [id=…, index=0, cid=…]".
var sourceForm = regexp.MustCompile(`^(?:.*?: )?([^\s:()\[\]]+)\(([^\s()]+)\)`)

// ParseEvent reads one line of the Health Monitor. The Event is set only when the
// line is ours. The time in it is not read: it is the VM's own, and a VM with a
// wrong clock is one of those that this is about.
func ParseEvent(line []byte) (Event, Sort) {
	var said struct{ Kind, Title, Summary, Source, Deployment string }
	if err := json.Unmarshal(line, &said); err != nil {
		return Event{}, Malformed
	}
	if said.Kind != "alert" {
		return Event{}, Foreign
	}
	a, ours := alert.Parse(said.Title, said.Summary)
	if !ours {
		return Event{}, Foreign
	}
	return Event{
		Deployment: orUnknown(clean(said.Deployment, maxName)),
		Instance:   orUnknown(instance(said.Source)),
		Alert:      bounded(a),
	}, Ours
}

// instance names who sent an event, by its whole source where that is of another
// form than expected.
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

// bounded cuts what is longer than anything that the agent sends.
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

// clean makes a text of at most size bytes that is safe in every message. It is a
// copy: the line that it came from may be much longer, and is not to be kept alive.
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
