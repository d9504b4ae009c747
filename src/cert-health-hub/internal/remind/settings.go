package remind

import (
	"fmt"
	"slices"
	"time"

	"cert-health/internal/notify"
	"cert-health/internal/secret"
	"cert-health/internal/strict"
)

// Options are the settings of all notifications.
type Options struct {
	Channels []Channel `yaml:"channels"`
	Rules    []Rule    `yaml:"rules"`
}

// Channel is where messages are sent. Exactly one of its kinds is set.
type Channel struct {
	Name         string        `yaml:"name"`
	Slack        notify.Target `yaml:"slack"`
	Mail         Mail          `yaml:"mail"`
	Webhook      notify.Target `yaml:"webhook"`
	Alertmanager Alertmanager  `yaml:"alertmanager"`
	// Service is a URL as the library shoutrrr reads it: teams://, telegram://, pagerduty://, …
	Service secret.Value `yaml:"url"`
}

// Alertmanager is one instance of Prometheus' Alertmanager.
type Alertmanager struct {
	notify.Target `yaml:",inline"`
	Labels        map[string]string `yaml:"labels"`
}

// Rule says which entries are told to whom, and when.
type Rule struct {
	Name string `yaml:"name"`
	// Filter is a query of the list of certificates: "source=vault&path=secret/cf/". Empty: all that
	// need action.
	Filter string `yaml:"filter"`
	// Thresholds are remaining lifetimes at which a certificate is told, and told again. Each is
	// limited to a third of the certificate's own lifetime. Empty: the states of the list.
	Thresholds []time.Duration `yaml:"thresholds"`
	// Schedule is when the rule looks: five fields of cron, in TimeZone.
	Schedule string `yaml:"schedule"`
	TimeZone string `yaml:"time_zone"`
	// OnChange makes the rule look at every change, and each minute.
	OnChange bool     `yaml:"on_change"`
	Channels []string `yaml:"channels"`
	// Repeat is how often open entries are told again. Zero: DefaultRepeat.
	Repeat time.Duration `yaml:"repeat"`
	// NoReminders and NoAllClear leave out these messages.
	NoReminders bool `yaml:"no_reminders"`
	NoAllClear  bool `yaml:"no_all_clear"`
}

// DefaultRepeat is how often open entries are told again.
const DefaultRepeat = 24 * time.Hour

func (r *Rule) repeat() time.Duration {
	if r.Repeat == 0 {
		return DefaultRepeat
	}
	return r.Repeat
}

// Problems returns all faults of the settings, each with its path. It quotes no secret.
func (o *Options) Problems() (problems strict.Problems) {
	names := map[string]bool{}
	for i := range o.Channels {
		at := fmt.Sprintf("channels[%d]", i)
		problems = append(problems, unique(names, at, o.Channels[i].Name)...)
		problems = append(problems, o.Channels[i].problems(at)...)
	}
	channels := make([]string, len(o.Channels))
	for i, c := range o.Channels {
		channels[i] = c.Name
	}
	names = map[string]bool{}
	for i := range o.Rules {
		at := fmt.Sprintf("rules[%d]", i)
		problems = append(problems, unique(names, at, o.Rules[i].Name)...)
		problems = append(problems, o.Rules[i].problems(at, channels)...)
	}
	return problems
}

func unique(names map[string]bool, at, name string) (problems strict.Problems) {
	switch {
	case name == "":
		problems.Add("%s.name is missing", at)
	case names[name]:
		problems.Add("%s.name is used twice: give each one its own name", at)
	}
	names[name] = true
	return problems
}

func (r *Rule) problems(at string, channels []string) (problems strict.Problems) {
	if _, err := r.times(); err != nil {
		problems.Add("%s.%s", at, err)
	}
	if r.Schedule == "" && !r.OnChange {
		problems.Add("%s has neither schedule nor on_change: set one, or the rule never looks", at)
	}
	if len(r.Channels) == 0 {
		problems.Add("%s.channels is empty: name a channel to which the rule sends", at)
	}
	for _, name := range r.Channels {
		if !slices.Contains(channels, name) {
			problems.Add("%s.channels names a channel that is not there: add one with this name to notifications.channels%s", at, strict.Hint(name, channels))
		}
	}
	for i, t := range r.Thresholds {
		problems.Positive(fmt.Sprintf("%s.thresholds[%d]", at, i), int64(t))
	}
	return problems
}
