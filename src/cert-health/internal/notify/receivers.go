package notify

import (
	"crypto/x509"
	"fmt"
	"net/url"

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
	v.url(at+".url", e.URL.Reveal())
	for _, class := range e.Classes {
		v.problems.OneOf(at+".classes", class, classes())
	}
	if e.CACert != "" && !x509.NewCertPool().AppendCertsFromPEM([]byte(e.CACert)) {
		v.problems.Add("%s.ca_cert contains no certificate: set it to the PEM text, not to the name of a file", at)
	}
	if e.BasicAuth.Username == "" && !e.BasicAuth.Password.IsZero() {
		v.problems.Add("%s.basic_auth.username is missing", at)
	}
	if _, err := r.Sender(v.context); err != nil {
		v.problems.Add("%s.%s", at, err)
	}
}

// url does not quote the URL: it may be a secret as a whole.
func (v *validator) url(at, text string) {
	parsed, err := url.Parse(text)
	switch {
	case text == "":
		v.problems.Add("%s is missing", at)
	case err != nil || parsed.Host == "" || parsed.Scheme != "https" && parsed.Scheme != "http":
		v.problems.Add("%s is not a valid URL: it must begin with https:// or http:// and a host", at)
	}
}

func classes() []string {
	var names []string
	for _, class := range alert.Classes() {
		names = append(names, string(class))
	}
	return names
}
