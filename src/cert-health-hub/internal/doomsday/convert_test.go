package doomsday_test

import (
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/hub/internal/doomsday"
	"cert-health/hub/internal/settings"
	"cert-health/internal/scenario"
)

const whole = `
backends:
- type: vault
  name: my vault
  refresh_interval: 15
  properties:
    address: https://vault.example:8200
    ca_certs: (ca)
    namespace: team
    base_path: secret/cf/
    trace: true
    auth: {role_id: a-role, secret_id: s3cr3t-1}
- type: Vault
  name: my vault
  properties: {address: "https://lab.example", base_path: /, auth: {token: s3cr3t-2}}
- type: opsmgr
  properties:
    address: https://opsman.example
    insecure_skip_verify: true
    auth: {grant_type: password, client_id: opsman, client_secret: "", username: admin, password: s3cr3t-3}
- type: credhub
  name: credhub
  properties:
    address: https://credhub.example:8844
    auth: {grant_type: client_credentials, client_id: hub, client_secret: s3cr3t-4}
- type: tlsclient
  properties: {hosts: [example.com, "https://www.example.com:8443/", example.com], timeout: 5}
- type: s3
server:
  port: 443
  tls: {cert: (certificate), key: (private key)}
  auth: {type: userpass, properties: {username: admin, password: s3cr3t-5, timeout: 60, refresh: true}}
notifications:
  doomsday_url: https://dday.example/
  backend: {type: slack, properties: {webhook: "https://hooks.example/s3cr3t-6", notify_ok: false}}
  schedule: {type: cron, properties: {spec: "0 8 * * *"}}
`

var _ = Describe("Convert", func() {
	pair := scenario.Issue(scenario.Spec{CommonName: "hub"})
	quoted := func(pem string) string { return `"` + strings.ReplaceAll(strings.TrimSpace(pem), "\n", `\n`) + `\n"` }
	text := strings.NewReplacer("(ca)", quoted(pair.CertPEM()), "(certificate)", quoted(pair.CertPEM()), "(private key)", quoted(pair.KeyPEM())).Replace(whole)

	read := func(from string) (settings.Settings, string, []string) {
		GinkgoHelper()
		written, notes, err := doomsday.Convert([]byte(from))
		Expect(err).NotTo(HaveOccurred())
		files, err := settings.NewFiles()
		Expect(err).NotTo(HaveOccurred())
		DeferCleanup(files.Remove)
		s, problems := settings.Parse(written, files)
		Expect(problems).To(BeEmpty(), string(written))
		return s, string(written), notes
	}

	It("takes over all types of backends, the server and the notifications", func() {
		s, written, notes := read(text)
		Expect(s.Sources).To(HaveExactElements(
			And(HaveField("Name", "my-vault"), HaveField("Type", "vault"), HaveField("Interval", 15*time.Minute), HaveField("Options.Paths", []string{"secret/cf"})),
			And(HaveField("Name", "my-vault-2"), HaveField("Interval", 30*time.Minute), HaveField("Options.Paths", []string{"*"})),
			And(HaveField("Name", "opsmgr"), HaveField("Type", "opsman"), HaveField("Options.User", "admin")),
			And(HaveField("Name", "credhub"), HaveField("Options.ClientID", "hub")),
			And(HaveField("Type", "tls"), HaveField("Options.HostTimeout", 5*time.Second),
				HaveField("Options.Hosts", HaveExactElements(HaveField("Host", "example.com:443"), HaveField("Host", "www.example.com:8443")))),
		))
		Expect(s.Listen.Address).To(Equal(":443"))
		Expect(s.ExternalURL).To(Equal("https://dday.example"))
		Expect(s.Login.SessionTime).To(Equal(time.Hour))
		Expect(s.Notifications.Rules[0].Schedule).To(Equal("0 8 * * *"))
		for _, secret := range []string{"s3cr3t-1", "s3cr3t-2", "s3cr3t-3", "s3cr3t-4", "s3cr3t-6"} {
			Expect(written).To(ContainSubstring(secret))
		}
		Expect(written).NotTo(ContainSubstring("s3cr3t-5"))
		Expect(strings.Join(notes, "\n")).To(And(Not(ContainSubstring("s3cr3t")), ContainSubstring("cert-health-hub user add \"admin\" --role operator"),
			ContainSubstring("add database.url"),
			ContainSubstring("A log-in is not renewed by its use"), ContainSubstring("the hub reads it in UTC"), ContainSubstring("opsmgr: the hub verifies the certificate of a store"), ContainSubstring("backends[5] is of an unknown type")))
	})

	It("says what has no equal", func() {
		s, _, notes := read("backends: [{type: tls, properties: {hosts: [a.example]}}]\n" +
			"notifications: {doomsday_url: 'http://a.example/dday', backend: {type: shout, properties: {password: s3cr3t}}, schedule: {type: constant, properties: {interval: 30}}}")
		Expect(s.Listen.Insecure).To(BeTrue())
		Expect(s.Notifications.Rules).To(BeEmpty())
		Expect(notes).To(ContainElements(ContainSubstring("Doomsday answered without TLS"), ContainSubstring(`type "shout" have no equal`),
			ContainSubstring("doomsday_url is not the root"), ContainSubstring("Doomsday asked for no log-in")))
	})

	It("logs in to CredHub as a client only", func() {
		written, notes, err := doomsday.Convert([]byte("backends: [{type: credhub, properties: {address: 'https://c.example', auth: {grant_type: password, client_id: credhub_cli, username: u, password: s3cr3t}}}]"))
		Expect(err).NotTo(HaveOccurred())
		Expect(string(written)).NotTo(ContainSubstring("s3cr3t"))
		Expect(notes).To(ContainElement(ContainSubstring("credhub: the hub logs in to CredHub as a client")))
	})

	DescribeTable("refuses", func(text, said string) {
		_, _, err := doomsday.Convert([]byte(text))
		Expect(err).To(MatchError(ContainSubstring(said)))
		Expect(err.Error()).NotTo(ContainSubstring("s3cr3t"))
	},
		Entry("what is not YAML", "a: [s3cr3t", "it is not valid YAML"),
		Entry("values of another kind", "backends: s3cr3t", "1 values are of the wrong kind"),
		Entry("another file", "a: 1", "it has no backends"),
	)
})
