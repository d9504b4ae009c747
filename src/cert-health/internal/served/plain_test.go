package served_test

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/scenario"
	"cert-health/internal/served"
)

// The servers are servers of this process, whose program the kernel shows.
var _ = Describe("a port without TLS", func() {
	var c *clock
	var o served.Options
	var plain *httptest.Server
	var came chan net.Conn

	BeforeEach(func() {
		c = &clock{time.Now()}
		o = options(c)
		came = make(chan net.Conn, 100)
		plain = httptest.NewUnstartedServer(http.NotFoundHandler())
		plain.Config.ConnState = func(connection net.Conn, state http.ConnState) {
			if state == http.StateNew {
				came <- connection
			}
		}
		plain.Start()
		DeferCleanup(plain.Close)
	})
	at := func(addresses ...netip.AddrPort) []served.Listener {
		GinkgoHelper()
		found, problems := served.NewFinder("/").Find(context.Background())
		Expect(problems).To(BeEmpty())
		found = slices.DeleteFunc(found, func(l served.Listener) bool { return !slices.Contains(addresses, l.Address) })
		Expect(found).To(HaveLen(len(addresses)))
		return found
	}
	address := func() netip.AddrPort { return netip.MustParseAddrPort(plain.Listener.Addr().String()) }
	// ask probes once with a new prober, which remembers some ports, and returns those of later.
	ask := func(known []served.PlainPort, addresses ...netip.AddrPort) []served.PlainPort {
		GinkgoHelper()
		p := served.NewProber(o)
		p.Remember(known)
		p.Probe(context.Background(), at(addresses...))
		return p.Plain()
	}
	kept := func(ports []served.PlainPort) (read []served.PlainPort) {
		GinkgoHelper()
		Expect(json.Unmarshal(must(json.Marshal(ports)), &read)).To(Succeed())
		return read
	}

	It("is not probed again after a restart of the agent, for a week", func() {
		first := ask(nil, address())
		Expect(first).To(HaveExactElements(And(HaveField("Address", address()), HaveField("Program", HavePrefix("file:")))))
		Expect(came).To(HaveLen(1))

		c.move(6 * 24 * time.Hour)
		again := ask(kept(first), address())
		Expect(came).To(HaveLen(1))
		Expect(again).To(HaveExactElements(HaveField("SeenAt", BeTemporally("==", first[0].SeenAt))))

		c.move(24 * time.Hour)
		Expect(ask(kept(again), address())).To(HaveExactElements(HaveField("SeenAt", BeTemporally("==", c.now))))
		Expect(came).To(HaveLen(2))
	})

	It("is not probed again after a restart of its server, which has the same program", func() {
		first := ask(nil, address())
		plain.Close()
		again := serve("tcp", plain.Listener.Addr().String(), func(net.Conn) {})
		Expect(ask(first, again.address())).To(Equal(first))
		Expect(again.accepts.Load()).To(BeZero())
	})

	It("is probed if another program listens, or another port", func() {
		first := ask(nil, address())
		first[0].Program = "file:1:2:3"
		Expect(ask(first, address())).NotTo(Equal(first))
		Expect(came).To(HaveLen(2))
		first[0].Address = netip.AddrPortFrom(address().Addr(), address().Port()^1)
		ask(first, address())
		Expect(came).To(HaveLen(3))
	})

	It("is remembered while no process listens there, as during a deploy", func() {
		first := ask(nil, address())
		Expect(ask(first)).To(Equal(first))
	})

	It("is forgotten when it speaks TLS", func() {
		first := ask(nil, address())
		first[0].Program = "file:1:2:3"
		plain.Close()
		certificate := keyed(scenario.Issue(scenario.Spec{CommonName: "leaf"}))
		s := serve("tcp", plain.Listener.Addr().String(), func(connection net.Conn) {
			_ = tls.Server(connection, &tls.Config{Certificates: []tls.Certificate{certificate}}).Handshake()
		})
		Expect(ask(first, s.address())).To(BeEmpty())
	})

	DescribeTable("is probed if what is remembered of it cannot be true", func(change func(p *served.PlainPort)) {
		port := ask(nil, address())[0]
		change(&port)
		ask([]served.PlainPort{port}, address())
		Expect(came).To(HaveLen(2))
	},
		Entry("a time in the future", func(p *served.PlainPort) { p.SeenAt = p.SeenAt.Add(time.Second) }),
		Entry("no time", func(p *served.PlainPort) { p.SeenAt = time.Time{} }),
		Entry("no program", func(p *served.PlainPort) { p.Program = "" }),
		Entry("a long program", func(p *served.PlainPort) { p.Program += strings.Repeat(":0", 100) }),
		Entry("no address", func(p *served.PlainPort) { p.Address = netip.AddrPort{} }),
	)

	It("is one of at most a thousand", func() {
		var many []served.PlainPort
		for i := range 5000 {
			many = append(many, served.PlainPort{Address: netip.MustParseAddrPort(fmt.Sprintf("127.0.0.1:%d", i+1)), Program: "file:1:2:3", SeenAt: c.now})
		}
		Expect(ask(many)).To(HaveLen(1000))
	})
})
