package notify

import (
	"encoding/json"
	"strings"
)

// Slack is Slack's incoming webhook, or another that speaks like it.
type Slack struct{ Endpoint }

// Sender makes the receiver of a Slack webhook.
func (s Slack) Sender(c Context) (*Sender, error) {
	return newSender(c, s.Endpoint, func(n Notice) ([]byte, error) {
		m := c.Templates.message(n)
		// A certificate may call itself <!channel>.
		escape := strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")
		m.Title, m.Text = escape.Replace(m.Title), escape.Replace(m.Text)
		text, err := renderOr(c.Templates.slack, DefaultSlack, m)
		if err != nil {
			text += "\n(the operator's template failed: " + escape.Replace(err.Error()) + ")"
		}
		return json.Marshal(map[string]string{"text": text})
	}), nil
}
