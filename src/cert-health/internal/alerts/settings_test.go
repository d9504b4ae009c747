package alerts_test

import (
	"fmt"
	"os"
	"path/filepath"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/alerts"
	"cert-health/internal/alerts/incident"
	"cert-health/internal/secret"
)

const full = `{
 "log": "/l", "log_level": "DEBUG",
 "incidents": {"open_after": "0s", "update_interval": "1m", "repeat_interval": "7d", "forget_after": "49h"},
 "limits": {"deployments": 1, "instances": 2, "certificates": 3},
 "delivery": {"timeout": "1s", "queue": 4, "give_up_after": "1h"},
 "templates": {"title": "t", "text": "", "slack": null},
 "webhooks": [{"name": "a", "url": "https://u/s3cr3t", "headers": {"K": "s3cr3t"}, "basic_auth": {"username": "u", "password": "s3cr3t"}, "classes": ["drift"], "body": "{\"key\": \"s3cr3t\"}"},
              {"url": "http://u"}],
 "slack": [{"url": "http://u"}],
 "alertmanagers": [{"url": "http://u", "labels": {"env": "prod"}}],
 "textfile": {"directory": "/d", "interval": "15s"}
}`

var _ = Describe("Parse", func() {
	It("reads every key", func() {
		s, err := alerts.Parse([]byte(full))
		Expect(err).NotTo(HaveOccurred())
		Expect(s.Incidents.RepeatInterval).To(Equal(7 * 24 * time.Hour))
		Expect(s.Limits).To(Equal(incident.Limits{Deployments: 1, Instances: 2, Certificates: 3}))
		Expect(s.Webhooks[0].URL).To(Equal(secret.New("https://u/s3cr3t")))
		Expect(s.Alertmanagers[0].Labels).To(Equal(map[string]string{"env": "prod"}))
		Expect([]string{s.Webhooks[1].Name, s.Slack[0].Name, s.Alertmanagers[0].Name}).To(Equal([]string{"webhook-2", "slack-1", "alertmanager-1"}))
		Expect(fmt.Sprintf("%v %+v %#v", s, s, s)).NotTo(ContainSubstring("s3cr3t"))
	})

	It("reads the job's properties, and names them in problems", func() {
		s, err := alerts.Parse([]byte(`{"cert_health_alerts": {"log": "/l"}}`))
		Expect(err).NotTo(HaveOccurred())
		Expect(s.Log).To(Equal("/l"))
		_, err = alerts.Parse([]byte(`{"cert_health_alerts": {"delivery": {"queue": 0}}}`))
		Expect(err).To(MatchError("the settings are not valid: cert_health_alerts.delivery.queue must be greater than 0"))
	})

	It("keeps the defaults of missing keys", func() {
		s, err := alerts.Parse([]byte(`{"limits": {}, "slack": null}`))
		Expect(err).NotTo(HaveOccurred())
		Expect(s).To(Equal(alerts.Defaults()))
	})

	DescribeTable("a problem names the path of the key, and suggests a similar word",
		func(text, problem string) {
			_, err := alerts.Parse([]byte(text))
			Expect(err).To(MatchError("the settings are not valid: " + problem))
		},
		Entry("invalid JSON", `{`, "it is not valid JSON"),
		Entry("not a mapping", `[]`, "the document must be a mapping of keys to values"),
		Entry("an unknown key", `{"webhook": []}`, `webhook is not a known key; did you mean "webhooks"?`),
		Entry("an unknown key in a list", `{"slack": [{"ur": "x"}]}`, `slack[0].ur is not a known key; did you mean "url"?`),
		Entry("a key in another spelling", `{"Limits": {}}`, `Limits is not a known key; did you mean "limits"?`),
		Entry("a string for a list", `{"slack": "x"}`, "slack must be a list"),
		Entry("a string for a number", `{"limits": {"instances": "x"}}`, "limits.instances must be a whole number, not negative"),
		Entry("a number for a string", `{"log": 1}`, "log must be a string"),
		Entry("a number for a duration", `{"delivery": {"timeout": 10}}`, "delivery.timeout is not a valid duration: write 90s, 24h or 30d"),
		Entry("an invalid duration", `{"delivery": {"timeout": "10"}}`, "delivery.timeout is not a valid duration: write 90s, 24h or 30d"),
		Entry("a header that is not a string", `{"slack": [{"url": "http://u", "headers": {"K": 1}}]}`, "slack[0].headers.K must be a string"),
		Entry("no headers", `{"slack": [{"headers": "x"}]}`, "slack[0].headers must be a mapping of names to strings"),
		Entry("a limit of zero", `{"limits": {"instances": 0}}`, "limits.instances must be greater than 0"),
		Entry("an unknown level", `{"log_level": "wrn"}`, `log_level must be one of debug, info, warn, error, none; did you mean "warn"?`),
		Entry("a receiver without a URL", `{"slack": [{}]}`, "slack[0].url is missing"),
		Entry("a URL without a scheme", `{"slack": [{"url": "hooks.slack.com/x"}]}`, "slack[0].url is not a valid URL: it must begin with https:// or http:// and a host"),
		Entry("two receivers of one name", `{"slack": [{"name": "a", "url": "http://u"}], "webhooks": [{"name": "a", "url": "http://u"}]}`,
			"slack[0].name is also the name of webhooks[0]: give each receiver its own name"),
		Entry("an unknown class", `{"slack": [{"url": "http://u", "classes": ["expird"]}]}`,
			`slack[0].classes must be one of expired, drift, not_loaded, unverified, expiring; did you mean "expired"?`),
		Entry("a file for a CA", `{"slack": [{"url": "http://u", "ca_cert": "/x.pem"}]}`, "slack[0].ca_cert contains no certificate: set it to the PEM text, not to the name of a file"),
		Entry("a password without its user", `{"slack": [{"url": "http://u", "basic_auth": {"password": "p"}}]}`, "slack[0].basic_auth.username is missing"),
		Entry("a relative directory", `{"textfile": {"directory": "x"}}`, "textfile.directory must be absolute"),
		Entry("a broken template", `{"templates": {"title": "{{.Titl}}"}}`,
			"templates: template: title:1:2: executing \"title\" at <.Titl>: can't evaluate field Titl in type notify.Message"),
		Entry("a body that is not JSON", `{"webhooks": [{"url": "http://u", "body": "{{.Title}}"}]}`,
			"webhooks[0].body: the template does not produce valid JSON: write values as {{json .Title}}"),
	)

	It("reports all problems at once, and quotes no value", func() {
		_, err := alerts.Parse([]byte(`{"log": ["s3cr3t"], "slack": [{"url": {"s3cr3t": 1}, "headers": {"K": ["s3cr3t"]}}], "delivery": {"timeout": "s3cr3t"}}`))
		Expect(err).To(MatchError("the settings are not valid: delivery.timeout is not a valid duration: write 90s, 24h or 30d; log must be a string; " +
			"slack[0].headers.K must be a string; slack[0].url must be a string"))
		_, err = alerts.Parse([]byte(`{"slack": [{"url": "ht tp://s3cr3t"}, {"url": "https://%zz@s3cr3t"}, {"url": "s3cr3t"}]}`))
		Expect(err).To(HaveOccurred())
		Expect(err.Error()).NotTo(ContainSubstring("s3cr3t"))
	})
})

var _ = Describe("Load", func() {
	It("returns the settings with the problem, because they say where the log is", func() {
		file := filepath.Join(GinkgoT().TempDir(), "s.json")
		Expect(os.WriteFile(file, []byte(`{"log": "/here", "slak": []}`), 0o600)).To(Succeed())
		s, err := alerts.Load(file)
		Expect(err).To(MatchError(ContainSubstring("slak is not a known key")))
		Expect(s.Log).To(Equal("/here"))
		s, err = alerts.Load(file + ".not")
		Expect(err).To(MatchError(os.ErrNotExist))
		Expect(s).To(Equal(alerts.Defaults()))
	})
})
