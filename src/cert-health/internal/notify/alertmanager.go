package notify

import (
	"encoding/json"
	"maps"
	"strings"
	"time"

	"cert-health/internal/alert"
	"cert-health/internal/secret"
)

// Alertmanager is one instance of Prometheus' Alertmanager; of a cluster, each is
// a receiver of its own.
//
// It is told the state of an incident with every notice and once a minute between
// them, for it keeps no alerts over a restart. Each time endsAt is the moment at
// which the incident would be forgotten if no VM spoke again. Without endsAt
// Alertmanager would resolve the alert five minutes (its resolve_timeout) after the
// last word; so would an endsAt of some minutes, each time that the Director
// is deployed, although the certificates are as bad as before: this plugin hears of
// them again with the next daily reminder only.
type Alertmanager struct {
	Endpoint
	Labels map[string]string `yaml:"labels"`
}

// Sender makes the receiver of an Alertmanager.
func (a Alertmanager) Sender(c Context) (*Sender, error) {
	endpoint := a.Endpoint
	endpoint.URL = secret.New(strings.TrimSuffix(a.URL.Reveal(), "/") + "/api/v2/alerts")
	sender := newSender(c, endpoint, func(n Notice) ([]byte, error) {
		m := c.Templates.message(n)
		return json.Marshal([]activeAlert{{
			Labels:      a.labels(n),
			Annotations: map[string]string{"summary": m.Title, "description": m.Text},
			StartsAt:    n.OpenedAt,
			EndsAt:      n.Until, // the present, at the close
		}})
	})
	sender.queue.merge = true
	return sender, nil
}

// activeAlert is the API's postableAlert.
type activeAlert struct {
	Labels      map[string]string `json:"labels"`
	Annotations map[string]string `json:"annotations"`
	StartsAt    time.Time         `json:"startsAt"`
	EndsAt      time.Time         `json:"endsAt"`
}

// labels are the identity of an alert: nothing in them changes while it lasts.
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
