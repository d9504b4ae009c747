package tls_test

import (
	"bufio"
	"context"
	gotls "crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"net"
	"sync"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/scenario"
)

// serve answers every connection on an address with answer, and ends with the spec. It returns the
// address.
func serve(address string, answer func(net.Conn)) string {
	GinkgoHelper()
	listener, err := net.Listen("tcp", address)
	Expect(err).NotTo(HaveOccurred())
	ctx, cancel := context.WithCancel(context.Background())
	var waiting sync.WaitGroup
	waiting.Go(func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			waiting.Go(func() {
				defer context.AfterFunc(ctx, func() { _ = connection.Close() })()
				defer connection.Close()
				answer(connection)
			})
		}
	})
	DeferCleanup(func() {
		_ = listener.Close()
		cancel()
		waiting.Wait()
	})
	return listener.Addr().String()
}

// shows makes a handshake, and reads until the client closes the connection.
func shows(config *gotls.Config) func(net.Conn) {
	return func(connection net.Conn) { _, _ = io.Copy(io.Discard, gotls.Server(connection, config)) }
}

// says holds the dialogue of a protocol: after each line of the client comes the next answer. Then
// follows the handshake.
func says(config *gotls.Config, greeting string, answers ...string) func(net.Conn) {
	return func(connection net.Conn) {
		_, _ = io.WriteString(connection, greeting)
		lines := bufio.NewReader(connection)
		for _, answer := range answers {
			if _, err := lines.ReadString('\n'); err != nil {
				return
			}
			_, _ = io.WriteString(connection, answer)
		}
		shows(config)(connection)
	}
}

// holds configures a server with a certificate and a chain, which it does not read.
func holds(pair *scenario.Pair, chain ...*scenario.Pair) *gotls.Config {
	GinkgoHelper()
	block, _ := pem.Decode([]byte(pair.KeyPEM()))
	certificate := gotls.Certificate{Certificate: [][]byte{pair.X509.Raw}, PrivateKey: must(x509.ParsePKCS8PrivateKey(block.Bytes))}
	for _, link := range chain {
		certificate.Certificate = append(certificate.Certificate, link.X509.Raw)
	}
	return &gotls.Config{Certificates: []gotls.Certificate{certificate}}
}
