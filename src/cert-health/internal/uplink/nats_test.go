package uplink_test

import (
	"crypto/tls"
	"encoding/json"
	"os"
	"path/filepath"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/scenario"
	"cert-health/internal/secret"
	"cert-health/internal/uplink"
	"cert-health/internal/uplink/uplinktest"
)

var _ = Describe("the identity nats", func() {
	var (
		hub      *uplinktest.Hub
		nats     *scenario.Pair
		root     string
		o        uplink.Options
		accepted bool
	)
	settings := func(p *scenario.Pair) map[string]any {
		return map[string]any{"mbus": "nats://x", "env": map[string]any{"bosh": map[string]any{"mbus": map[string]any{
			"cert": map[string]any{"ca": nats.CertPEM(), "certificate": p.CertPEM(), "private_key": p.KeyPEM()}}}}}
	}
	update := func(p *scenario.Pair) map[string]any {
		return map[string]any{"mbus": map[string]any{"cert": map[string]any{"certificate": p.CertPEM(), "private_key": p.KeyPEM()}}}
	}
	write := func(name string, document any) {
		GinkgoHelper()
		file := filepath.Join(root, "var/vcap/bosh", name)
		Expect(os.MkdirAll(filepath.Dir(file), 0o700)).To(Succeed())
		contents, err := json.Marshal(document)
		Expect(err).NotTo(HaveOccurred())
		Expect(os.WriteFile(file, contents, 0o600)).To(Succeed())
	}
	agent := func(name string, from, to time.Duration) *scenario.Pair {
		return scenario.Issue(scenario.Spec{CommonName: name, Client: true, Issuer: nats, NotBefore: time.Now().Add(from), NotAfter: time.Now().Add(to)})
	}
	const name = "3f2a.agent.bosh-internal"
	// shown is the name of the certificate that the hub got.
	shown := func(c *uplink.Client) string {
		GinkgoHelper()
		Expect(beat(c)).To(MatchError(uplink.ErrSendWhole))
		all := hub.Handshakes()
		return all[len(all)-1].PeerCertificates[0].Subject.CommonName
	}

	BeforeEach(func() {
		nats, root, accepted = scenario.Issue(scenario.Spec{CommonName: "default.nats-ca.bosh-internal", CA: true}), GinkgoT().TempDir(), true
		hub = uplinktest.Start(func(c *tls.Config) {
			both := c.ClientCAs.Clone()
			both.AddCert(nats.X509)
			c.GetConfigForClient = func(*tls.ClientHelloInfo) (*tls.Config, error) {
				other := c.Clone()
				if other.GetConfigForClient = nil; accepted {
					other.ClientCAs = both
				}
				return other, nil
			}
		})
		o = hub.Options()
		o.Identity, o.Root = uplink.ByNATS, root
	})

	It("is the certificate of bosh-agent, alone or beside another one", func() {
		write("settings.json", settings(agent(name, -time.Hour, time.Hour)))
		c := client(o)
		Expect(shown(c)).To(Equal(name))
		Expect(c.Note()).To(BeEmpty())
		o.Cert, o.PrivateKey = "", secret.Value{}
		Expect(shown(client(o))).To(Equal(name))
	})
	It("is the newest one of bosh-agent's settings and their update", func() {
		write("settings/settings.json", settings(agent("old"+name, -2*time.Hour, -time.Hour)))
		write("update_settings.json", update(agent(name, -time.Hour, time.Hour)))
		Expect(shown(client(o))).To(Equal(name))
	})
	DescribeTable("is the configured certificate while that of bosh-agent cannot be used", func(prepare func(), why string) {
		prepare()
		c := client(o)
		Expect(shown(c)).To(Equal("cert-health-agent"))
		Expect(c.Note()).To(MatchRegexp("^the certificate in cert_health.hub.certificate is used, because " + why))
		o.Cert, o.PrivateKey = "", secret.Value{}
		if accepted {
			fails(o, MatchRegexp("^"+why+".*; without cert_health.hub.certificate there is no other client certificate$"))
		} else {
			fails(o, MatchRegexp(`^the hub does not accept the certificate of bosh-agent \(cert_health.hub.identity: nats\) \([a-z ]+\): `))
		}
	},
		Entry("there are no settings", func() {}, "bosh-agent has no certificate for NATS in /var/vcap/bosh/settings.json: "),
		Entry("they have none", func() { write("settings.json", map[string]any{"mbus": "https://x"}) }, "bosh-agent has no certificate for NATS in "),
		Entry("they are no regular file", func() { Expect(os.MkdirAll(root+"/var/vcap/bosh/settings.json", 0o700)).To(Succeed()) },
			"bosh-agent's settings /var/vcap/bosh/settings.json cannot be read: let the agent read all files"),
		Entry("they are not JSON", func() { write("settings.json", "s3cret") }, "bosh-agent's settings /var/vcap/bosh/settings.json are not JSON"),
		Entry("it has expired", func() { write("settings.json", settings(agent(name, -2*time.Hour, -time.Hour))) }, "bosh-agent's certificate for NATS expired at .*: recreate the VM"),
		Entry("it is not valid yet", func() { write("settings.json", settings(agent(name, time.Hour, 2*time.Hour))) }, "bosh-agent's certificate for NATS is not valid before .*: set this machine's clock"),
		Entry("it is the first one", func() {
			write("settings.json", settings(agent("3f2a.bootstrap.agent.bosh-internal", -time.Hour, time.Hour)))
		}, "bosh-agent has its first certificate only"),
		Entry("it has another name", func() { write("settings.json", settings(agent("x", -time.Hour, time.Hour))) }, "bosh-agent's certificate for NATS has no agent's name"),
		Entry("the hub does not accept it", func() {
			accepted = false
			write("settings.json", settings(agent(name, -time.Hour, time.Hour)))
		}, "the hub does not accept that of bosh-agent: set the hub's agents.nats_ca"),
	)
	It("changes to the configured certificate when it expires, and back when there is a new one", func() {
		now := time.Now()
		o.Now = func() time.Time { return now }
		write("settings.json", settings(agent(name, -time.Hour, time.Hour)))
		c := client(o)
		Expect(shown(c)).To(Equal(name))
		now = now.Add(90 * time.Minute)
		Expect(shown(c)).To(Equal("cert-health-agent"))
		Expect(c.Note()).To(ContainSubstring("expired at"))
		write("update_settings.json", update(agent(name, 0, 24*time.Hour)))
		Expect(shown(c)).To(Equal(name))
		Expect(c.Note()).To(BeEmpty())
	})
})
