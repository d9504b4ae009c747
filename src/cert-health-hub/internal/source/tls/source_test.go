package tls_test

import (
	"context"
	gotls "crypto/tls"
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"strings"
	"sync/atomic"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/hub/internal/inventory"
	"cert-health/hub/internal/source/tls"
	"cert-health/internal/scenario"
)

var _ = Describe("a TLS host", func() {
	var root, ca, leaf *scenario.Pair

	BeforeEach(func() {
		root = scenario.Issue(scenario.Spec{CommonName: "root", CA: true})
		ca = scenario.Issue(scenario.Spec{CommonName: "ca", CA: true, Issuer: root})
		leaf = scenario.Issue(scenario.Spec{CommonName: "leaf", Issuer: ca, SANs: []string{"127.0.0.1", "site.example"}})
	})
	id := func(pair *scenario.Pair) inventory.ID { return inventory.IDOf(pair.Fingerprint()) }
	port := func(address string) string { return address[strings.LastIndex(address, ":"):] }

	It("is an item with its whole chain, in the server's order", func(ctx SpecContext) {
		address := serve("127.0.0.1:0", shows(holds(leaf, ca)))
		c := collect(ctx, options(tls.Host{Host: address, CACert: root.CertPEM()}), memory{})
		Expect(c.Items).To(HaveExactElements(inventory.Item{Path: address, Kind: "host",
			Sightings: []inventory.Sighting{{Certificate: id(leaf), State: inventory.Current}, {Certificate: id(ca), Place: "chain 1", State: inventory.Current}},
			Details:   []inventory.Detail{{Name: "Address", Value: address}, {Name: "Protocol", Value: "tls"}}}))
		Expect(c.Certificates).To(HaveExactElements(HaveField("ID", id(leaf)), HaveField("ID", id(ca))))
		Expect(c.Unseen).To(BeEmpty())
		Expect(c.Requests).To(Equal(1))
	})

	It("is asked at every address of its name, each of which is an item", func(ctx SpecContext) {
		old := scenario.Issue(scenario.Spec{CommonName: "forgotten", Issuer: ca, SANs: []string{"site.example"}})
		here := serve("127.0.0.1:0", shows(holds(leaf, ca)))
		serve("127.0.0.2"+port(here), shows(holds(old, ca)))
		o := options(tls.Host{Host: "site.example" + port(here), CACert: root.CertPEM()})
		o.Lookup = names(map[string][]string{"site.example": {"127.0.0.2", "127.0.0.1", "127.0.0.1"}})
		c := collect(ctx, o, memory{})
		Expect(c.Items).To(HaveExactElements(
			And(HaveField("Path", "site.example"+port(here)+"/127.0.0.1"), HaveField("Sightings", ContainElement(HaveField("Certificate", id(leaf))))),
			And(HaveField("Path", "site.example"+port(here)+"/127.0.0.2"), HaveField("Sightings", ContainElement(HaveField("Certificate", id(old)))))))
		Expect(codes(c.Items[0])).To(BeEmpty())

		o.Addresses = tls.First
		o.Lookup = names(map[string][]string{"site.example": {"127.0.0.3", "127.0.0.2", "127.0.0.1"}})
		Expect(only(ctx, o)).To(And(HaveField("Path", "site.example"+port(here)), HaveField("Sightings", ContainElement(HaveField("Certificate", id(old))))))
	})

	It("gets the server name of the configuration, and must have that name", func(ctx SpecContext) {
		var asked atomic.Value
		config := holds(leaf, ca)
		config.GetConfigForClient = func(hello *gotls.ClientHelloInfo) (*gotls.Config, error) {
			asked.Store(hello.ServerName)
			return nil, nil
		}
		address := serve("127.0.0.1:0", shows(config))
		item := only(ctx, options(tls.Host{Host: address, ServerName: "Site.Example", CACert: root.CertPEM()}))
		Expect(asked.Load()).To(Equal("site.example"))
		Expect(item.Path).To(Equal(address + "/site.example"))
		Expect(codes(item)).To(BeEmpty())

		item = only(ctx, options(tls.Host{Host: address, ServerName: "other.example", CACert: root.CertPEM()}))
		Expect(item.Findings).To(HaveExactElements(And(HaveField("Code", inventory.WrongName), HaveField("Certificate", id(leaf)),
			HaveField("Why", "The certificate is for site.example, 127.0.0.1."))))
	})

	for _, version := range []uint16{gotls.VersionTLS10, gotls.VersionTLS12, gotls.VersionTLS13} {
		for _, negative := range []bool{false, true} {
			It("is read if it demands a client certificate, in "+gotls.VersionName(version)+map[bool]string{true: ", also if Go refuses its certificate"}[negative], func(ctx SpecContext) {
				spec := scenario.Spec{CommonName: "leaf", Issuer: ca, SANs: []string{"127.0.0.1"}}
				if negative {
					spec.Patch = func(tbs *scenario.Node) { tbs.At(1).Set(0x02, 0xfb) }
				}
				leaf := scenario.Issue(spec)
				config := holds(leaf, ca)
				config.MinVersion, config.MaxVersion, config.ClientAuth = version, version, gotls.RequireAndVerifyClientCert
				item := only(ctx, options(tls.Host{Host: serve("127.0.0.1:0", shows(config)), CACert: root.CertPEM()}))
				Expect(item.Sightings).To(HaveLen(2))
				Expect(item.Sightings[0].Certificate).To(Equal(id(leaf)))
				if negative {
					Expect(item.Findings).To(HaveExactElements(And(HaveField("Code", inventory.NotTrusted), HaveField("Message", ContainSubstring("cannot be verified")))))
				} else {
					Expect(codes(item)).To(BeEmpty())
				}
			})
		}
	}

	Describe("that does not answer", func() {
		It("keeps its certificates, with a finding and as not seen, until it answers again", func(ctx SpecContext) {
			var down atomic.Bool
			config := holds(leaf, ca)
			address := serve("127.0.0.1:0", func(connection net.Conn) {
				if !down.Load() {
					shows(config)(connection)
				}
			})
			o, known := options(tls.Host{Host: address, ServerName: "other.example", CACert: root.CertPEM()}), memory{}
			first := collect(ctx, o, known)
			known.keep(first)
			down.Store(true)
			for range 2 {
				c := collect(ctx, o, known)
				Expect(c.Items).To(HaveLen(1))
				Expect(c.Items[0].Sightings).To(Equal(first.Items[0].Sightings))
				Expect(codes(c.Items[0])).To(Equal([]inventory.Code{inventory.WrongName, inventory.Unreachable}))
				Expect(c.Items[0].Findings[1].Message).To(Equal(address + "/other.example shows no certificate: it closed the connection without an answer"))
				Expect(c.Unseen).To(HaveExactElements(inventory.Unseen{Path: address + "/other.example",
					Reason: "It closed the connection without an answer. Check that the server runs, and that the hub may reach it."}))
				known.keep(c)
			}
			down.Store(false)
			Expect(collect(ctx, o, known).Items).To(Equal(first.Items))
		})

		It("is an item without certificates if it never answered", func(ctx SpecContext) {
			listener := must(net.Listen("tcp", "127.0.0.1:0"))
			Expect(listener.Close()).To(Succeed())
			item := only(ctx, options(tls.Host{Host: "https://" + listener.Addr().String()}))
			Expect(item.Sightings).To(BeEmpty())
			Expect(item.Findings).To(HaveExactElements(HaveField("Message", HaveSuffix("shows no certificate: it does not accept connections"))))
		})

		It("keeps all its addresses if its name does not resolve", func(ctx SpecContext) {
			o := options(tls.Host{Host: "site.example:443"})
			o.Lookup = func(context.Context, string) ([]netip.Addr, error) { return nil, &net.DNSError{IsNotFound: true} }
			c := collect(ctx, o, memory{})
			Expect(c.Items).To(HaveExactElements(And(HaveField("Path", "site.example:443"), HaveField("Findings",
				HaveExactElements(HaveField("Message", "site.example:443 shows no certificate: its name does not exist in DNS"))))))
			kept := inventory.Unseen{}
			for _, u := range c.Unseen {
				if u.Covers("site.example:443/10.0.0.1") {
					kept = u
				}
			}
			Expect(kept.Reason).To(HavePrefix("Its name does not exist in DNS. "))
		})

		It("costs no more than its time-out, and does not hold up the others", func(ctx SpecContext) {
			hang := serve("127.0.0.1:0", func(connection net.Conn) { _, _ = io.Copy(io.Discard, connection) })
			well := serve("127.0.0.1:0", shows(holds(leaf, ca)))
			c := collect(ctx, options(tls.Host{Host: hang, Timeout: 50 * time.Millisecond}, tls.Host{Host: well, CACert: root.CertPEM()}), memory{})
			Expect(c.Items).To(HaveExactElements(
				HaveField("Findings", HaveExactElements(HaveField("Message", ContainSubstring("did not answer in time")))),
				HaveField("Findings", BeEmpty())))
		})
	})

	It("stays as it was if the collection ends before it answers", func(ctx SpecContext) {
		began := make(chan struct{}, 1)
		hang := serve("127.0.0.1:0", func(connection net.Conn) {
			began <- struct{}{}
			_, _ = io.Copy(io.Discard, connection)
		})
		well := serve("127.0.0.1:0", shows(holds(leaf)))
		o := options(tls.Host{Host: well, CACert: root.CertPEM() + ca.CertPEM()}, tls.Host{Host: hang})
		o.Concurrency = 1
		short, cancel := context.WithCancel(ctx)
		go func() {
			<-began
			cancel()
		}()
		c := must(must(tls.New("hosts", o)).Collect(short, memory{}))
		Expect(c.Items).To(HaveExactElements(HaveField("Path", well)))
		Expect(c.Unseen).To(HaveExactElements(And(HaveField("Path", hang), HaveField("Reason", ContainSubstring("time of the collection ended")))))

		_, err := must(tls.New("hosts", o)).Collect(short, memory{})
		Expect(err).To(MatchError(ContainSubstring("ended before any host was seen")))
	})

	It("leaves no connection open, however its server behaves", func(ctx SpecContext) {
		descriptors := func() int { return len(must(os.ReadDir("/proc/self/fd"))) }
		hang := func(connection net.Conn) { _, _ = io.Copy(io.Discard, connection) }
		flood := func(connection net.Conn) {
			for {
				if _, err := io.WriteString(connection, "220-welcome\r\n"); err != nil {
					return
				}
			}
		}
		var hosts []tls.Host
		config := holds(leaf, ca)
		for i, answer := range []func(net.Conn){hang, flood, func(net.Conn) {}, shows(config), hang, shows(config)} {
			hosts = append(hosts, tls.Host{Host: serve("127.0.0.1:0", answer)})
			if i == 4 {
				hosts[i].Host = "smtp://" + hosts[i].Host
			}
		}
		o := options(hosts...)
		o.HostTimeout = 200 * time.Millisecond
		s := must(tls.New("hosts", o))
		before := descriptors()
		for range 5 {
			must(s.Collect(ctx, memory{}))
		}
		Eventually(descriptors).WithTimeout(time.Minute).Should(BeNumerically("<=", before))
	})

	It("is asked together with no more others than the options say", func(ctx SpecContext) {
		const limit = 4
		var came atomic.Int32
		full, gate := make(chan struct{}), make(chan struct{})
		answer := func(net.Conn) {
			if came.Add(1) == limit {
				close(full)
			}
			<-gate
		}
		var hosts []tls.Host
		for range 25 {
			hosts = append(hosts, tls.Host{Host: "https://" + serve("127.0.0.1:0", answer)})
		}
		o := options(hosts...)
		o.Concurrency = limit
		s, done := must(tls.New("hosts", o)), make(chan *inventory.Collection)
		go func() {
			c, _ := s.Collect(ctx, memory{})
			done <- c
		}()
		<-full // without answers, all connections stay open
		Expect(came.Load()).To(BeEquivalentTo(limit))
		close(gate)
		Expect(<-done).To(HaveField("Items", HaveLen(25)))
	})

	It("names no address that fails differently each time", func(ctx SpecContext) {
		o := options(tls.Host{Host: "site.example:443"})
		for _, answer := range []error{&net.DNSError{Err: "server misbehaving", Server: "10.0.0.1:53"}, errors.New("a\x1bb")} {
			o.Lookup = func(context.Context, string) ([]netip.Addr, error) { return nil, answer }
			Expect(only(ctx, o).Findings[0].Message).NotTo(ContainSubstring("10.0.0.1"))
			Expect(only(ctx, o).Findings[0].Message).NotTo(ContainSubstring("\x1b"))
		}
	})
})
