package agent

import (
	"fmt"

	"github.com/cloudfoundry/bosh-utils/logger"

	"cert-health/internal/check"
	"cert-health/internal/reference"
	"cert-health/internal/report"
	"cert-health/internal/verdict"
)

// changes writes a line when something begins or ends, and none while it lasts.
type changes struct {
	failures map[string]string // by activity: the failure that lasts
	open     map[string]open   // findings and problems by key
	state    reference.State
	error    string
	access   reference.Access
}

// open is a finding or problem that lasts.
type open struct {
	name     string
	severity verdict.Severity
}

// failure notes whether an activity failed.
func (c *changes) failure(log logger.Logger, activity string, err error) {
	if c.failures == nil {
		c.failures = map[string]string{}
	}
	before, failing := c.failures[activity]
	switch {
	case err == nil && failing:
		delete(c.failures, activity)
		log.Info(logTag, "%s works again", activity)
	case err != nil && err.Error() != before:
		c.failures[activity] = err.Error()
		log.Error(logTag, "%s failed: %s", activity, err)
	}
}

// vault notes whether Vault answers, and once what the token may do there.
func (c *changes) vault(log logger.Logger, compared check.Comparison) {
	answer := &compared.Answer
	if answer.State == reference.OK && answer.Access != c.access {
		c.access = answer.Access
		sayAccess(log, answer.Access)
	}
	if answer.State == c.state && answer.Error == c.error {
		return
	}
	c.state, c.error = answer.State, answer.Error
	if answer.State == reference.OK {
		log.Info(logTag, "Vault answers: %d secrets read in %d requests", answer.Read, answer.Requests)
		return
	}
	age := "nothing is known from before"
	if known := compared.Knowledge.CheckedAt; !known.IsZero() {
		age = "what is known is from " + verdict.Stamp(known)
	}
	log.Warn(logTag, "Vault is unavailable: %s; %s", answer.Error, age)
}

// sayAccess says what the token may do: whoever carries the right to read private keys
// to every VM shall know it.
func sayAccess(log logger.Logger, access reference.Access) {
	switch {
	case !access.Known:
		log.Info(logTag, "in mode %s; Vault does not tell what the token may do (no right to sys/capabilities-self)", access.Mode)
	case access.ReadData:
		log.Warn(logTag, "in mode %s; the token may read whole secrets, private keys included: "+
			"mode metadata does without (manifests/vault-policy-agent.hcl)", access.Mode)
	default:
		log.Info(logTag, "in mode %s; the token may not read secrets", access.Mode)
	}
}

// findings notes which findings and problems came and went.
func (c *changes) findings(log logger.Logger, r *report.Report) {
	now := map[string]open{}
	note := func(key, name string, severity verdict.Severity, text string) {
		now[key] = open{name, severity}
		if c.open[key] == now[key] {
			return
		}
		switch {
		case severity >= verdict.Error:
			log.Error(logTag, "%s", text)
		case severity == verdict.Warning:
			log.Warn(logTag, "%s", text)
		default:
			log.Info(logTag, "%s", text)
		}
	}
	for _, item := range r.FindingItems() {
		f := item.Finding
		name := fmt.Sprintf("%s of %s", f.Code, item.Name())
		note(item.Key(), name, f.Severity, fmt.Sprintf("[%s] %s", f.Code, item.Line()))
	}
	for i := range r.Problems {
		p := &r.Problems[i]
		name := fmt.Sprintf("%s: %s", p.Code, p.Text())
		key := name
		if p.About != "" { // what is said of it changes with the hours
			key = p.Item().Key()
			name = fmt.Sprintf("%s of %s", p.Code, p.Item().Name())
		}
		note(key, name, p.Severity, fmt.Sprintf("%s: %s", p.Code, p.Text()))
	}
	for key, was := range c.open {
		if _, still := now[key]; !still {
			log.Info(logTag, "no more: %s", was.name)
		}
	}
	c.open = now
}
