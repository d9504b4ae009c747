package notify

import (
	"encoding/json"
	"errors"
	"fmt"
	"text/template"

	"cert-health/internal/secret"
)

// Webhook is any endpoint that takes JSON.
type Webhook struct {
	Endpoint
	// Body is a template of the whole body; empty: the notice with title and text. It is a
	// secret, because some services expect their key in the body.
	Body secret.Value `yaml:"body"`
}

// Sender implements Receiver.
func (w Webhook) Sender(c Context) (*Sender, error) {
	if w.Body.IsZero() {
		return newSender(c, w.Endpoint, func(n Notice) ([]byte, error) { return c.Templates.webhook(n) }), nil
	}
	body, err := parse("body", w.Body.Reveal())
	if err == nil {
		_, err = c.Templates.body(body, sample(Opened))
	}
	if err != nil {
		return nil, fmt.Errorf("body: %w", err)
	}
	return newSender(c, w.Endpoint, func(n Notice) ([]byte, error) { return c.Templates.body(body, n) }), nil
}

func (t *Templates) webhook(n Notice) ([]byte, error) {
	m := t.message(n)
	return json.Marshal(struct {
		Title string `json:"title"`
		Text  string `json:"text"`
		Notice
	}{m.Title, m.Text, m.Notice})
}

func (t *Templates) body(body *template.Template, n Notice) ([]byte, error) {
	text, err := render(body, t.message(n))
	if err == nil && !json.Valid([]byte(text)) {
		err = errors.New("the template does not produce valid JSON: write values as {{json .Title}}")
	}
	return []byte(text), err
}
