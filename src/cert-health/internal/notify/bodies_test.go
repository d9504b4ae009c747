package notify_test

import (
	"encoding/json"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/notify"
	"cert-health/internal/secret"
)

// sent is the body of the request for one notice.
func sent(b *bench, s *station, n notify.Notice, make func(notify.Context) (*notify.Sender, error)) string {
	GinkgoHelper()
	b.run(make(b.Context)).Offer(n)
	Eventually(s.received, "1m").Should(HaveLen(1))
	return s.received()[0]
}

var _ = Describe("Webhook", func() {
	It("sends the notice with its title and text", func() {
		b, s := newBench(), newStation()
		var body map[string]any
		Expect(json.Unmarshal([]byte(sent(b, s, notice(notify.Opened, "cf"), webhook(s.URL).Sender)), &body)).To(Succeed())
		Expect(body).To(And(
			HaveKeyWithValue("title", "cf: 1 certificate expired on 2 instances"),
			HaveKeyWithValue("text", "- c1 <!channel> [000000000001] on 2 of 2: expired 3 hours ago\n  at rep x.crt:1; next: bosh -d cf deploy\ninstances: cell/1, cell/2"),
			HaveKeyWithValue("kind", "opened"), HaveKeyWithValue("opened_at", "2026-11-22T03:04:05Z"), HaveKeyWithValue("instance_count", 2.0)))
	})

	It("sends the body of a configured template", func() {
		b, s := newBench(), newStation()
		w := webhook(s.URL)
		w.Body = secret.New(`{"msg": {{json .Title}}, "n": {{.CertificateCount}}}`)
		Expect(sent(b, s, notice(notify.Opened, "cf"), w.Sender)).To(MatchJSON(`{"msg":"cf: 1 certificate expired on 2 instances","n":1}`))
	})

	It("rejects a template that does not produce JSON", func() {
		w := webhook("http://x")
		w.Body = secret.New(`{"msg": {{.Title}}}`)
		_, err := w.Sender(newBench().Context)
		Expect(err).To(MatchError("body: the template does not produce valid JSON: write values as {{json .Title}}"))
	})
})

var _ = Describe("Slack", func() {
	It("escapes the text, so that no name of a certificate can notify the channel", func() {
		b, s := newBench(), newStation()
		slack := notify.Slack{Endpoint: notify.Endpoint{Name: "slack", Target: notify.Target{URL: secret.New(s.URL)}}}
		body := sent(b, s, notice(notify.Opened, "cf"), slack.Sender)
		Expect(body).To(HavePrefix(`{"text":"*cf: 1 certificate expired on 2 instances*\n- c1 \u0026lt;!channel\u0026gt; [`))
	})
})

var _ = Describe("Alertmanager", func() {
	var (
		b      *bench
		s      *station
		sender *notify.Sender
	)
	BeforeEach(func() {
		b, s = newBench(), newStation()
		manager := notify.Alertmanager{Endpoint: notify.Endpoint{Name: "am", Target: notify.Target{URL: secret.New(s.URL + "/")}}, Labels: map[string]string{"env": "prod", "class": "x"}}
		var err error
		sender, err = manager.Sender(b.Context)
		Expect(err).NotTo(HaveOccurred())
	})

	It("sets endsAt to the end of an incident without reports, or to now if the incident is closed", func() {
		b.run(sender, nil)
		closed := notice(notify.Closed, "cf")
		closed.Until = closed.At
		sender.Offer(notice(notify.Refreshed, "cf"))
		Eventually(s.received, "1m").Should(HaveLen(1))
		sender.Offer(closed)
		Eventually(s.received, "1m").Should(HaveLen(2))
		Expect(s.paths[0]).To(Equal("/api/v2/alerts"))
		var alerts []map[string]any
		Expect(json.Unmarshal([]byte(s.received()[0]), &alerts)).To(Succeed())
		Expect(alerts).To(HaveExactElements(And(
			HaveKeyWithValue("labels", map[string]any{"alertname": "CertHealthExpired", "deployment": "cf", "class": "expired", "severity": "critical", "env": "prod"}),
			HaveKeyWithValue("startsAt", "2026-11-22T03:04:05Z"), HaveKeyWithValue("endsAt", "2026-11-24T04:04:05Z"))))
		Expect(s.received()[1]).To(ContainSubstring(`"endsAt":"2026-11-22T03:05:05Z"`))
	})

	It("gets only the newest state of each incident", func() {
		for range 10 {
			sender.Offer(notice(notify.Refreshed, "a"))
			sender.Offer(notice(notify.Refreshed, "b"))
		}
		sender.Offer(notice(notify.Closed, "a"))
		Expect(sender.Stats()).To(Equal(notify.Stats{Name: "am", Queued: 2}))
		b.run(sender, nil)
		Eventually(s.received, "1m").Should(HaveExactElements(ContainSubstring("no certificate is expired"), ContainSubstring("b: 1 certificate")))
	})
})

var _ = Describe("Templates", func() {
	It("can be configured", func() {
		b, s := newBench(), newStation()
		var err error
		b.Templates, err = notify.NewTemplates(notify.Sources{Title: "{{.Severity}}\n in {{.Deployment}}", Text: `{{join .Instances "+"}}`})
		Expect(err).NotTo(HaveOccurred())
		Expect(sent(b, s, notice(notify.Opened, "cf"), webhook(s.URL).Sender)).To(HavePrefix(`{"title":"critical in cf","text":"cell/1+cell/2",`))
	})

	DescribeTable("mistakes are found at the start",
		func(from notify.Sources, said string) {
			_, err := notify.NewTemplates(from)
			Expect(err).To(MatchError(ContainSubstring(said)))
		},
		Entry("an open brace", notify.Sources{Title: "{{.Deployment"}, "template: title:1"),
		Entry("an unknown field", notify.Sources{Text: "{{.Deploymnt}}"}, "can't evaluate field Deploymnt"),
		Entry("a template that fails on a closed incident", notify.Sources{Slack: "{{(index .Instances 0)}}"}, "template: slack:1"),
	)

	It("are replaced by the default if they fail later, and the text says so", func() {
		b, s := newBench(), newStation()
		var err error
		b.Templates, err = notify.NewTemplates(notify.Sources{Title: `{{if eq .Deployment "p"}}{{index .Instances 9}}{{end}}`,
			Text: `{{if eq .Deployment "p"}}{{range .Instances}}{{printf "%70000d" 1}}{{end}}{{end}}`})
		Expect(err).NotTo(HaveOccurred())
		body := sent(b, s, notice(notify.Opened, "p"), webhook(s.URL).Sender)
		Expect(body).To(HavePrefix(`{"title":"p: 1 certificate expired on 2 instances"`))
		Expect(strings.Count(body, "(the configured template failed: ")).To(Equal(2))
	})
})
