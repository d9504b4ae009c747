package corpus_test

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

// nginx is nginx: a server, and a client of the servers behind it.
func nginx() program {
	return program{name: "nginx", needs: map[string]string{"nginx": "nginx-light"}, serve: serveNginx, call: callNginx}
}

// nginxDirectory holds the configuration and all logs of one nginx.
type nginxDirectory string

func newNginx() nginxDirectory { return nginxDirectory(GinkgoT().TempDir()) }

// run starts nginx with one server for each contact, and waits until it listens.
func (d nginxDirectory) run(all []*contact, block func(*contact) string) *process {
	GinkgoHelper()
	var text strings.Builder
	fmt.Fprintf(&text, "daemon off; user root; worker_processes 1; pid %s/pid; error_log stderr info; events {}\nhttp { access_log off;\n", d)
	for i, name := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
		fmt.Fprintf(&text, "%s_temp_path %s/%d;\n", name, d, i)
	}
	for i, c := range all {
		fmt.Fprintf(&text, "server { error_log %s info;\n%s }\n", d.log(i), block(c))
	}
	Expect(os.WriteFile(d.file("nginx.conf"), []byte(text.String()+"}\n"), 0o600)).To(Succeed())
	out := &transcript{}
	p := start(out, "nginx", "-e", "stderr", "-p", string(d), "-c", d.file("nginx.conf"))
	Eventually(func() string {
		select {
		case <-p.ended:
			return "start worker process" // it says why not
		default:
			return out.String()
		}
	}, soon).Should(ContainSubstring("start worker process"))
	for _, c := range all {
		if strings.Contains(out.String(), "[emerg]") {
			_, _ = io.WriteString(c.said[server], out.String())
		}
	}
	return p
}

func (d nginxDirectory) file(name string) string { return filepath.Join(string(d), name) }

func (d nginxDirectory) log(i int) string { return d.file(fmt.Sprintf("error.%d.log", i)) }

// collect ends nginx and takes over the logs.
func (d nginxDirectory) collect(p *process, all []*contact, own side) {
	GinkgoHelper()
	p.end(syscall.SIGQUIT)
	for i, c := range all {
		text, err := os.ReadFile(d.log(i))
		Expect(err).NotTo(HaveOccurred())
		_, _ = c.said[own].Write(text)
	}
}

func serveNginx(all []*contact) (stop func()) {
	block := func(c *contact) string {
		text := fmt.Sprintf("listen %s ssl; server_name %s; ssl_certificate %s; ssl_certificate_key %s; ssl_protocols TLSv%s; ssl_client_certificate %s; ssl_verify_client on; return 204;",
			c.address(), serverName, c.server.file("tls.crt"), c.server.file("tls.key"), c.short(server), c.server.file("ca.crt"))
		if c.server.revokes {
			text += " ssl_crl " + c.server.file("crl.pem") + ";"
		}
		return text
	}
	var good []*contact
	for _, c := range all {
		if c.is(wrongKey) && c.fault.of == server { // it keeps nginx from starting
			c.absent = true
			newNginx().run([]*contact{c}, block).wait()
			continue
		}
		good = append(good, c)
	}
	d := newNginx()
	p := d.run(good, block)
	return func() { d.collect(p, good, server) }
}

func callNginx(all []*contact) {
	front := map[*contact]int{}
	block := func(c *contact) string {
		front[c] = freePort()
		text := fmt.Sprintf("listen %s:%d; location / { proxy_pass https://%s; proxy_ssl_name %s; proxy_ssl_server_name on; proxy_ssl_verify on; proxy_ssl_trusted_certificate %s; proxy_ssl_protocols TLSv%s; ",
			serverAddress, front[c], c.address(), serverName, c.client.file("ca.crt"), c.short(client))
		if c.client.pair != nil {
			text += fmt.Sprintf("proxy_ssl_certificate %s; proxy_ssl_certificate_key %s; ", c.client.file("tls.crt"), c.client.file("tls.key"))
		}
		if c.client.revokes {
			text += "proxy_ssl_crl " + c.client.file("crl.pem") + "; "
		}
		return text + "}"
	}
	var good []*contact
	for _, c := range all {
		if c.is(wrongKey) && c.fault.of == client {
			p := newNginx().run([]*contact{c}, block)
			p.wait()
			c.said[client], c.said[server] = c.said[server], c.said[client]
			continue
		}
		good = append(good, c)
	}
	d := newNginx()
	p := d.run(good, block)
	for _, c := range good {
		response, err := http.Get(fmt.Sprintf("http://%s:%d/", serverAddress, front[c]))
		Expect(err).NotTo(HaveOccurred())
		_ = response.Body.Close()
	}
	d.collect(p, good, client)
}
