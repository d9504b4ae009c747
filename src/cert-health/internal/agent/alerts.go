package agent

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"cert-health/internal/alert"
	"cert-health/internal/alert/mailbox"
	"cert-health/internal/config"
	"cert-health/internal/report"
	"cert-health/internal/verdict"
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
			delivered[a.Class] = sentNow(a, s.Items[a.Class], m.now())
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
		case len(items) == 0 && reported && s.Open[class]:
		case len(items) == 0 && reported:
			alerts = append(alerts, alert.Alert{ID: newID(), Class: class, Cleared: true, Created: s.At})
		case len(items) == 0:
		case last.Key != keyOf(items) || verdict.Passed(last.At, s.At, m.remindAfter):
			alerts = append(alerts, newAlert(class, items, last, s.At))
		}
	}
	return alerts
}

// newAlert is an alert about items, given the one before. New items come first.
func newAlert(class alert.Class, items []report.Item, last sent, now time.Time) alert.Alert {
	known := map[string]bool{}
	for digests := last.Known; len(digests) >= digestDigits; digests = digests[digestDigits:] {
		known[digests[:digestDigits]] = true
	}
	candidates := make([]alert.Candidate, len(items))
	for i, item := range items {
		c := alert.Candidate{Item: item.AlertItem(), Jobs: item.Jobs(), Rank: alert.Other}
		switch {
		case !known[digestOf(item)]:
			c.Rank = alert.New
		case strings.Contains(last.Named, c.Fingerprint):
			c.Rank = alert.Named
		}
		candidates[i] = c
	}
	return alert.Alert{ID: newID(), Class: class, Items: alert.Choose(candidates), Total: len(items), Created: now}
}

// digestDigits is the length of the digest of an item's key.
const digestDigits = 16

func digestOf(item report.Item) string {
	sum := sha256.Sum256([]byte(item.Key()))
	return hex.EncodeToString(sum[:digestDigits/2])
}

// sentNow is what is remembered of an alert that was delivered.
func sentNow(a alert.Alert, items []report.Item, now time.Time) sent {
	s := sent{Key: keyOf(items), At: now}
	var known strings.Builder
	for _, item := range items {
		known.WriteString(digestOf(item))
	}
	s.Known = known.String()
	for _, item := range a.Items {
		s.Named += item.Fingerprint + " "
	}
	return s
}

// keyOf identifies a set of items with their next steps: a step that changes is news. It depends
// neither on their order, which changes with time, nor on the words of their messages. It is a sum,
// so that equal items count as often as they occur.
func keyOf(items []report.Item) string {
	var sum [2]uint64
	for _, item := range items {
		digest := sha256.Sum256([]byte(item.Key() + "\x00" + item.Finding.Next))
		sum[0] += binary.BigEndian.Uint64(digest[:8])
		sum[1] += binary.BigEndian.Uint64(digest[8:16])
	}
	return fmt.Sprintf("%016x%016x", sum[0], sum[1])
}

// newID is unique: the Health Monitor drops an alert whose ID it has seen before.
func newID() string { return "cert-health-" + rand.Text() }
