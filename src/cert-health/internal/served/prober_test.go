package served_test

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/netip"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/scenario"
	"cert-health/internal/served"
)

var _ = Describe("Prober", func() {
	var c *clock
	var o served.Options
	var certificate tls.Certificate

	BeforeEach(func() {
		c = &clock{time.Now()}
		o = options(c)
		certificate = keyed(scenario.Issue(scenario.Spec{CommonName: "leaf"}))
	})
	encrypted := func() *server {
		s, _ := serveTLS(&tls.Config{Certificates: []tls.Certificate{certificate}})
		return s
	}
	background := context.Background()

	It("probes no server twice within its interval", func() {
		s, p := encrypted(), served.NewProber(o)
		found := listeners(s.address())
		first := p.Probe(background, found)
		Expect(first[0].ProbedAt).To(Equal(c.now))
		c.move(o.Interval - 1)
		Expect(p.Probe(background, found)).To(Equal(first))
		Expect(s.accepts.Load()).To(BeEquivalentTo(1))
		c.move(1)
		Expect(p.Probe(background, found)[0].ProbedAt).To(Equal(c.now))
		Expect(s.accepts.Load()).To(BeEquivalentTo(2))
	})

	It("probes an up-to-date server much less often", func() {
		upToDate := true
		o.Rest = 10 * o.Interval
		o.UpToDate = func(r served.Result) bool {
			Expect(leaves(r)).To(Equal([]string{"leaf"}))
			return upToDate
		}
		s, p := encrypted(), served.NewProber(o)
		found := listeners(s.address())
		var accepts []int32
		for i := range 13 {
			upToDate = i < 11
			p.Probe(background, found)
			accepts = append(accepts, s.accepts.Load())
			c.move(o.Interval)
		}
		Expect(accepts).To(Equal([]int32{1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 3, 4}))
	})

	It("probes a restarted server with the next call", func() {
		s, p := encrypted(), served.NewProber(o)
		Expect(leaves(p.Probe(background, listeners(s.address()))[0])).To(Equal([]string{"leaf"}))
		Expect(s.Close()).To(Succeed())
		renewed := keyed(scenario.Issue(scenario.Spec{CommonName: "renewed"}))
		serve("tcp", s.address().String(), func(connection net.Conn) {
			_, _ = io.Copy(io.Discard, tls.Server(connection, &tls.Config{Certificates: []tls.Certificate{renewed}}))
		})
		Expect(leaves(p.Probe(background, listeners(s.address()))[0])).To(Equal([]string{"renewed"}))
	})

	It("does not probe a server without TLS again while it listens", func() {
		answer := func(connection net.Conn) {
			_, _ = connection.Read(make([]byte, 1))
			_, _ = io.WriteString(connection, "HTTP/1.1 400 Bad Request\r\n\r\n")
		}
		s, p := serve("tcp", "127.0.0.1:0", answer), served.NewProber(o)
		for range 5 {
			Expect(p.Probe(background, listeners(s.address()))[0]).To(And(
				HaveField("Protocol", served.Plain), HaveField("Chains", BeEmpty()), HaveField("Err", BeEmpty())))
			c.move(o.Interval)
		}
		Expect(s.accepts.Load()).To(BeEquivalentTo(1))
		Expect(s.Close()).To(Succeed())
		again := serve("tcp", s.address().String(), answer)
		p.Probe(background, listeners(again.address()))
		Expect(again.accepts.Load()).To(BeEquivalentTo(1))
	})

	It("does not probe excluded sockets, and says so", func() {
		byPort, byJob, hidden, fine := encrypted(), encrypted(), encrypted(), encrypted()
		o.Never.Ports = []uint16{byPort.address().Port()}
		found := listeners(byPort.address(), byJob.address(), hidden.address(), fine.address())
		found[1].Owner = served.Process{PID: 1, Job: "shy"}
		found[3].Owner = served.Process{PID: 2, Job: "open"}
		for _, port := range []uint16{2822, 2825} {
			found = append(found, served.Listener{Socket: served.Socket{Address: netip.AddrPortFrom(netip.IPv6Unspecified(), port)}})
		}
		p := served.NewProber(o)
		Expect(p.Probe(background, found[:3])[2].Protocol).To(Equal(served.TLS))

		o.Never.Jobs = []string{"shy"}
		results := served.NewProber(o).Probe(background, found)
		for i, reason := range []string{"its port", "its job is excluded", "its job is unknown", "", "a port of the platform", "a port of the platform"} {
			if reason != "" {
				Expect(results[i].Protocol).To(Equal(served.Excluded))
				Expect(results[i].Err).To(ContainSubstring(reason))
			}
		}
		Expect(results[3].Protocol).To(Equal(served.TLS))
		Expect([]int32{byPort.accepts.Load(), byJob.accepts.Load(), hidden.accepts.Load(), fine.accepts.Load()}).To(Equal([]int32{0, 1, 1, 1}))
	})

	It("ends with its context, and the rest stays due", func() {
		ctx, cancel := context.WithCancel(background)
		s := serve("tcp", "127.0.0.1:0", func(connection net.Conn) {
			cancel()
			_, _ = io.Copy(io.Discard, connection)
		})
		o.Concurrency = 1
		other, p := encrypted(), served.NewProber(o)
		found := listeners(s.address(), other.address())
		for _, result := range p.Probe(ctx, found) {
			Expect(result).To(And(HaveField("Protocol", served.Unknown), HaveField("ProbedAt", time.Time{}), HaveField("Err", "")))
		}
		Expect(leaves(p.Probe(background, found[1:])[0])).To(Equal([]string{"leaf"}))
	})

	It("reports that a server does not offer TLS any more, and probes it again", func() {
		plain := make(chan bool, 1)
		s := serve("tcp", "127.0.0.1:0", func(connection net.Conn) {
			if <-plain {
				_, _ = io.WriteString(connection, "sorry, no TLS today\n")
				return
			}
			_, _ = io.Copy(io.Discard, tls.Server(connection, &tls.Config{Certificates: []tls.Certificate{certificate}}))
		})
		p := served.NewProber(o)
		ask := func(isPlain bool) served.Result {
			plain <- isPlain
			c.move(o.Interval)
			return p.Probe(background, listeners(s.address()))[0]
		}
		Expect(leaves(ask(false))).To(Equal([]string{"leaf"}))
		Expect(ask(true)).To(And(HaveField("Protocol", served.TLS), HaveField("Err", "it does not offer TLS any more"),
			HaveField("SeenAt", c.now.Add(-o.Interval))))
		Expect(leaves(ask(true))).To(Equal([]string{"leaf"}), "what it serves was not seen")
		Expect(leaves(ask(false))).To(Equal([]string{"leaf"}))
	})
})
