package alerts_test

import (
	"encoding/json"
	"fmt"
	"testing"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/alert"
)

func TestAlerts(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "Health Monitor plugin")
}

// line is an alert of one VM, as the Health Monitor writes it.
func line(a alert.Alert, deployment string, vm int) string {
	text, _ := json.Marshal(map[string]any{
		"kind": "alert", "id": "1", "severity": a.Severity(), "category": nil, "created_at": 1700000000,
		"title":   fmt.Sprintf("%s (10.0.0.5) - %s - %s", alert.Service, a.Event(), a.Action()),
		"summary": a.Description(), "deployment": deployment,
		"source": fmt.Sprintf("%s: cell(%d) [id=a%d, index=0, cid=c]", deployment, vm, vm),
	})
	return string(text) + "\n"
}

// expired is an alert about a number of certificates.
func expired(count int) alert.Alert {
	a := alert.Alert{Class: alert.Expired, Total: count}
	for n := range count {
		a.Items = append(a.Items, alert.Item{Name: fmt.Sprintf("c%d", n), Fingerprint: fmt.Sprintf("%012x", n), Place: "rep x.crt:1",
			Message: "expired 3 hours ago; its peers refuse it", Next: "bosh -d cf deploy"})
	}
	return a
}

var cleared = alert.Alert{Class: alert.Expired, Cleared: true}
