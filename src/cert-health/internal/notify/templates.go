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

// The templates that are used where operators give none. They see a Message; the
// title is rendered first.
const (
	DefaultTitle = `{{.Deployment}}: {{.Summary}}`
	DefaultText  = `{{range .Certificates}}- {{.Name}} [{{.Fingerprint}}] on {{.Instances}} of {{$.InstanceCount}}: {{.Message}}
  at {{.Place}}; next: {{.Next}}
{{end}}{{if ne .Kind "closed"}}{{with .MoreCertificates}}and {{.}} more
{{end}}{{end}}{{with .Instances}}instances: {{join . ", "}}{{with $.MoreInstances}} and {{.}} more{{end}}
{{end}}{{with .Forgotten}}silent for too long and forgotten, not known to be well: {{.}}
{{end}}{{with .LeftOut.Instances}}beyond the limit of instances, reports not counted: {{.}}
{{end}}{{with .LeftOut.Certificates}}beyond the limit of certificates, reports not counted: {{.}}
{{end}}{{with .LeftOut.Deployments}}beyond the limit of deployments, reports not counted: {{.}}
{{end}}{{if eq .Kind "closed"}}after {{.Lasted}}, with {{.CertificateCount}} on {{.InstanceCount}} at the worst
{{else if eq .Kind "repeated"}}for {{.Lasted}} now
{{end}}`
	DefaultSlack = `*{{.Title}}*
{{.Text}}`
)

// Message is what a template sees: a notice, and what earlier templates made of it.
type Message struct {
	Notice
	Title string
	Text  string
}

// Templates make the words of the messages.
type Templates struct{ title, text, slack *template.Template }

// Sources are the texts of the templates; an empty one stands for the default.
type Sources struct {
	Title string `yaml:"title"`
	Text  string `yaml:"text"`
	Slack string `yaml:"slack"`
}

// NewTemplates parses templates and tries each on a notice of every kind, so that a
// mistake is found now and not at three in the morning.
func NewTemplates(from Sources) (*Templates, error) {
	var t Templates
	var errs []error
	for _, one := range []struct {
		into                **template.Template
		name, text, without string
	}{
		{&t.title, "title", from.Title, DefaultTitle},
		{&t.text, "text", from.Text, DefaultText},
		{&t.slack, "slack", from.Slack, DefaultSlack},
	} {
		if one.text == "" {
			one.text = one.without
		}
		parsed, err := parse(one.name, one.text)
		*one.into = parsed
		errs = append(errs, err)
	}
	return &t, errors.Join(errs...)
}

func parse(name, text string) (*template.Template, error) {
	parsed, err := template.New(name).Funcs(template.FuncMap{"join": strings.Join, "json": encodeJSON}).Parse(text)
	if err != nil {
		return nil, err // it names the template and the place
	}
	for _, kind := range []Kind{Opened, Updated, Repeated, Closed, Standing} {
		if err := parsed.Execute(io.Discard, Message{Notice: sample(kind)}); err != nil {
			return nil, err // it names the template and the place
		}
	}
	return parsed, nil
}

// encodeJSON is a value as JSON, for templates that write a whole body.
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

// message renders title and text. A template that fails on this notice costs its own
// words and not the notice: the default takes its place, and the text says so.
func (t *Templates) message(n Notice) Message {
	m := Message{Notice: n}
	title, titleErr := renderOr(t.title, DefaultTitle, m)
	m.Title = strings.Join(strings.Fields(title), " ")
	text, textErr := renderOr(t.text, DefaultText, m)
	m.Text = text
	for _, err := range []error{titleErr, textErr} {
		if err != nil {
			m.Text += "\n(the operator's template failed: " + err.Error() + ")"
		}
	}
	return m
}

// renderOr renders a template, or another in its place.
func renderOr(t *template.Template, instead string, m Message) (string, error) {
	text, err := render(t, m)
	if err == nil {
		return text, nil
	}
	if other, parseErr := parse("default", instead); parseErr == nil {
		text, _ = render(other, m)
	}
	return text, err
}

// maxRendered bounds what one template makes: its loops are the operator's.
const maxRendered = 64 << 10

func render(t *template.Template, m Message) (string, error) {
	out := limited{left: maxRendered}
	if err := t.Execute(&out, m); err != nil {
		return "", err
	}
	return strings.TrimSpace(out.text.String()), nil
}

// limited fails when more is written to it than it may hold.
type limited struct {
	text strings.Builder
	left int
}

func (l *limited) Write(p []byte) (int, error) {
	if l.left -= len(p); l.left < 0 {
		return 0, fmt.Errorf("it makes more than %d bytes", maxRendered)
	}
	return l.text.Write(p)
}
