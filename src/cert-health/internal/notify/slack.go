package notify

import (
	"encoding/json"
	"strings"
)

// Slack is an incoming webhook of Slack, or of another service with the same API.
type Slack struct{ Endpoint }

// Sender implements Receiver.
func (s Slack) Sender(c Context) (*Sender, error) {
	return newSender(c, s.Endpoint, func(n Notice) ([]byte, error) {
		m := c.Templates.message(n)
		// The name of a certificate may be <!channel>.
		escape := strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")
		m.Title, m.Text = escape.Replace(m.Title), escape.Replace(m.Text)
		text, err := renderOr(c.Templates.slack, DefaultSlack, m)
		if err != nil {
			text += escape.Replace(failed(err))
		}
		return json.Marshal(map[string]string{"text": text})
	}), nil
}
