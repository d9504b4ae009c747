package corpus_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"sync/atomic"
	"time"

	. "github.com/onsi/gomega"
)

// goConfig is the configuration of TLS of a program in Go.
func goConfig(c *contact, own side) (*tls.Config, error) {
	p := map[side]*party{server: c.server, client: c.client}[own]
	pool := x509.NewCertPool()
	ca, err := os.ReadFile(p.file("ca.crt"))
	Expect(err).NotTo(HaveOccurred())
	pool.AppendCertsFromPEM(ca)
	config := &tls.Config{MinVersion: c.versionOf(own), MaxVersion: c.versionOf(own), RootCAs: pool, ClientCAs: pool, ClientAuth: tls.RequireAndVerifyClientCert}
	if p.pair != nil {
		pair, err := tls.LoadX509KeyPair(p.file("tls.crt"), p.file("tls.key"))
		if err != nil {
			return nil, err
		}
		config.Certificates = []tls.Certificate{pair}
	}
	return config, nil
}

// netHTTP is Go's net/http.
func netHTTP() program {
	return program{name: "Go net/http", serve: serveHTTP, call: callHTTP, blind: unrevoked()}
}

// unrevoked are the faults that programs in Go do not see: crypto/tls reads no lists of revoked certificates.
func unrevoked() []fault { return []fault{{revoked, server}, {revoked, client}} }

func serveHTTP(all []*contact) (stop func()) {
	var servers []*http.Server
	var open atomic.Int64
	for _, c := range all {
		logger := log.New(c.said[server], "", log.LstdFlags)
		config, err := goConfig(c, server)
		if err != nil {
			logger.Printf("cannot start: %v", err)
			c.absent = true
			continue
		}
		listener, err := net.Listen("tcp", c.address())
		Expect(err).NotTo(HaveOccurred())
		s := &http.Server{TLSConfig: config, ErrorLog: logger, ReadHeaderTimeout: time.Minute,
			Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok\n") }),
			ConnState: func(_ net.Conn, state http.ConnState) {
				switch state {
				case http.StateNew:
					open.Add(1)
				case http.StateClosed:
					open.Add(-1)
				}
			}}
		servers = append(servers, s)
		go func() { _ = s.ServeTLS(listener, "", "") }()
	}
	return func() {
		Eventually(open.Load, soon).Should(BeZero())
		for _, s := range servers {
			_ = s.Close()
		}
	}
}

func callHTTP(all []*contact) {
	for _, c := range all {
		logger := log.New(c.said[client], "", log.LstdFlags)
		config, err := goConfig(c, client)
		if err != nil {
			logger.Printf("cannot start: %v", err)
			continue
		}
		transport := &http.Transport{TLSClientConfig: config, DisableKeepAlives: true, DialContext: dial(c)}
		ctx, cancel := context.WithTimeout(context.Background(), soon)
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, fmt.Sprintf("https://%s:%d/v1/entries", serverName, c.port), nil)
		Expect(err).NotTo(HaveOccurred())
		response, err := (&http.Client{Transport: transport}).Do(request)
		if err != nil {
			logger.Printf("cannot fetch the entries: %v", err)
		} else {
			_, _ = io.Copy(io.Discard, response.Body)
			_ = response.Body.Close()
		}
		cancel()
	}
}

// dial replaces the name service.
func dial(c *contact) func(context.Context, string, string) (net.Conn, error) {
	return func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, c.address())
	}
}
