package corpus_test

import (
	"fmt"
	"strings"
	"sync"
	"syscall"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

// openSSL is the command of OpenSSL.
func openSSL() program {
	return program{name: "OpenSSL", needs: map[string]string{"openssl": "openssl"}, serve: serveOpenSSL, call: callOpenSSL}
}

// openSSLArguments are those that a server and a client have in common.
func openSSLArguments(c *contact, own side, p *party) []string {
	arguments := []string{"-CAfile", p.file("ca.crt"), "-verify_return_error", "-tls" + strings.ReplaceAll(c.short(own), ".", "_")}
	if p.pair != nil {
		arguments = append(arguments, "-cert", p.file("tls.crt"), "-key", p.file("tls.key"))
	}
	if p.revokes {
		arguments = append(arguments, "-crl_check", "-CRL", p.file("crl.pem"))
	}
	return arguments
}

func serveOpenSSL(all []*contact) (stop func()) {
	processes := map[*process]*contact{}
	for _, c := range all {
		arguments := append([]string{"s_server", "-accept", c.address(), "-Verify", "1", "-naccept", "1", "-www"}, openSSLArguments(c, server, c.server)...)
		p := start(c.said[server], "openssl", arguments...)
		if c.is(wrongKey) && c.fault.of == server {
			p.wait()
			c.absent = true
			continue
		}
		Eventually(c.said[server].String, soon).Should(ContainSubstring("ACCEPT"))
		processes[p] = c
	}
	return func() {
		for p, c := range processes {
			if c.is(wrongKey) { // no client has come
				p.end(syscall.SIGTERM)
			}
			p.wait()
		}
	}
}

func callOpenSSL(all []*contact) {
	each(all, func(c *contact) {
		arguments := append([]string{"s_client", "-connect", c.address(), "-servername", serverName, "-verify_hostname", serverName, "-ign_eof"},
			openSSLArguments(c, client, c.client)...)
		run(c.said[client], "GET / HTTP/1.0\r\n\r\n", "openssl", arguments...)
	})
}

// curl is curl.
func curl() program {
	return program{name: "curl", needs: map[string]string{"curl": "curl"}, call: callCurl}
}

func callCurl(all []*contact) {
	each(all, func(c *contact) {
		p := c.client
		arguments := []string{"-sS", "--cacert", p.file("ca.crt"), "--resolve", fmt.Sprintf("%s:%d:%s", serverName, c.port, serverAddress),
			"--tlsv" + c.short(client), "--tls-max", c.short(client), "-o", "/dev/null", "-w", "%{http_code}\n"}
		if p.pair != nil {
			arguments = append(arguments, "--cert", p.file("tls.crt"), "--key", p.file("tls.key"))
		}
		if p.revokes {
			arguments = append(arguments, "--crlfile", p.file("crl.pem"))
		}
		run(c.said[client], "", "curl", append(arguments, fmt.Sprintf("https://%s:%d/", serverName, c.port))...)
	})
}

// each calls a function for all contacts whose server is there, a few at the same time.
func each(all []*contact, call func(*contact)) {
	var group sync.WaitGroup
	turns := make(chan struct{}, 4)
	for _, c := range all {
		turns <- struct{}{}
		group.Go(func() {
			defer GinkgoRecover()
			defer func() { <-turns }()
			call(c)
		})
	}
	group.Wait()
}
