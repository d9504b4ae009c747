package incident_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/alert"
	"cert-health/internal/alerts/incident"
)

const source = "cf: diego-cell(3f2a-11) [id=a1, index=0, cid=vm-1]"

// line is an alert, as the Health Monitor writes it.
func line(a alert.Alert, deployment, source string) []byte {
	text, err := json.Marshal(map[string]any{
		"kind": "alert", "id": "1", "severity": a.Severity(), "category": nil,
		"title":   fmt.Sprintf("%s (10.0.0.5) - %s - %s", alert.Service, a.Event(), a.Action()),
		"summary": a.Description(), "source": source, "deployment": deployment, "created_at": 1700000000,
	})
	if err != nil {
		panic(err)
	}
	return text
}

// expired is an alert about the certificates with these numbers.
func expired(numbers ...int) alert.Alert {
	a := alert.Alert{Class: alert.Expired, Total: len(numbers)}
	for _, n := range numbers {
		a.Items = append(a.Items, alert.Item{Name: fmt.Sprintf("c%d", n), Fingerprint: fmt.Sprintf("%012x", n), Place: "rep config/x.crt:1",
			Message: "expired 3 hours ago; its peers refuse it", Next: "bosh -d cf deploy"})
	}
	return a
}

var _ = Describe("ParseEvent", func() {
	It("parses an alert of an agent, whose source names the instance", func() {
		event, sort := incident.ParseEvent(line(expired(1), "cf", source))
		Expect(sort).To(Equal(incident.Ours))
		Expect(event).To(Equal(incident.Event{Agent: "a1", Deployment: "cf", Instance: "diego-cell/3f2a-11", Alert: expired(1)}))
	})

	DescribeTable("every event has the name of an instance",
		func(source, name string) {
			event, _ := incident.ParseEvent(line(expired(1), "", source))
			Expect(event.Instance).To(Equal(name))
			Expect(event.Deployment).To(Equal("unknown"))
		},
		Entry("without a deployment", "rep(1) [id=2]", "rep/1"),
		Entry("of an agent that the Director does not know", "agent a1 [deployment=cf]", "agent a1 [deployment=cf]"),
		Entry("without a source", "", "unknown"),
		Entry("of an absurd length", strings.Repeat("é", 300), strings.Repeat("é", 100)),
		Entry("of an absurd length, in Japanese", strings.Repeat("証", 300), strings.Repeat("証", 66)),
		Entry("with control characters", "cf: r\x1bx(1\x00)", "r?x/1?"),
	)

	DescribeTable("an alert is from one agent",
		func(source, agent string) {
			event, _ := incident.ParseEvent(line(expired(1), "", source))
			Expect(event.Agent).To(Equal(agent))
		},
		Entry("that the Director knows", source, "a1"),
		Entry("that it does not know", "agent a1 [deployment=cf]", "a1"),
		Entry("without an ID", "rep(1) []", "rep/1"),
		Entry("without a source", "", "unknown"),
	)

	It("parses a heartbeat, which says to which instance an agent belongs", func() {
		event, sort := incident.ParseEvent([]byte(`{"kind":"heartbeat","id":"1","agent_id":"a1","deployment":"cf","job":"diego-cell","index":"0","instance_id":"3f2a-11"}`))
		Expect(sort).To(Equal(incident.Heartbeat))
		Expect(event).To(Equal(incident.Event{Agent: "a1", Deployment: "cf", Instance: "diego-cell/3f2a-11"}))
	})

	It("tells the agent of a foreign alert, whose VM the Health Monitor has", func() {
		event, sort := incident.ParseEvent([]byte(`{"kind":"alert","title":"a1 has timed out","source":"` + source + `","deployment":"cf"}`))
		Expect(sort).To(Equal(incident.Foreign))
		Expect(event).To(Equal(incident.Event{Agent: "a1"}))
	})

	DescribeTable("every line has one sort",
		func(text string, sort incident.Sort) {
			event, found := incident.ParseEvent([]byte(text))
			Expect(found).To(Equal(sort))
			Expect(event).To(BeZero())
		},
		Entry("an empty line", "", incident.Malformed),
		Entry("not JSON", "{", incident.Malformed),
		Entry("not an object", "[1]", incident.Malformed),
		Entry("a title that is not a string", `{"kind":"alert","title":1}`, incident.Malformed),
		Entry("two objects", `{} {}`, incident.Malformed),
		Entry("an empty object", "{}", incident.Foreign),
		Entry("a heartbeat", `{"kind":"heartbeat","id":"1","timestamp":1,"vitals":{"cpu":{"sys":"1"}},"metrics":[]}`, incident.Foreign),
		Entry("a heartbeat of an agent that the Director does not know", `{"kind":"heartbeat","agent_id":"a","deployment":null,"job":null,"instance_id":null}`, incident.Foreign),
		Entry("an alert of monit", `{"kind":"alert","title":"nats (10.0.0.5) - Does not exist - restart","deployment":"cf"}`, incident.Foreign),
		Entry("an alert without any value", `{"kind":"alert","title":null,"summary":null,"source":null,"deployment":null}`, incident.Foreign),
	)
})

// The contract: the parser returns for every line. An event of sort Ours has a bounded size, is
// printable, and leads to a notice.
func FuzzEvent(f *testing.F) {
	for _, class := range alert.Classes() {
		a := expired(1, 2, 3)
		a.Class, a.Total = class, 12
		f.Add(line(a, "cf", source))
		f.Add(line(alert.Alert{Class: class, Cleared: true}, "cf", source))
	}
	f.Add([]byte(`{"kind":"heartbeat","id":"1","timestamp":1700000000,"job":"rep","index":"0","vitals":{},"metrics":[]}`))
	f.Add([]byte(`{"kind":"alert","title":"cert-health () - Certificate expired - x","summary":"a [0123456789ab] at b: c -> d | and 999999999 more"}`))
	f.Fuzz(func(t *testing.T, input []byte) {
		event, sort := incident.ParseEvent(input)
		if sort != incident.Ours {
			return
		}
		for _, text := range []string{event.Deployment, event.Instance} {
			if text == "" || len(text) > 600 || !utf8.ValidString(text) || strings.ContainsAny(text, "\n\x1b\x00") {
				t.Fatalf("%q", text)
			}
		}
		ledger := incident.NewLedger(incident.Policy{}, incident.Limits{Deployments: 1, Instances: 1, Certificates: 5})
		for _, notice := range ledger.Record(event, time.Unix(0, 0)) {
			if notice.CertificateCount < 1 || notice.InstanceCount != 1 || len(notice.Certificates) > 5 {
				t.Fatalf("%+v", notice)
			}
		}
	})
}
