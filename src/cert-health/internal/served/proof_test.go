package served_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"io"
	"net"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/scenario"
	"cert-health/internal/served"
)

// A certificate is public. Only a server that has its private key may speak for it.
var _ = Describe("the proof that a server has the key of its certificate", func() {
	// exchange is a way in which the keys of a connection are agreed on.
	type exchange struct {
		name    string
		version uint16
		suite   uint16 // 0 in TLS 1.3, which has one way
		key     scenario.KeyKind
	}
	exchanges := []exchange{
		{"TLS 1.3 and ECDSA", tls.VersionTLS13, 0, scenario.ECDSA},
		{"TLS 1.3 and RSA", tls.VersionTLS13, 0, scenario.RSA},
		{"TLS 1.3 and Ed25519", tls.VersionTLS13, 0, scenario.Ed25519},
		{"TLS 1.2, ECDHE and ECDSA", tls.VersionTLS12, tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, scenario.ECDSA},
		{"TLS 1.2, ECDHE and RSA", tls.VersionTLS12, tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, scenario.RSA},
		{"TLS 1.0, ECDHE and RSA", tls.VersionTLS10, tls.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA, scenario.RSA},
	}
	encrypted := exchange{"TLS 1.2 and RSA key exchange", tls.VersionTLS12, tls.TLS_RSA_WITH_AES_128_GCM_SHA256, scenario.RSA}
	config := func(e exchange, certificate tls.Certificate) *tls.Config {
		c := &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: e.version, MaxVersion: e.version}
		if e.suite != 0 {
			c.CipherSuites = []uint16{e.suite}
		}
		return c
	}
	// seen is the only chain that a server showed.
	seen := func(r served.Result) served.Chain {
		GinkgoHelper()
		Expect(r.Chains).To(HaveLen(1))
		return r.Chains[0]
	}
	// thief shows the certificate of a victim without having its key.
	thief := func(victim *scenario.Pair, kind scenario.KeyKind) tls.Certificate {
		stolen := unparsed(scenario.Issue(scenario.Spec{CommonName: "thief", Key: kind}))
		stolen.Certificate = [][]byte{victim.X509.Raw}
		return stolen
	}

	for _, e := range append(exchanges, encrypted) {
		It("is seen without a client certificate, in "+e.name, func() {
			s, _ := serveTLS(config(e, keyed(scenario.Issue(scenario.Spec{CommonName: "leaf", Key: e.key}))))
			Expect(seen(probe(s.address())).Proven).To(BeTrue())
		})

		It("is missing if the server has copied the certificate, in "+e.name, func() {
			for _, mode := range []tls.ClientAuthType{tls.NoClientCert, tls.RequireAnyClientCert} {
				c := config(e, thief(scenario.Issue(scenario.Spec{CommonName: "victim", Key: e.key}), e.key))
				c.ClientAuth = mode
				s, _ := serveTLS(c)
				result := probe(s.address())
				Expect(leaves(result)).To(Equal([]string{"victim"}))
				Expect(seen(result).Proven).To(BeFalse(), mode.String())
			}
		})
	}

	It("is seen after STARTTLS", func() {
		certificate := keyed(scenario.Issue(scenario.Spec{CommonName: "leaf"}))
		s := serve("tcp", "127.0.0.1:0", func(connection net.Conn) {
			lines := bufio.NewScanner(connection)
			_, _ = io.WriteString(connection, "220 mail\r\n")
			for _, answer := range []string{"250-mail\r\n250 STARTTLS\r\n", "220 go ahead\r\n"} {
				lines.Scan()
				_, _ = io.WriteString(connection, answer)
			}
			_, _ = io.Copy(io.Discard, tls.Server(connection, &tls.Config{Certificates: []tls.Certificate{certificate}}))
		})
		result := probe(s.address())
		Expect(result.Protocol).To(Equal(served.SMTP))
		Expect(seen(result).Proven).To(BeTrue())
	})

	for _, e := range exchanges {
		It("is seen if the server demands a client certificate and refuses the connection, in "+e.name, func() {
			c := config(e, keyed(scenario.Issue(scenario.Spec{CommonName: "leaf", Key: e.key})))
			c.ClientAuth = tls.RequireAndVerifyClientCert
			s, _ := serveTLS(c)
			Expect(seen(probe(s.address())).Proven).To(BeTrue())
		})
	}

	It("does not exist if a server with RSA key exchange refuses a client without a certificate", func() {
		c := config(encrypted, keyed(scenario.Issue(scenario.Spec{CommonName: "leaf", Key: scenario.RSA})))
		c.ClientAuth = tls.RequireAnyClientCert
		s, _ := serveTLS(c)
		Expect(seen(probe(s.address())).Proven).To(BeFalse())
	})

	Describe("of a certificate that Go refuses", func() {
		for _, e := range exchanges[:5] {
			It("is read from the handshake, in "+e.name, func() {
				ca := scenario.Issue(scenario.Spec{CommonName: "ca", CA: true})
				honest := scenario.Issue(scenario.Spec{CommonName: "leaf", Issuer: ca, Key: e.key, Patch: negative})
				for _, mode := range []tls.ClientAuthType{tls.NoClientCert, tls.RequireAnyClientCert} {
					c := config(e, unparsed(honest))
					c.ClientAuth = mode
					s, _ := serveTLS(c)
					Expect(seen(probe(s.address())).Proven).To(BeTrue(), mode.String())
				}
				s, _ := serveTLS(config(e, thief(honest, e.key)))
				Expect(seen(probe(s.address())).Proven).To(BeFalse(), "it has no key")
			})
		}

		It("is read if the server demands a second hello of the client", func() {
			honest := scenario.Issue(scenario.Spec{CommonName: "leaf", Patch: negative})
			for has, certificate := range map[bool]tls.Certificate{true: unparsed(honest), false: thief(honest, scenario.ECDSA)} {
				c := config(exchanges[0], certificate)
				c.CurvePreferences = []tls.CurveID{tls.CurveP384}
				s, _ := serveTLS(c)
				Expect(seen(probe(s.address())).Proven).To(Equal(has))
			}
		})

		It("does not exist for keys that Go does not have, nor in TLS 1.0", func() {
			odd := scenario.Issue(scenario.Spec{CommonName: "leaf", Patch: func(tbs *scenario.Node) {
				tbs.At(6, 0, 1).Set(0x06, []byte("\x2b\x24\x03\x03\x02\x08\x01\x01\x07")...)
			}})
			s, _ := serveTLS(config(exchanges[0], unparsed(odd)))
			Expect(seen(probe(s.address())).Proven).To(BeFalse())
			s, _ = serveTLS(config(exchanges[5], unparsed(scenario.Issue(scenario.Spec{CommonName: "leaf", Key: scenario.RSA, Patch: negative}))))
			Expect(seen(probe(s.address())).Proven).To(BeFalse())
		})
	})

	It("is not forgotten when the same process shows another certificate without proof", func() {
		c := &clock{time.Now()}
		o := options(c)
		honest, copied := keyed(scenario.Issue(scenario.Spec{CommonName: "old"})), thief(scenario.Issue(scenario.Spec{CommonName: "new"}), scenario.ECDSA)
		present := make(chan tls.Certificate, 1)
		s, _ := serveTLS(&tls.Config{GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
			certificate := <-present
			return &certificate, nil
		}})
		p := served.NewProber(o)
		for i, certificate := range []tls.Certificate{honest, copied, honest} {
			present <- certificate
			result := p.Probe(context.Background(), listeners(s.address()))[0]
			Expect(leaves(result)).To(Equal([]string{"old"}))
			Expect(seen(result).Proven).To(BeTrue())
			Expect(result.SeenAt.Equal(c.now)).To(Equal(i != 1))
			Expect(result.Err != "").To(Equal(i == 1))
			c.move(o.Interval)
		}
	})
})
