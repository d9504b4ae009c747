package served_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"net"
	"net/netip"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/scenario"
	"cert-health/internal/served"
)

var _ = Describe("what a process served before the agent was restarted", func() {
	var c *clock
	var o served.Options
	var s *server
	var silent chan bool
	all := func(served.Result, served.Chain) bool { return true }

	BeforeEach(func() {
		c = &clock{time.Now()}
		o = options(c)
		silent = make(chan bool, 1)
		certificate := keyed(scenario.Issue(scenario.Spec{CommonName: "leaf"}))
		s = serve("tcp", "127.0.0.1:0", func(connection net.Conn) {
			if !<-silent {
				_ = tls.Server(connection, &tls.Config{Certificates: []tls.Certificate{certificate}}).Handshake()
			}
		})
	})
	ask := func(p *served.Prober, isSilent bool) served.Result {
		GinkgoHelper()
		silent <- isSilent
		return p.Probe(context.Background(), listeners(s.address()))[0]
	}
	// kept is what one agent keeps, and the next one reads.
	kept := func() (read []served.Kept) {
		GinkgoHelper()
		list := served.Keep([]served.Result{ask(served.NewProber(o), false)}, all)
		Expect(list).To(HaveLen(1))
		Expect(json.Unmarshal(must(json.Marshal(list)), &read)).To(Succeed())
		Expect(read[0].Equal(list[0])).To(BeTrue())
		return read
	}

	It("is known while it does not answer, until it answers again", func() {
		before, p := kept(), served.NewProber(o)
		seen := c.now
		c.move(o.Interval)
		Expect(p.Restore(before)).To(HaveLen(1))
		result := ask(p, true)
		Expect(leaves(result)).To(Equal([]string{"leaf"}))
		Expect(result.Chains[0].Proven).To(BeTrue())
		Expect(result.Err).NotTo(BeEmpty())
		Expect(result.SeenAt).To(BeTemporally("==", seen))
		c.move(o.Interval)
		Expect(ask(p, false)).To(And(HaveField("Err", ""), HaveField("SeenAt", c.now)))
	})

	It("is kept of proven certificates only, and of those that are chosen", func() {
		result := ask(served.NewProber(o), false)
		Expect(served.Keep([]served.Result{result}, func(served.Result, served.Chain) bool { return false })).To(BeEmpty())
		result.Chains[0].Proven = false
		Expect(served.Keep([]served.Result{result}, all)).To(BeEmpty())
	})

	DescribeTable("is not believed if it cannot be true, or another socket listens", func(change func(k *served.Kept)) {
		before, p := kept(), served.NewProber(o)
		change(&before[0])
		p.Restore(before)
		Expect(ask(p, true).Chains).To(BeEmpty())
	},
		Entry("another socket", func(k *served.Kept) { k.Inode++ }),
		Entry("another address", func(k *served.Kept) { k.Address = netip.AddrPortFrom(k.Address.Addr(), 1) }),
		Entry("no address", func(k *served.Kept) { k.Address = netip.AddrPort{} }),
		Entry("a protocol without TLS", func(k *served.Kept) { k.Protocol = "plain" }),
		Entry("a time in the future", func(k *served.Kept) { k.SeenAt = k.SeenAt.Add(time.Second) }),
		Entry("no time", func(k *served.Kept) { k.SeenAt = time.Time{} }),
		Entry("no certificate", func(k *served.Kept) { k.Chain = nil }),
		Entry("damaged", func(k *served.Kept) { k.Chain[0] = k.Chain[0][1:] }),
		Entry("large", func(k *served.Kept) { k.Chain = append(k.Chain, bytes.Repeat([]byte{1}, 20_000)) }),
		Entry("a long chain", func(k *served.Kept) { k.Chain = append(k.Chain, k.Chain[0], k.Chain[0], k.Chain[0], k.Chain[0]) }),
		Entry("a long name", func(k *served.Kept) { k.ServerName = string(bytes.Repeat([]byte{'a'}, 300)) }),
	)
})
