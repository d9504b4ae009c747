package served_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/scenario"
	"cert-health/internal/served"
)

// Servers that misbehave. Each takes at most its deadline: a spec that waits longer fails at
// the deadline of the suite.
var _ = Describe("a misbehaving server", func() {
	var c *clock
	var o served.Options

	BeforeEach(func() {
		c = &clock{time.Now()}
		o = options(c)
	})
	// swallow reads the ClientHello, or some of it.
	swallow := func(connection net.Conn) { _, _ = connection.Read(make([]byte, 4096)) }
	reset := func(connection net.Conn) { _ = connection.(*net.TCPConn).SetLinger(0) }
	flood := func(connection net.Conn, with string) {
		for {
			if _, err := io.WriteString(connection, with); err != nil {
				return
			}
		}
	}
	hang := func(connection net.Conn) { _, _ = io.Copy(io.Discard, connection) }

	DescribeTable("is handled", func(short bool, answer func(net.Conn), protocol served.Protocol, reason string) {
		if short {
			o.Timeout, o.Patience = 100*time.Millisecond, 10*time.Millisecond
		}
		s := serve("tcp", "127.0.0.1:0", answer)
		result := served.NewProber(o).Probe(context.Background(), listeners(s.address()))[0]
		Expect(result).To(And(HaveField("Protocol", protocol), HaveField("Err", reason), HaveField("Chains", BeEmpty())))
	},
		Entry("that hangs", true, hang, served.Unknown, "it did not answer in time"),
		Entry("that hangs after the first bytes of a record", true, func(connection net.Conn) {
			swallow(connection)
			_, _ = io.WriteString(connection, "\x16\x03\x03\x00\xff\x02")
			hang(connection)
		}, served.TLS, "it did not answer in time"),
		Entry("that closes the connection at once", false, func(net.Conn) {}, served.Unknown, "it closed the connection without an answer"),
		Entry("that resets at once", false, reset, served.Unknown, "it reset the connection"),
		Entry("that resets in the middle", false, func(connection net.Conn) {
			swallow(connection)
			_, _ = io.WriteString(connection, "\x16\x03\x03\x00\xff\x02")
			reset(connection)
		}, served.TLS, "it reset the connection"),
		Entry("that sends endless data before the client sends anything", false, func(connection net.Conn) { flood(connection, "blah ") }, served.Plain, ""),
		Entry("that sends an endless greeting", false, func(connection net.Conn) { flood(connection, "220-welcome\r\n") },
			served.Unknown, "it sent more data than a handshake takes"),
		Entry("that sends one endless line", false, func(connection net.Conn) {
			_, _ = io.WriteString(connection, "220 ")
			flood(connection, "blah ")
		}, served.Unknown, "it sent more data than a handshake takes"),
		Entry("that sends a MySQL greeting that is too long", false, func(connection net.Conn) { flood(connection, "\x00\xff\x00\x00\x0a") },
			served.Unknown, "it sent more data than a handshake takes"),
		Entry("that sends an empty MySQL greeting", false, func(connection net.Conn) { _, _ = io.WriteString(connection, "\x00\x00\x00\x00\x0a") },
			served.Unknown, "MySQL accepts no connection now"),
		Entry("that sends a truncated MySQL greeting", false, func(connection net.Conn) { _, _ = io.WriteString(connection, "\x09\x00\x00\x00\x0a8.0.36\x00x") },
			served.Unknown, "its greeting looks like MySQL's, but is truncated"),
		Entry("that answers without TLS", false, func(connection net.Conn) {
			swallow(connection)
			_, _ = io.WriteString(connection, "\x15") // only one byte of it, so that it is not a complete alert
		}, served.Plain, ""),
		Entry("that is FTP", false, func(connection net.Conn) {
			_, _ = io.WriteString(connection, "220 (vsFTPd 3.0.3)\r\n")
			swallow(connection)
			_, _ = io.WriteString(connection, "530 Please login with USER and PASS.\r\n")
			hang(connection)
		}, served.Plain, ""),
		Entry("that is a mail server and too busy", false, func(connection net.Conn) {
			_, _ = io.WriteString(connection, "421 too many\r\n")
			hang(connection)
		}, served.Unknown, "it answers STARTTLS with 421"),
		Entry("that offers STARTTLS and refuses it for now", false, func(connection net.Conn) {
			_, _ = io.WriteString(connection, "220 x\r\n")
			swallow(connection)
			_, _ = io.WriteString(connection, "250-x\r\n250 StartTLS\r\n")
			swallow(connection)
			_, _ = io.WriteString(connection, "454 not now\r\n")
			hang(connection)
		}, served.Unknown, "it answers STARTTLS with 454"),
		Entry("that is NATS without TLS", false, func(connection net.Conn) {
			_, _ = io.WriteString(connection, "INFO {\"server_id\":\"x\",\"tls_required\":false}\r\n")
			hang(connection)
		}, served.Plain, ""),
		Entry("that resembles NATS", false, func(connection net.Conn) {
			_, _ = io.WriteString(connection, "INFO: hello\r\n")
			hang(connection)
		}, served.Plain, ""),
		Entry("that is PostgreSQL without a free process", false, func(connection net.Conn) {
			if n, _ := connection.Read(make([]byte, 4096)); n == 8 {
				_, _ = io.WriteString(connection, "Ecould not fork new process")
			}
		}, served.Unknown, "PostgreSQL accepts no connection now"),
	)

	It("is not probed again after three probes without an answer, while it listens", func() {
		s := serve("tcp", "127.0.0.1:0", func(net.Conn) {})
		p := served.NewProber(o)
		var result served.Result
		for range 10 {
			result = p.Probe(context.Background(), listeners(s.address()))[0]
			c.move(o.Interval)
		}
		Expect(s.accepts.Load()).To(BeEquivalentTo(3))
		Expect(result.Err).To(Equal("it closed the connection without an answer, 3 times: it is not probed again"))
	})

	It("is probed again after each interval if it has ever answered with TLS", func() {
		s := serve("tcp", "127.0.0.1:0", func(connection net.Conn) {
			swallow(connection)
			_, _ = io.WriteString(connection, "\x15\x03\x03\x00\x02\x02\x28")
		})
		p := served.NewProber(o)
		for i := range 6 {
			Expect(p.Probe(context.Background(), listeners(s.address()))[0].Err).To(Equal("it refused the handshake: handshake failure"))
			Expect(s.accepts.Load()).To(BeEquivalentTo(i + 1))
			c.move(o.Interval)
		}
	})

	It("that has sent a certificate is not probed in other ways when it fails", func() {
		certificate, fails := keyed(scenario.Issue(scenario.Spec{CommonName: "leaf"})), make(chan bool, 1)
		s := serve("tcp", "127.0.0.1:0", func(connection net.Conn) {
			if <-fails {
				swallow(connection)
				return
			}
			_, _ = io.Copy(io.Discard, tls.Server(connection, &tls.Config{Certificates: []tls.Certificate{certificate}}))
		})
		p := served.NewProber(o)
		for i, failing := range []bool{false, true, true, true, true, false} {
			fails <- failing
			result := p.Probe(context.Background(), listeners(s.address()))[0]
			Expect(result.Protocol).To(Equal(served.TLS))
			Expect(leaves(result)).To(Equal([]string{"leaf"}), "it has loaded no other meanwhile")
			Expect(result.Err != "").To(Equal(failing))
			Expect(result.SeenAt.Equal(c.now)).To(Equal(!failing))
			Expect(result.ProbedAt).To(Equal(c.now))
			Expect(s.accepts.Load()).To(BeEquivalentTo(i + 1))
			c.move(o.Interval)
		}
	})

	It("may have stopped listening", func() {
		s := serve("tcp", "127.0.0.1:0", hang)
		found := listeners(s.address())
		Expect(s.Close()).To(Succeed())
		Expect(served.NewProber(o).Probe(context.Background(), found)[0].Err).To(Equal("it does not accept connections"))
	})

	It("may be killed during a handshake", func() {
		command := exec.Command(must(os.Executable()))
		command.Env = []string{roleVariable + "=swallow"}
		input, output := must(command.StdinPipe()), must(command.StdoutPipe())
		Expect(command.Start()).To(Succeed())
		DeferCleanup(func() { _ = input.Close(); _ = command.Wait() })
		lines := bufio.NewScanner(output)
		Expect(lines.Scan()).To(BeTrue())
		found, done := listeners(netip.MustParseAddrPort(lines.Text())), make(chan []served.Result)
		go func() { done <- served.NewProber(o).Probe(context.Background(), found) }()
		Expect(lines.Scan()).To(BeTrue(), "it has heard the hello")
		Expect(command.Process.Kill()).To(Succeed())
		Expect((<-done)[0]).To(And(HaveField("Protocol", served.Unknown), HaveField("Chains", BeEmpty()), HaveField("Err", Not(BeEmpty()))))
	})

	It("may speak late", func() {
		o.Patience = time.Nanosecond
		s := serve("tcp", "127.0.0.1:0", func(connection net.Conn) {
			_, _ = connection.Read(make([]byte, 1)) // of a ClientHello that it did not ask for
			_, _ = io.WriteString(connection, "220 late\r\n")
			hang(connection)
		})
		o.Timeout = 200 * time.Millisecond
		result := served.NewProber(o).Probe(context.Background(), listeners(s.address()))[0]
		Expect(s.accepts.Load()).To(BeEquivalentTo(2), "one with a hello, one that listened")
		Expect(result.Protocol).To(Equal(served.Unknown))
	})
})
