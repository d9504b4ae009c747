package served_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/scenario"
	"cert-health/internal/served"
)

var _ = Describe("a handshake", func() {
	var ca, leaf *scenario.Pair

	BeforeEach(func() {
		ca = scenario.Issue(scenario.Spec{CommonName: "ca", CA: true})
		leaf = scenario.Issue(scenario.Spec{CommonName: "leaf", Issuer: ca, SANs: []string{"leaf.example"}})
	})

	for _, version := range []uint16{tls.VersionTLS10, tls.VersionTLS12, tls.VersionTLS13} {
		for _, mode := range []tls.ClientAuthType{
			tls.NoClientCert, tls.RequestClientCert, tls.RequireAnyClientCert, tls.VerifyClientCertIfGiven, tls.RequireAndVerifyClientCert,
		} {
			It(fmt.Sprintf("sees the chain of a server of %s that says %s", tls.VersionName(version), mode), func() {
				server, _ := serveTLS(&tls.Config{
					Certificates: []tls.Certificate{keyed(leaf, ca)}, ClientAuth: mode, MinVersion: version, MaxVersion: version,
				})
				result := probe(server.address())
				Expect(result.Protocol).To(Equal(served.TLS))
				Expect(result.Err).To(BeEmpty())
				Expect(result.Chains).To(HaveLen(1))
				Expect(result.Chains[0].ServerName).To(BeEmpty())
				Expect(result.Chains[0].Certificates).To(HaveExactElements(
					HaveField("Fingerprint", leaf.Fingerprint()), HaveField("Fingerprint", ca.Fingerprint())))
				Expect(server.accepts.Load()).To(BeEquivalentTo(1))
			})
		}
	}

	It("works with servers that only support old versions", func() {
		old := scenario.Issue(scenario.Spec{CommonName: "old", Key: scenario.RSA})
		server, _ := serveTLS(&tls.Config{
			Certificates: []tls.Certificate{keyed(old)}, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS10,
			CipherSuites: []uint16{tls.TLS_RSA_WITH_3DES_EDE_CBC_SHA},
		})
		Expect(leaves(probe(server.address()))).To(Equal([]string{"old"}))
	})

	It("returns certificates that are not valid", func() {
		expired := scenario.Issue(scenario.Spec{CommonName: "expired", NotBefore: time.Now().AddDate(-2, 0, 0)})
		server, _ := serveTLS(&tls.Config{Certificates: []tls.Certificate{keyed(expired)}})
		Expect(leaves(probe(server.address()))).To(Equal([]string{"expired"}))
	})

	DescribeTable("ends with close_notify, and sends no data", func(version uint16) {
		server, ended := serveTLS(&tls.Config{Certificates: []tls.Certificate{keyed(leaf)}, MaxVersion: version})
		probe(server.address())
		Expect(<-ended).To(Succeed(), "to the server the connection ended otherwise than by close_notify")
	}, Entry(nil, uint16(tls.VersionTLS12)), Entry(nil, uint16(tls.VersionTLS13)))

	It("does not wait for a server that never closes the connection", func() {
		certificate, over := keyed(leaf), make(chan struct{})
		server := serve("tcp", "127.0.0.1:0", func(connection net.Conn) {
			_ = tls.Server(connection, &tls.Config{Certificates: []tls.Certificate{certificate}}).Handshake()
			<-over
		})
		DeferCleanup(func() { close(over) })
		Expect(leaves(probe(server.address()))).To(Equal([]string{"leaf"}))
	})

	Describe("with server names", func() {
		var tried recorder
		config := func(insist bool) *tls.Config {
			otherwise, byName := keyed(leaf), map[string]tls.Certificate{}
			for _, name := range []string{"a.example", "cert-health.b.example"} {
				byName[name] = keyed(scenario.Issue(scenario.Spec{CommonName: name, SANs: []string{name}}))
			}
			return &tls.Config{GetCertificate: func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
				tried.add(hello.ServerName)
				certificate, known := byName[hello.ServerName]
				switch {
				case known:
					return &certificate, nil
				case insist:
					return nil, errors.New("who?")
				}
				return &otherwise, nil
			}}
		}
		names := []string{"leaf.example", "10.0.0.1", "a.example", "who@example", "*.b.example", "nothing.example", "x y"}
		var c *clock
		var prober *served.Prober
		var o served.Options

		BeforeEach(func() {
			c = &clock{time.Now()}
			o = options(c)
			o.Names = func(job string) []string {
				Expect(job).To(Equal("router"))
				return names
			}
			prober = served.NewProber(o)
		})
		ask := func(s *server) served.Result {
			GinkgoHelper()
			tried.take()
			found := listeners(s.address())
			found[0].Owner = served.Process{PID: 1, Job: "router"}
			c.move(o.Interval)
			return prober.Probe(context.Background(), found)[0]
		}

		It("returns each certificate once, and does not try names again that had none of their own", func() {
			server, _ := serveTLS(config(false))
			for _, expected := range [][]string{
				{"", "a.example", "cert-health.b.example", "nothing.example"},
				{"", "a.example", "cert-health.b.example"},
			} {
				result := ask(server)
				Expect(tried.take()).To(Equal(expected))
				Expect(leaves(result)).To(Equal([]string{"leaf", "a.example", "cert-health.b.example"}))
				Expect(result.Chains[2].ServerName).To(Equal("cert-health.b.example"))
			}
		})

		It("keeps earlier chains when the handshake for one name fails", func() {
			broken, well := false, config(false)
			server, _ := serveTLS(&tls.Config{GetCertificate: func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
				if broken && hello.ServerName == "a.example" {
					_ = hello.Conn.Close()
				}
				return well.GetCertificate(hello)
			}})
			seen := ask(server)
			Expect(seen.Err).To(BeEmpty())
			broken = true
			result := ask(server)
			Expect(result.Err).NotTo(BeEmpty(), "so it is asked again soon")
			Expect(leaves(result)).To(Equal([]string{"leaf", "a.example", "cert-health.b.example"}))
			Expect(result.SeenAt).To(Equal(seen.SeenAt))
			broken = false
			result = ask(server)
			Expect(result.Err).To(BeEmpty())
			Expect(result.SeenAt).To(Equal(c.now))

			broken, prober = true, served.NewProber(o)
			result = ask(server)
			Expect(result.Err).NotTo(BeEmpty())
			Expect(leaves(result)).To(Equal([]string{"leaf", "cert-health.b.example"}), "nothing more is known")
		})

		It("works with a server that demands a name", func() {
			server, _ := serveTLS(config(true))
			result := ask(server)
			Expect(leaves(result)).To(Equal([]string{"a.example", "cert-health.b.example"}))
			Expect(result.Protocol).To(Equal(served.TLS))
			Expect(result.Err).To(BeEmpty())
		})

		It("reports that the server knows none of them", func() {
			server, _ := serveTLS(&tls.Config{GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return nil, errors.New("who?") }})
			result := ask(server)
			Expect(result.Protocol).To(Equal(served.TLS))
			Expect(result.Chains).To(BeEmpty())
			Expect(result.Err).To(Equal("it refused the handshake: internal error"))
		})
	})
})
