package uplink_test

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/scenario"
	"cert-health/internal/secret"
	"cert-health/internal/uplink"
	"cert-health/internal/uplink/uplinktest"
)

var _ = Describe("the certificates", func() {
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		Describe("with "+tls.VersionName(version), func() {
			var (
				hub *uplinktest.Hub
				o   uplink.Options
			)
			at := func(year int) time.Time { return time.Date(year, 6, 1, 0, 0, 0, 0, time.UTC) }
			BeforeEach(func() {
				hub = uplinktest.Start(func(c *tls.Config) { c.MinVersion, c.MaxVersion = version, version })
				o = hub.Options()
			})

			It("of the hub, of an unknown CA", func() {
				o.CACert = scenario.Issue(scenario.Spec{CommonName: "other", CA: true}).CertPEM()
				fails(o, ContainSubstring(" is signed by an unknown CA: add this CA to cert_health.hub.ca_cert"))
			})
			It("of the hub, for another name", func() {
				o.URL = []string{strings.Replace(hub.URL, "127.0.0.1", "localhost", 1)}
				fails(o, ContainSubstring(": set cert_health.hub.url to one of its names, or issue it again"))
			})
			It("of the hub, while this machine's clock is wrong", func() {
				o.Now = func() time.Time { return at(2001) }
				fails(o, And(ContainSubstring("the certificate of the hub at "), MatchRegexp(` is not valid before [0-9: -]+ UTC: set this machine's clock if it is wrong \(date -u\)$`)))
				o.Now = func() time.Time { return at(2099) }
				fails(o, MatchRegexp(` expired at [0-9: -]+ UTC: renew it, or set this machine's clock if it is wrong \(date -u\)$`))
			})
			It("of the agent, that has expired", func() {
				o = as(o, hub.Issue(scenario.Spec{CommonName: "agent", NotBefore: at(2020), NotAfter: at(2021)}))
				fails(o, "the hub does not accept the client certificate in cert_health.hub.certificate: it expired at 2021-06-01 00:00 UTC: renew it, or set this machine's clock if it is wrong (date -u)")
			})
			It("of the agent, that has expired for the hub's clock only", func() {
				clock := at(2099)
				other := uplinktest.Start(func(c *tls.Config) {
					c.MinVersion, c.MaxVersion, c.Time = version, version, func() time.Time { return clock }
				})
				fails(other.Options(), MatchRegexp(`^the hub takes the client certificate in cert_health\.hub\.certificate for expired, but it is valid until .* UTC: compare the clock`))
			})
			It("of the agent, of another CA", func() {
				ca := scenario.Issue(scenario.Spec{CommonName: "other", CA: true})
				o = as(o, scenario.Issue(scenario.Spec{CommonName: "agent", Client: true, Issuer: ca}))
				fails(o, MatchRegexp(`^the hub does not accept the client certificate in cert_health\.hub\.certificate \([a-z ]+\): set the hub's agents\.client_ca to the CA that signed it, CN=other$`))
				Expect(client(o).Report(context.Background(), uplink.Report{Report: json.RawMessage(`"` + strings.Repeat("x", 1<<20) + `"`)})).To(HaveOccurred())
			})
		})
	}

	Describe("in files", func() {
		var (
			hub *uplinktest.Hub
			dir string
			o   uplink.Options
		)
		write := func(name, text string) {
			GinkgoHelper()
			Expect(os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600)).To(Succeed())
		}
		peer := func() string {
			GinkgoHelper()
			all := hub.Handshakes()
			return all[len(all)-1].PeerCertificates[0].Subject.CommonName
		}
		BeforeEach(func() {
			hub, dir = uplinktest.Start(nil), GinkgoT().TempDir()
			first := hub.Issue(scenario.Spec{CommonName: "first"})
			write("ca", hub.CA.CertPEM())
			write("crt", first.CertPEM())
			write("key", first.KeyPEM())
			o = uplink.Options{URL: []string{hub.URL}, CACert: dir + "/ca", Cert: dir + "/crt", PrivateKey: secret.New(dir + "/key")}
		})

		It("are used as soon as they are replaced, and the old ones until then", func() {
			c := client(o)
			Expect(beat(c)).To(MatchError(uplink.ErrSendWhole))
			Expect(peer()).To(Equal("first"))
			second := hub.Issue(scenario.Spec{CommonName: "second"})
			write("crt", second.CertPEM())
			Expect(beat(c)).To(MatchError(uplink.ErrSendWhole))
			Expect(peer()).To(Equal("first"))
			Expect(c.Note()).To(HavePrefix("the certificates of before are still used: cert_health.hub.certificate and private_key cannot be used: "))
			write("key", second.KeyPEM())
			Expect(beat(c)).To(MatchError(uplink.ErrSendWhole))
			Expect(peer()).To(Equal("second"))
			Expect(c.Note()).To(BeEmpty())
		})
		It("are needed at the start", func() {
			Expect(os.Remove(dir + "/key")).To(Succeed())
			fails(o, HavePrefix("cert_health.hub.private_key cannot be read: "))
			write("key", "")
			fails(o, HavePrefix("cert_health.hub.certificate and private_key cannot be used: "))
			write("ca", "")
			o.PrivateKey = secret.New("s3cret")
			fails(o, "cert_health.hub.private_key holds neither PEM nor the absolute path of a file")
		})
	})
})
