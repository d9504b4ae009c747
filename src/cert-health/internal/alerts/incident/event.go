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

// Event is an alert or a heartbeat of an agent, as the Health Monitor passed it on.
type Event struct {
	// Agent is the ID of bosh-agent. It is the only name that the Health Monitor knows from
	// the first message of a VM on.
	Agent      string
	Deployment string
	Instance   string      // "diego-cell/c2a1f6d8-…"
	Alert      alert.Alert // empty for a heartbeat
}

// Sort is the kind of a line that the Health Monitor wrote.
type Sort int

// The sorts. Each line has exactly one.
const (
	Malformed Sort = iota // not a JSON object
	Foreign               // an alert that no agent of ours sent
	Heartbeat             // it says which instance of which deployment an agent belongs to
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

// The Health Monitor describes an agent in the source of an alert:
// "cf: rep(3f2a…) [id=…, index=0, cid=…]", or "agent … [deployment=cf]" as long as the Director
// has not told it everything about the VM.
var (
	sourceForm = regexp.MustCompile(`^(?:.*?: )?([^\s:()\[\]]+)\(([^\s()]+)\)`)
	agentForm  = regexp.MustCompile(`\[id=([^\s,\]]+)|^agent (\S+)`)
)

// rawEvent has the keys that are read from a line.
type rawEvent struct {
	Kind, Title, Summary, Source, Deployment, Job string
	AgentID                                       string `json:"agent_id"`
	InstanceID                                    string `json:"instance_id"`
}

// ParseEvent parses one line of the Health Monitor. For Foreign, the Event has at most the agent:
// also an alert of monit, or that an agent has timed out, tells that the Health Monitor has the VM.
// It ignores the time in the line, which is the VM's own: the clock of the VM may be
// wrong.
func ParseEvent(line []byte) (Event, Sort) {
	var raw rawEvent
	if err := json.Unmarshal(line, &raw); err != nil {
		return Event{}, Malformed
	}
	switch raw.Kind {
	case "heartbeat":
		return raw.heartbeat()
	case "alert":
		return raw.alert()
	}
	return Event{}, Foreign
}

// heartbeat returns a heartbeat that says to which instance an agent belongs. Others are
// Foreign.
func (raw *rawEvent) heartbeat() (Event, Sort) {
	if raw.AgentID == "" || raw.Deployment == "" || raw.Job == "" || raw.InstanceID == "" {
		return Event{}, Foreign
	}
	return Event{
		Agent: clean(raw.AgentID, maxName), Deployment: clean(raw.Deployment, maxName),
		Instance: clean(raw.Job+"/"+raw.InstanceID, maxName),
	}, Heartbeat
}

func (raw *rawEvent) alert() (Event, Sort) {
	a, ours := alert.Parse(raw.Title, raw.Summary)
	if !ours {
		return Event{Agent: agent(raw.Source)}, Foreign
	}
	e := Event{
		Agent:      agent(raw.Source),
		Deployment: orUnknown(clean(raw.Deployment, maxName)),
		Instance:   orUnknown(instance(raw.Source)),
		Alert:      bounded(a),
	}
	if e.Agent == "" {
		e.Agent = e.Instance
	}
	return e, Ours
}

// agent returns the ID of the agent that sent an event; empty if the source does not say it.
func agent(source string) string {
	if match := agentForm.FindStringSubmatch(source); match != nil {
		return clean(match[1]+match[2], maxName)
	}
	return ""
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
	text = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '?'
		}
		return r
	}, strings.TrimSpace(text))
	if len(text) > size {
		for size > 0 && !utf8.RuneStart(text[size]) {
			size--
		}
		text = text[:size]
	}
	return strings.Clone(text)
}
