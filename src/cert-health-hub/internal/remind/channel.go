package remind

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"cert-health/internal/notify"
	"cert-health/internal/strict"
)

// channel sends messages. An error quotes no URL and no other secret.
type channel interface {
	send(ctx context.Context, m Message) error
}

// attemptTime is the longest time of one attempt.
const attemptTime = 15 * time.Second

// kinds lists the kinds of channels that are set, by their keys.
func (c *Channel) kinds() (kinds []string) {
	for key, set := range map[string]bool{
		"slack": isSet(c.Slack), "mail": c.Mail.Host != "" || len(c.Mail.To) > 0, "webhook": isSet(c.Webhook),
		"alertmanager": isSet(c.Alertmanager.Target), "url": !c.Service.IsZero(),
	} {
		if set {
			kinds = append(kinds, key)
		}
	}
	slices.Sort(kinds)
	return kinds
}

func isSet(t notify.Target) bool {
	return !t.URL.IsZero() || len(t.Headers) > 0 || t.CACert != "" || t.BasicAuth.Username != ""
}

func (c *Channel) problems(at string) (problems strict.Problems) {
	switch kinds := c.kinds(); len(kinds) {
	case 0:
		problems.Add("%s has no kind: set one of slack, mail, webhook, alertmanager and url", at)
		return problems
	case 1:
		at += "." + kinds[0]
	default:
		problems.Add("%s has several kinds, %s: keep one, and write a channel for each other", at, strings.Join(kinds, " and "))
		return problems
	}
	switch {
	case isSet(c.Slack):
		return c.Slack.Problems(at)
	case isSet(c.Webhook):
		return c.Webhook.Problems(at)
	case isSet(c.Alertmanager.Target):
		return c.Alertmanager.Problems(at)
	case !c.Service.IsZero():
		problems.Check(at, checkService(c.Service))
		return problems
	}
	return c.Mail.problems(at)
}

// open makes the channel of the settings, which have no problems.
func (c *Channel) open() channel {
	switch {
	case isSet(c.Slack):
		return slack{notify.NewPoster(c.Slack, attemptTime)}
	case isSet(c.Webhook):
		return webhook{notify.NewPoster(c.Webhook, attemptTime)}
	case isSet(c.Alertmanager.Target):
		return newAlertmanager(c.Alertmanager)
	case !c.Service.IsZero():
		return service{c.Service}
	}
	return c.Mail
}

// webhook is any endpoint that takes JSON. It gets the message, with its text.
type webhook struct{ *notify.Poster }

func (w webhook) send(ctx context.Context, m Message) error {
	body, err := json.Marshal(struct {
		Message
		Text string `json:"text"`
	}{m, m.Text()})
	if err != nil {
		return err
	}
	return w.Post(ctx, body)
}

// slack is an incoming webhook of Slack, or of another service with the same API.
type slack struct{ *notify.Poster }

// maxSlack is the size of what Slack shows as one message.
const maxSlack = 3_500

func (s slack) send(ctx context.Context, m Message) error {
	escape := strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;") // a name may be <!channel>
	text := "*" + escape.Replace(m.Title) + "*\n" + escape.Replace(cut(m.Text(), maxSlack))
	body, err := json.Marshal(map[string]string{"text": text})
	if err != nil {
		return err
	}
	return s.Post(ctx, body)
}

// cut returns whole lines of at most so many bytes.
func cut(text string, size int) string {
	if len(text) <= size {
		return text
	}
	end := strings.LastIndexByte(text[:size], '\n') + 1
	return text[:end] + "and more\n"
}
