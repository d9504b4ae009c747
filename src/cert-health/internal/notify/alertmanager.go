package notify

import (
	"encoding/json"
	"maps"
	"strings"
	"time"

	"cert-health/internal/alert"
	"cert-health/internal/secret"
)

// Alertmanager is one instance of Prometheus' Alertmanager. Each member of a cluster is a
// receiver of its own.
//
// It gets the state of each incident with every notice, and once a minute in between, because
// it does not keep alerts over a restart. endsAt is the time at which the incident ends if no
// VM reports again. Without endsAt, Alertmanager resolves an alert after five minutes
// (resolve_timeout) without a message. With an endsAt of a few minutes, it resolves the alerts
// whenever the Director is deployed, although nothing is repaired.
type Alertmanager struct {
	Endpoint
	Labels map[string]string `yaml:"labels"`
}

// Sender implements Receiver.
func (a Alertmanager) Sender(c Context) (*Sender, error) {
	endpoint := a.Endpoint
	endpoint.URL = secret.New(strings.TrimSuffix(a.URL.Reveal(), "/") + "/api/v2/alerts")
	sender := newSender(c, endpoint, func(n Notice) ([]byte, error) {
		m := c.Templates.message(n)
		return json.Marshal([]postableAlert{{
			Labels:      a.labels(n),
			Annotations: map[string]string{"summary": m.Title, "description": m.Text},
			StartsAt:    n.OpenedAt,
			EndsAt:      n.Until, // now, if the incident is closed
		}})
	})
	sender.queue.merge = true
	return sender, nil
}

// postableAlert has the name that Alertmanager's API gives it.
type postableAlert struct {
	Labels      map[string]string `json:"labels"`
	Annotations map[string]string `json:"annotations"`
	StartsAt    time.Time         `json:"startsAt"`
	EndsAt      time.Time         `json:"endsAt"`
}

// labels identify an alert, so they do not change during an incident.
func (a Alertmanager) labels(n Notice) map[string]string {
	labels := map[string]string{}
	maps.Copy(labels, a.Labels)
	maps.Copy(labels, map[string]string{
		"alertname": alertName(n.Class), "deployment": n.Deployment, "class": string(n.Class), "severity": n.Severity,
	})
	return labels
}

func alertName(class alert.Class) string {
	name := "CertHealth"
	for word := range strings.SplitSeq(string(class), "_") {
		name += strings.ToUpper(word[:1]) + word[1:]
	}
	return name
}
