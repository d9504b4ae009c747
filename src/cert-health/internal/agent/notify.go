package agent

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"time"

	"cert-health/internal/alert"
	"cert-health/internal/report"
)

// mailTimeout bounds one mail.
const mailTimeout = 10 * time.Second

// mailer is bosh-agent's mailbox.
type mailer interface {
	Send(ctx context.Context, a alert.Alert) error
}

// notifier decides what is worth an alert: a class that changed, one that lasts
// and was not mentioned for long, and one that is well again.
type notifier struct {
	quietUntil  time.Time
	remindAfter time.Duration
}

// due returns the alerts to send now, given what was sent before.
func (n notifier) due(items map[alert.Class][]report.Item, before map[alert.Class]sent, now time.Time) []alert.Alert {
	if now.Before(n.quietUntil) {
		return nil
	}
	var alerts []alert.Alert
	for _, class := range alert.Classes() {
		last, mentioned := before[class]
		current := items[class]
		switch {
		case len(current) == 0 && mentioned:
			alerts = append(alerts, alert.Alert{ID: newID(), Class: class, Cleared: true, Created: now})
		case len(current) == 0:
		case last.Key != keyOf(current) || now.Sub(last.At) >= n.remindAfter:
			alerts = append(alerts, newAlert(class, current, now))
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

// keyOf changes when an item joins or leaves, and not with the hours that
// pass. The report's order is no matter, as times pass it changes.
func keyOf(items []report.Item) string {
	var sum [sha256.Size]byte
	for _, item := range items {
		for i, b := range sha256.Sum256([]byte(item.Key())) {
			sum[i] ^= b
		}
	}
	return hex.EncodeToString(sum[:16])
}

// newID is unique: the Health Monitor drops an alert whose id it has seen.
func newID() string { return "cert-health-" + rand.Text() }

// delivery is what became of alerts that were to be sent.
type delivery struct {
	sent   []alert.Alert
	keys   map[alert.Class]string
	failed error
}

// deliver sends alerts one after the other until one cannot be sent.
func deliver(ctx context.Context, mailer mailer, alerts []alert.Alert, keys map[alert.Class]string) delivery {
	d := delivery{keys: keys}
	for _, a := range alerts {
		if d.failed = mailer.Send(ctx, a); d.failed != nil {
			break
		}
		d.sent = append(d.sent, a)
	}
	return d
}

// book notes what was handed over; what was not is due again.
func (d delivery) book(into map[alert.Class]sent, now time.Time) {
	for _, a := range d.sent {
		if a.Cleared {
			delete(into, a.Class)
			continue
		}
		into[a.Class] = sent{Key: d.keys[a.Class], At: now}
	}
}
