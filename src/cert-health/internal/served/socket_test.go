package served_test

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/netip"
	"slices"
	"syscall"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/scenario"
	"cert-health/internal/served"
)

// soReusePort is SO_REUSEPORT of asm-generic/socket.h.
const soReusePort = 15

var _ = Describe("sockets", func() {
	// shows starts a server whose certificate has its own address as its name.
	shows := func(network, address string) *server {
		GinkgoHelper()
		certificate := keyed(scenario.Issue(scenario.Spec{CommonName: network + " " + address}))
		config := net.ListenConfig{Control: func(_, _ string, raw syscall.RawConn) error {
			return raw.Control(func(handle uintptr) { _ = syscall.SetsockoptInt(int(handle), syscall.SOL_SOCKET, soReusePort, 1) })
		}}
		listener, err := config.Listen(context.Background(), network, address)
		if err != nil && network != "tcp4" {
			Skip("no IPv6 here: " + err.Error())
		}
		Expect(err).NotTo(HaveOccurred())
		return answerTo(listener, func(connection net.Conn) {
			_, _ = io.Copy(io.Discard, tls.Server(connection, &tls.Config{Certificates: []tls.Certificate{certificate}}))
		})
	}
	port := func(s *server) uint16 { return s.address().Port() }
	at := func(s *server, host string) string { return fmt.Sprintf("%s:%d", host, port(s)) }

	DescribeTable("are reached on every address", func(network, host string) {
		s := shows(network, host+":0")
		Expect(leaves(probe(s.address()))).To(Equal([]string{network + " " + host + ":0"}))
	},
		Entry(nil, "tcp4", "127.0.0.1"), Entry(nil, "tcp4", "0.0.0.0"), Entry(nil, "tcp4", "127.1.2.3"),
		Entry(nil, "tcp6", "[::1]"), Entry(nil, "tcp6", "[::]"), Entry(nil, "tcp", "[::]"),
	)

	It("are distinguished although they share a port", func() {
		all := shows("tcp4", "0.0.0.0:0")
		specific, six := shows("tcp4", at(all, "127.0.0.1")), shows("tcp6", at(all, "[::]"))
		o := options(&clock{time.Now()})
		results := served.NewProber(o).Probe(context.Background(), sharing(port(all)))
		var names []string
		for _, result := range results {
			names = append(names, leaves(result)...)
		}
		Expect(names).To(Equal([]string{"tcp4 0.0.0.0:0", "tcp4 " + specific.Addr().String(), "tcp6 " + at(six, "[::]")}))
	})

	It("that share an address count as one", func() {
		first := shows("tcp4", "127.0.0.1:0")
		shows("tcp4", first.Addr().String())
		Expect(sharing(port(first))).To(HaveLen(1))
	})

	It("report it when other sockets listen on all their addresses", func() {
		all := shows("tcp6", "[::]:0")
		shows("tcp6", at(all, "[::1]"))
		results := served.NewProber(options(&clock{time.Now()})).Probe(context.Background(), sharing(port(all)))
		Expect(results).To(HaveExactElements(
			HaveField("Err", ContainSubstring("other sockets listen")), HaveField("Protocol", served.TLS)))
	})
})

// sharing returns the listeners of a port.
func sharing(port uint16) []served.Listener {
	GinkgoHelper()
	sockets, problems := served.Sockets("/")
	Expect(problems).To(BeEmpty())
	var addresses []netip.AddrPort
	for _, socket := range sockets {
		if socket.Address.Port() == port {
			addresses = append(addresses, socket.Address)
		}
	}
	Expect(slices.IsSortedFunc(addresses, netip.AddrPort.Compare)).To(BeTrue())
	return listeners(addresses...)
}
