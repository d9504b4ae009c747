package mailbox_test

import (
	"bufio"
	"context"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/alert"
	"cert-health/internal/alert/mailbox"
)

func TestMailbox(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "Mailbox")
}

// The end-to-end suite tests the mailbox that works, with bosh-agent's own library.
var _ = Describe("Mailbox", func() {
	// listen answers every connection by serve.
	listen := func(serve func(net.Conn)) mailbox.Mailbox {
		GinkgoHelper()
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		Expect(err).NotTo(HaveOccurred())
		DeferCleanup(listener.Close)
		go func() {
			for {
				connection, err := listener.Accept()
				if err != nil {
					return
				}
				go serve(connection)
			}
		}()
		return mailbox.Mailbox{Address: listener.Addr().String(), Timeout: 200 * time.Millisecond}
	}
	send := func(m mailbox.Mailbox) error {
		return m.Send(context.Background(), alert.Alert{ID: "1", Class: alert.Expired, Total: 1, Items: []alert.Item{{Name: "c1.internal"}}})
	}

	It("says that no process listens", func() {
		m := listen(func(net.Conn) {})
		m.Address = "127.0.0.1:1"
		Expect(send(m)).To(MatchError(ContainSubstring("mail to bosh-agent at 127.0.0.1:1: ")))
	})

	It("gives up if the mail port hangs, at any point of the conversation", func() {
		Expect(send(listen(func(net.Conn) {}))).To(MatchError(ContainSubstring("timeout")))
		Expect(send(listen(func(c net.Conn) {
			_, _ = io.WriteString(c, "220 x\r\n")
			reader := bufio.NewReader(c)
			for {
				line, err := reader.ReadString('\n')
				if err != nil || strings.HasPrefix(line, "DATA") {
					return // without a word, and without hanging up
				}
				_, _ = io.WriteString(c, "250 ok\r\n")
			}
		}))).To(MatchError(ContainSubstring("timeout")))
	})

	It("gives up if the mail port sends nonsense, refuses or hangs up", func() {
		for _, greeting := range []string{"\x00\x01\x02\r\n", "HTTP/1.1 400 Bad Request\r\n\r\n", "554 no\r\n", ""} {
			Expect(send(listen(func(c net.Conn) {
				_, _ = io.WriteString(c, greeting)
				_ = c.Close()
			}))).NotTo(Succeed(), "%q", greeting)
		}
	})

	It("reads a limited number of bytes of an endless answer", func() {
		for _, endless := range []string{"x", "220-more\r\n"} {
			sent := make(chan int, 1)
			m := listen(func(c net.Conn) {
				total := 0
				for {
					n, err := io.WriteString(c, strings.Repeat(endless, 1000))
					if total += n; err != nil {
						sent <- total
						return
					}
				}
			})
			m.Timeout = time.Minute
			Expect(send(m)).To(MatchError(ContainSubstring("its replies have more than 16384 bytes")))
			Eventually(sent, "10s").Should(Receive(BeNumerically("<", 20<<20)), "more is in the buffers of the kernel")
		}
	})

	It("ends with its context", func() {
		m := listen(func(net.Conn) {})
		m.Timeout = time.Hour
		ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
		defer cancel()
		Expect(m.Send(ctx, alert.Alert{})).NotTo(Succeed())
	})
})
