package notify

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/template"
	"time"

	"cert-health/internal/alert"
)

// The default templates. Each gets a Message. The title is rendered first.
const (
	DefaultTitle = `{{.Deployment}}: {{.Summary}}`
	DefaultText  = `{{range .Certificates}}- {{.Name}} [{{.Fingerprint}}] on {{.Instances}} of {{$.InstanceCount}}: {{.Message}}
  at {{.Place}}; next: {{.Next}}
{{end}}{{if ne .Kind "closed"}}{{with .MoreCertificates}}and {{.}} more
{{end}}{{end}}{{with .Instances}}instances: {{join . ", "}}{{with $.MoreInstances}} and {{.}} more{{end}}
{{end}}{{with .Silent}}agents that send no alerts any more; the state is as last heard:
{{range .}}- {{.Instance}}, last heard {{.LastHeard.Format "2006-01-02 15:04 UTC"}}
{{end}}{{with $.MoreSilent}}and {{.}} more
{{end}}{{end}}{{with .Forgotten}}instances whose VM is gone or was made again, state unknown: {{.}}
{{end}}{{with .LeftOut.Instances}}reports not counted, limit of instances reached: {{.}}
{{end}}{{with .LeftOut.Certificates}}reports not counted, limit of certificates reached: {{.}}
{{end}}{{with .LeftOut.Deployments}}reports not counted, limit of deployments reached: {{.}}
{{end}}{{if eq .Kind "closed"}}{{if .InstanceCount}}after {{.Lasted}}, at most {{.CertificateCount}} on {{.InstanceCount}}
{{else}}its beginning is unknown: the plugin has lost its memory
{{end}}{{else if eq .Kind "repeated"}}open for {{.Lasted}}
{{end}}`
	DefaultSlack = `*{{.Title}}*
{{.Text}}`
)

// Message is the data of a template: a notice, and the results of earlier templates.
type Message struct {
	Notice
	Title string
	Text  string
}

// Templates write the text of messages.
type Templates struct{ title, text, slack *template.Template }

// Sources are the sources of the templates. An empty one means the default.
type Sources struct {
	Title string `yaml:"title"`
	Text  string `yaml:"text"`
	Slack string `yaml:"slack"`
}

// NewTemplates parses templates and tries each of them on a notice of every kind, so that
// mistakes are found at the start and not during an incident.
func NewTemplates(from Sources) (*Templates, error) {
	var t Templates
	var errs []error
	for _, one := range []struct {
		into                  **template.Template
		name, source, builtIn string
	}{
		{&t.title, "title", from.Title, DefaultTitle},
		{&t.text, "text", from.Text, DefaultText},
		{&t.slack, "slack", from.Slack, DefaultSlack},
	} {
		if one.source == "" {
			one.source = one.builtIn
		}
		parsed, err := parse(one.name, one.source)
		*one.into = parsed
		errs = append(errs, err)
	}
	return &t, errors.Join(errs...)
}

// parse parses a template and tries it. The error names the template and the line.
func parse(name, source string) (*template.Template, error) {
	parsed, err := template.New(name).Funcs(template.FuncMap{"join": strings.Join, "json": encodeJSON}).Parse(source)
	if err != nil {
		return nil, err
	}
	for _, kind := range Kinds() {
		if err := parsed.Execute(io.Discard, Message{Notice: sample(kind)}); err != nil {
			return nil, err
		}
	}
	return parsed, nil
}

// encodeJSON returns a value as JSON, for templates that write a whole body.
func encodeJSON(value any) (string, error) {
	text, err := json.Marshal(value)
	return string(text), err
}

// sample is a notice on which templates are tried.
func sample(kind Kind) Notice {
	n := Notice{Kind: kind, Deployment: "cf", Class: alert.Expired, Severity: "critical", OpenedAt: time.Unix(0, 0), At: time.Unix(60, 0),
		CertificateCount: 1, InstanceCount: 1, LeftOut: LeftOut{Instances: 1, Certificates: 1, Deployments: 1}}
	if kind != Closed {
		n.Certificates = []Certificate{{Name: "rep", Fingerprint: "0123456789ab", Instances: 1}}
		n.Instances = []string{"diego-cell/0"}
	}
	return n
}

// message renders title and text. If a template fails on this notice, the default template
// replaces it, and the text says so.
func (t *Templates) message(n Notice) Message {
	m := Message{Notice: n}
	title, titleErr := renderOr(t.title, DefaultTitle, m)
	m.Title = strings.Join(strings.Fields(title), " ")
	text, textErr := renderOr(t.text, DefaultText, m)
	m.Text = text
	for _, err := range []error{titleErr, textErr} {
		if err != nil {
			m.Text += failed(err)
		}
	}
	return m
}

// failed is the line that says that a template failed.
func failed(err error) string { return "\n(the configured template failed: " + err.Error() + ")" }

// renderOr renders a template, or another one if it fails.
func renderOr(t *template.Template, fallback string, m Message) (string, error) {
	text, err := render(t, m)
	if err == nil {
		return text, nil
	}
	if other, parseErr := parse("default", fallback); parseErr == nil {
		text, _ = render(other, m)
	}
	return text, err
}

// maxRendered is the largest text of one template: an operator's template may contain loops.
const maxRendered = 64 << 10

func render(t *template.Template, m Message) (string, error) {
	out := limitedWriter{left: maxRendered}
	if err := t.Execute(&out, m); err != nil {
		return "", err
	}
	return strings.TrimSpace(out.text.String()), nil
}

// limitedWriter fails when more is written than its limit.
type limitedWriter struct {
	text strings.Builder
	left int
}

func (l *limitedWriter) Write(p []byte) (int, error) {
	if l.left -= len(p); l.left < 0 {
		return 0, fmt.Errorf("it produces more than %d bytes", maxRendered)
	}
	return l.text.Write(p)
}
