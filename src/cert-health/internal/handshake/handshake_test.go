package handshake_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/handshake"
	"cert-health/internal/scenario"
)

// Package served has the specs of every protocol, against real servers.
var _ = Describe("a connection", func() {
	var ca, leaf *scenario.Pair

	BeforeEach(func() {
		ca = scenario.Issue(scenario.Spec{CommonName: "ca", CA: true})
		leaf = scenario.Issue(scenario.Spec{CommonName: "leaf", Issuer: ca})
	})
	// to is the near end of a connection whose far end is a server.
	to := func(serve func(net.Conn)) net.Conn {
		near, far := net.Pipe()
		DeferCleanup(far.Close)
		go serve(far)
		return near
	}
	secure := func(connection net.Conn) {
		certificate, _ := tls.X509KeyPair([]byte(leaf.CertPEM()+ca.CertPEM()), []byte(leaf.KeyPEM()))
		_, _ = io.Copy(io.Discard, tls.Server(connection, &tls.Config{Certificates: []tls.Certificate{certificate}}))
		_ = connection.Close()
	}
	chain := func() OmegaMatcher {
		return HaveField("Chain", HaveExactElements(HaveField("Fingerprint", leaf.Fingerprint()), HaveField("Fingerprint", ca.Fingerprint())))
	}

	It("shows the chain and the proof of the key", func(ctx SpecContext) {
		w := handshake.Open(ctx, to(secure))
		defer w.Close()
		Expect(w.Begin(handshake.ClientHello, "leaf", time.Minute)).To(And(chain(), HaveField("Protocol", handshake.TLS), HaveField("Proven", true)))
	}, SpecTimeout(time.Minute))

	It("shows the chain after a dialogue of the caller, under the caller's protocol", func(ctx SpecContext) {
		w := handshake.Open(ctx, to(func(connection net.Conn) {
			_, _ = io.WriteString(connection, "hello\n")
			_, _ = bufio.NewReader(io.LimitReader(connection, 6)).ReadString('\n')
			secure(connection)
		}))
		defer w.Close()
		line, err := bufio.NewReader(io.LimitReader(w, 6)).ReadString('\n')
		Expect(line, err).To(Equal("hello\n"))
		_, err = io.WriteString(w, "start\n")
		Expect(err).NotTo(HaveOccurred())
		Expect(w.Shake("other", "")).To(And(chain(), HaveField("Protocol", handshake.Protocol("other")), HaveField("Err", BeNil())))
	}, SpecTimeout(time.Minute))

	It("ends with its context", func(ctx SpecContext) {
		short, cancel := context.WithTimeout(ctx, 20*time.Millisecond)
		defer cancel()
		w := handshake.Open(short, to(func(connection net.Conn) { _, _ = io.Copy(io.Discard, connection) }))
		defer w.Close()
		Expect(handshake.Reason(w.Begin(handshake.ClientHello, "", time.Minute).Err)).To(Equal("it did not answer in time"))
	}, SpecTimeout(time.Minute))

	It("gives reasons without control characters", func() {
		Expect(handshake.Reason(errors.New("a\x1b[31mb"))).To(Equal("a?[31mb"))
	})
})
