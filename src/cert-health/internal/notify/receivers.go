package notify

import (
	"fmt"

	"cert-health/internal/alert"
	"cert-health/internal/strict"
)

// Receiver is the settings of one receiver. A type implements it by embedding Endpoint and
// by a method Sender.
type Receiver interface {
	endpoint() *Endpoint
	// Sender makes the sender for this receiver. Its error starts with the key of the
	// setting that is wrong, and quotes no value.
	Sender(Context) (*Sender, error)
}

// Receivers are the settings of all receivers: one list for each kind.
type Receivers struct {
	Webhooks      []Webhook      `yaml:"webhooks"`
	Slack         []Slack        `yaml:"slack"`
	Alertmanagers []Alertmanager `yaml:"alertmanagers"`
}

// kinds is the table of receivers: one row for each list in Receivers.
func (r *Receivers) kinds() []kind {
	return []kind{
		{key: "webhooks", name: "webhook", receivers: list(r.Webhooks)},
		{key: "slack", name: "slack", receivers: list(r.Slack)},
		{key: "alertmanagers", name: "alertmanager", receivers: list(r.Alertmanagers)},
	}
}

// kind is one kind of receiver.
type kind struct {
	key       string // of its list in the settings; docs/alerts.md has a heading of this name
	name      string // of a receiver without a name, before its number
	receivers []Receiver
}

func list[T any, P interface {
	*T
	Receiver
}](settings []T) []Receiver {
	receivers := make([]Receiver, len(settings))
	for i := range settings {
		receivers[i] = P(&settings[i])
	}
	return receivers
}

// Senders makes a sender for each receiver.
func (r *Receivers) Senders(c Context) ([]*Sender, error) {
	var senders []*Sender
	for _, kind := range r.kinds() {
		for i, receiver := range kind.receivers {
			sender, err := receiver.Sender(c)
			if err != nil {
				return nil, fmt.Errorf("%s[%d].%w", kind.key, i, err)
			}
			senders = append(senders, sender)
		}
	}
	return senders, nil
}

// Problems gives each receiver without a name its default name, and returns all faults of
// the settings, each with its path. It quotes no URL and no other secret.
func (r *Receivers) Problems() strict.Problems {
	templates, _ := NewTemplates(Sources{}) // the defaults are valid
	v := validator{places: map[string]string{}, context: Context{Templates: templates}}
	for _, kind := range r.kinds() {
		for i, receiver := range kind.receivers {
			if e := receiver.endpoint(); e.Name == "" {
				e.Name = fmt.Sprintf("%s-%d", kind.name, i+1)
			}
			v.receiver(fmt.Sprintf("%s[%d]", kind.key, i), receiver)
		}
	}
	return v.problems
}

// validator collects problems.
type validator struct {
	problems strict.Problems
	places   map[string]string // by the name of a receiver: its path in the settings
	context  Context
}

func (v *validator) receiver(at string, r Receiver) {
	e := r.endpoint()
	if other, taken := v.places[e.Name]; taken {
		v.problems.Add("%s.name is also the name of %s: give each receiver its own name", at, other)
	}
	v.places[e.Name] = at
	v.problems = append(v.problems, e.Target.Problems(at)...)
	for _, class := range e.Classes {
		v.problems.OneOf(at+".classes", class, classes())
	}
	if _, err := r.Sender(v.context); err != nil {
		v.problems.Add("%s.%s", at, err)
	}
}

func classes() []string {
	var names []string
	for _, class := range alert.Classes() {
		names = append(names, string(class))
	}
	return names
}
