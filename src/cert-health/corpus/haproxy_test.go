package corpus_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

// haproxy is HAProxy: a server, and a client of the servers behind it.
func haproxy() program {
	return program{name: "HAProxy", needs: map[string]string{"haproxy": "haproxy"}, serve: serveHAProxy, call: callHAProxy, vague: true}
}

const haproxyHead = `global
  log stdout format raw local0
  hard-stop-after 10s
defaults
  log global
  mode http
  option httplog
  timeout connect 20s
  timeout client 20s
  timeout server 20s
  timeout check 20s
  retries 0
`

// runHAProxy starts HAProxy with parts of a configuration, and waits until it listens or has ended.
func runHAProxy(out *transcript, parts ...string) *process {
	GinkgoHelper()
	file := filepath.Join(GinkgoT().TempDir(), "haproxy.cfg")
	Expect(os.WriteFile(file, []byte(haproxyHead+strings.Join(parts, "\n")+"\n"), 0o600)).To(Succeed())
	p := start(out, "haproxy", "-W", "-f", file)
	Eventually(func() bool {
		select {
		case <-p.ended:
			return true
		default:
			return strings.Contains(out.String(), "Loading success")
		}
	}, soon).Should(BeTrue(), out.String)
	return p
}

// frontend is a server that wants a certificate of its clients.
func frontend(c *contact) string {
	crl := ""
	if c.server.revokes {
		crl = " crl-file " + c.server.file("crl.pem")
	}
	return fmt.Sprintf("frontend ledger-%d\n  bind %s ssl crt %s ca-file %s verify required ssl-min-ver TLSv%s ssl-max-ver TLSv%s%s\n  http-request return status 200",
		c.port, c.address(), c.server.file("both.pem"), c.server.file("ca.crt"), c.short(server), c.short(server), crl)
}

func serveHAProxy(all []*contact) (stop func()) {
	var parts []string
	for _, c := range all {
		if c.is(wrongKey) && c.fault.of == server {
			c.absent = true
			runHAProxy(c.said[server], frontend(c)).wait()
			continue
		}
		parts = append(parts, frontend(c))
	}
	out := &transcript{}
	p := runHAProxy(out, parts...)
	return func() {
		p.end(syscall.SIGUSR1)
		divide(out, all, server, func(c *contact) string { return fmt.Sprintf("ledger-%d", c.port) })
	}
}

// divide gives each contact the lines that have its mark.
func divide(out *transcript, all []*contact, own side, mark func(*contact) string) {
	for line := range strings.Lines(out.String()) {
		for _, c := range all {
			if strings.Contains(line, mark(c)) {
				_, _ = c.said[own].Write([]byte(line))
			}
		}
	}
}

// backend checks the health of a server, as HAProxy does before it sends requests to it.
func backend(c *contact) string {
	text := fmt.Sprintf("backend ledger-%d\n  option httpchk GET /\n  server one %s check inter 1s fall 1 ssl verify required ca-file %s sni str(%s) check-sni %s verifyhost %s ssl-min-ver TLSv%s ssl-max-ver TLSv%s",
		c.port, c.address(), c.client.file("ca.crt"), serverName, serverName, serverName, c.short(client), c.short(client))
	if c.client.pair != nil {
		text += " crt " + c.client.file("both.pem")
	}
	if c.client.revokes {
		text += " crl-file " + c.client.file("crl.pem")
	}
	return text
}

func callHAProxy(all []*contact) {
	var parts []string
	for _, c := range all {
		if c.is(wrongKey) && c.fault.of == client {
			runHAProxy(c.said[client], backend(c)).wait()
			continue
		}
		parts = append(parts, backend(c))
	}
	out := &transcript{}
	p := runHAProxy(out, parts...)
	for _, c := range all {
		if !c.is(nothing, wrongKey) && !(c.fault.of == client && c.is(revoked)) {
			Eventually(out.String, soon).Should(ContainSubstring(fmt.Sprintf("ledger-%d/one is DOWN", c.port)))
		}
	}
	p.end(syscall.SIGTERM)
	divide(out, all, client, func(c *contact) string { return fmt.Sprintf("ledger-%d", c.port) })
}
