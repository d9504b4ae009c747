package remind

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"

	"cert-health/internal/notify"
	"cert-health/internal/report"
	"cert-health/internal/secret"
)

// alertmanager gets the state of all open entries again and again, because it does not keep alerts
// over a restart. It gets no messages: Alertmanager itself decides whom to tell, and when.
type alertmanager struct {
	*notify.Poster
	labels map[string]string
}

// alertLife is how long an alert lives in Alertmanager if the hub is silent. It is long: an end of the
// hub repairs nothing. refreshAfter is how often the alerts are sent.
const (
	alertLife    = 24 * time.Hour
	refreshAfter = 2 * time.Minute
)

func newAlertmanager(a Alertmanager) alertmanager {
	target := a.Target
	target.URL = secret.New(strings.TrimSuffix(a.URL.Reveal(), "/") + "/api/v2/alerts")
	return alertmanager{notify.NewPoster(target, attemptTime), a.Labels}
}

// postable has the name and the form that Alertmanager's API gives it.
type postable struct {
	Labels       map[string]string `json:"labels"`
	Annotations  map[string]string `json:"annotations"`
	StartsAt     time.Time         `json:"startsAt"`
	EndsAt       time.Time         `json:"endsAt"`
	GeneratorURL string            `json:"generatorURL,omitempty"`
}

// send implements channel. The state is kept by keep.
func (a alertmanager) send(context.Context, Message) error { return nil }

// maxAlerts limits one request.
const maxAlerts = 500

// keep sends the state of a rule.
func (a alertmanager) keep(ctx context.Context, rule string, s state, now time.Time) error {
	var alerts []postable
	for _, key := range slices.Sorted(maps.Keys(s.Open)) {
		alerts = append(alerts, a.alert(rule, s.Open[key], now.Add(alertLife)))
	}
	for _, key := range slices.Sorted(maps.Keys(s.Ended)) {
		alerts = append(alerts, a.alert(rule, s.Ended[key], s.Ended[key].End))
	}
	for part := range slices.Chunk(alerts, maxAlerts) {
		body, err := json.Marshal(part)
		if err != nil {
			return err
		}
		if err := a.Post(ctx, body); err != nil {
			return err
		}
	}
	return nil
}

// alert is an entry as an alert. Its labels identify it, so they do not change while it is open.
func (a alertmanager) alert(rule string, t told, end time.Time) postable {
	labels := map[string]string{}
	maps.Copy(labels, a.labels)
	maps.Copy(labels, map[string]string{"alertname": "CertHealth", "rule": rule, "certificate": report.Printable(t.Name), "key": t.Key})
	var steps []string
	for _, s := range t.Steps {
		steps = append(steps, s.String())
	}
	return postable{Labels: labels, StartsAt: t.Since, EndsAt: end, GeneratorURL: t.URL, Annotations: map[string]string{
		"summary":     report.Printable(t.Name + ": " + t.Message),
		"description": report.Printable(strings.Join(steps, "; ")),
		"places":      report.Printable(strings.Join(t.Places[:min(len(t.Places), maxPlaces)], ", ")),
		"state":       t.State, "severity": t.Severity.String(),
	}}
}
