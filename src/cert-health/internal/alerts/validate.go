package alerts

import (
	"crypto/x509"
	"fmt"
	"net/url"
	"path"
	"slices"
	"strings"

	"cert-health/internal/alert"
	"cert-health/internal/notify"
	"cert-health/internal/strict"
)

// levels are bosh-utils' log levels.
func levels() []string { return []string{"debug", "info", "warn", "error", "none"} }

// Problems gives each receiver without a name its default name, and returns all faults of the
// values.
func (s *Settings) Problems() strict.Problems {
	v := validator{names: map[string]string{}}
	v.oneOf("log_level", strings.ToLower(s.LogLevel), levels())
	v.positive("incidents.repeat_interval", int(s.Incidents.RepeatInterval))
	v.positive("incidents.forget_after", int(s.Incidents.ForgetAfter))
	v.positive("limits.deployments", s.Limits.Deployments)
	v.positive("limits.instances", s.Limits.Instances)
	v.positive("limits.certificates", s.Limits.Certificates)
	v.positive("delivery.timeout", int(s.Delivery.Timeout))
	v.positive("delivery.queue", s.Delivery.Queue)
	v.positive("textfile.interval", int(s.Textfile.Interval))
	if s.Textfile.Directory != "" && !path.IsAbs(s.Textfile.Directory) {
		v.fail("textfile.directory must be absolute")
	}
	if _, err := notify.NewTemplates(s.Templates); err != nil {
		v.fail("templates: %s", strings.ReplaceAll(err.Error(), "\n", "; "))
	}
	for i := range s.Webhooks {
		v.endpoint("webhooks", i, &s.Webhooks[i].Endpoint)
		v.body(i, s.Webhooks[i])
	}
	for i := range s.Slack {
		v.endpoint("slack", i, &s.Slack[i].Endpoint)
	}
	for i := range s.Alertmanagers {
		v.endpoint("alertmanagers", i, &s.Alertmanagers[i].Endpoint)
	}
	return v.problems
}

type validator struct {
	problems strict.Problems
	names    map[string]string // of receivers, to where they were set
}

func (v *validator) fail(format string, values ...any) {
	v.problems = append(v.problems, fmt.Sprintf(format, values...))
}

func (v *validator) positive(path string, value int) {
	if value <= 0 {
		v.fail("%s must be greater than 0", path)
	}
}

func (v *validator) oneOf(path, word string, known []string) {
	if !slices.Contains(known, word) {
		v.fail("%s must be one of %s%s", path, strings.Join(known, ", "), strict.Hint(word, known))
	}
}

// endpoint gives a receiver without a name that of its place.
func (v *validator) endpoint(kind string, index int, e *notify.Endpoint) {
	at := fmt.Sprintf("%s[%d]", kind, index)
	if e.Name == "" {
		e.Name = fmt.Sprintf("%s-%d", strings.TrimSuffix(kind, "s"), index+1)
	}
	if other, taken := v.names[e.Name]; taken {
		v.fail("%s.name is also the name of %s: give each receiver its own name", at, other)
	}
	v.names[e.Name] = at
	v.url(at+".url", e.URL.Reveal())
	for _, class := range e.Classes {
		v.oneOf(at+".classes", class, classes())
	}
	if e.CACert != "" && !x509.NewCertPool().AppendCertsFromPEM([]byte(e.CACert)) {
		v.fail("%s.ca_cert contains no certificate: set it to the PEM text, not to the name of a file", at)
	}
	if e.BasicAuth.Username == "" && !e.BasicAuth.Password.IsZero() {
		v.fail("%s.basic_auth.username is missing", at)
	}
}

// url quotes nothing: the whole of it may be the secret.
func (v *validator) url(at, text string) {
	parsed, err := url.Parse(text)
	switch {
	case text == "":
		v.fail("%s is missing", at)
	case err != nil || parsed.Host == "" || parsed.Scheme != "https" && parsed.Scheme != "http":
		v.fail("%s is not a valid URL: it must begin with https:// or http:// and a host", at)
	}
}

func (v *validator) body(index int, w notify.Webhook) {
	templates, err := notify.NewTemplates(notify.Sources{})
	if err == nil {
		_, err = w.Sender(notify.Context{Templates: templates})
	}
	if err != nil {
		v.fail("webhooks[%d].body: %s", index, err)
	}
}

func classes() []string {
	var names []string
	for _, class := range alert.Classes() {
		names = append(names, string(class))
	}
	return names
}
