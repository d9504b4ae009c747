package agent

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"time"

	"cert-health/internal/alert"
	"cert-health/internal/alert/mailbox"
	"cert-health/internal/config"
	"cert-health/internal/report"
)

// mailTimeout is the time for one mail.
const mailTimeout = 10 * time.Second

// answerWithin is how long alerts wait, after the time without alerts, for the first answer of
// the source since the start. The answer changes their steps. An index of a large Vault takes
// minutes.
const answerWithin = 5 * time.Minute

// alertMail is the sink that sends alerts to bosh-agent's mail port. An alert is due for a
// class whose items changed, for one that lasts and was not reported for a long time, and
// for one without items any more.
type alertMail struct {
	mailbox     mailbox.Mailbox
	quietUntil  time.Time
	remindAfter time.Duration
	memory      *memory
	now         func() time.Time
}

func (l *loop) newAlertMail(settings config.Alerts) *alertMail {
	return &alertMail{
		mailbox:    mailbox.Mailbox{Address: settings.Address, Timeout: mailTimeout},
		quietUntil: l.started.Add(settings.QuietAfterStart), remindAfter: settings.RemindAfter,
		memory: l.memory, now: l.Clock.Now,
	}
}

// Publish sends the alerts that are due, until one of them cannot be sent. The rest is due
// again with the next snapshot.
func (m *alertMail) Publish(ctx context.Context, s Snapshot) error {
	delivered := m.memory.sentAlerts()
	due := m.due(s, delivered)
	if len(due) == 0 {
		return errNothingToDo
	}
	defer func() { m.memory.setSentAlerts(delivered) }()
	for _, a := range due {
		if err := m.mailbox.Send(ctx, a); err != nil {
			return err
		}
		if a.Cleared {
			delete(delivered, a.Class)
		} else {
			delivered[a.Class] = sent{Key: keyOf(s.Items[a.Class]), At: m.now()}
		}
	}
	return nil
}

// due returns the alerts to send, given those that were delivered before.
func (m *alertMail) due(s Snapshot, delivered map[alert.Class]sent) []alert.Alert {
	if !s.NewReport || s.At.Before(m.quietUntil) {
		return nil
	}
	if s.notAsked() && s.At.Before(m.quietUntil.Add(answerWithin)) {
		return nil
	}
	var alerts []alert.Alert
	for _, class := range alert.Classes() {
		last, reported := delivered[class]
		items := s.Items[class]
		switch {
		case len(items) == 0 && reported:
			alerts = append(alerts, alert.Alert{ID: newID(), Class: class, Cleared: true, Created: s.At})
		case len(items) == 0:
		case last.Key != keyOf(items) || s.At.Sub(last.At) >= m.remindAfter:
			alerts = append(alerts, newAlert(class, items, s.At))
		}
	}
	return alerts
}

func newAlert(class alert.Class, items []report.Item, now time.Time) alert.Alert {
	a := alert.Alert{ID: newID(), Class: class, Total: len(items), Created: now}
	for _, item := range items {
		a.Items = append(a.Items, item.AlertItem())
	}
	return a
}

// keyOf identifies a set of items with their next steps: a step that changes is news. It depends
// neither on their order, which changes with time, nor on the words of their messages.
func keyOf(items []report.Item) string {
	var sum [sha256.Size]byte
	for _, item := range items {
		for i, b := range sha256.Sum256([]byte(item.Key() + "\x00" + item.Finding.Next)) {
			sum[i] ^= b
		}
	}
	return hex.EncodeToString(sum[:16])
}

// newID is unique: the Health Monitor drops an alert whose ID it has seen before.
func newID() string { return "cert-health-" + rand.Text() }
