package tls_test

import (
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/hub/internal/source/tls"
	"cert-health/internal/strict"
)

// file is a configuration that has only the options of one source.
type file struct {
	tls.Options `yaml:",inline"`
}

func (f *file) Problems() strict.Problems { return f.Options.Problems() }

var _ = Describe("the options", func() {
	read := func(text string) (tls.Options, strict.Problems) {
		var f file
		problems := strict.YAML([]byte(text), "root", &f)
		return f.Options, problems
	}

	It("have hosts as strings or as mappings", func() {
		o, problems := read(`
hosts:
- example.com:443
- host: smtp://mail.example.com
  server_name: smtp.example.com
  expect: {issuer: R11, fingerprint: "AA:` + strings.Repeat("bb:", 30) + `cc"}
  timeout: 3s
  addresses: first
host_timeout: 5s
concurrency: 8
`)
		Expect(problems).To(BeEmpty())
		Expect(o.Hosts).To(Equal([]tls.Host{{Host: "example.com:443"}, {Host: "smtp://mail.example.com", ServerName: "smtp.example.com", Timeout: 3 * time.Second,
			Addresses: tls.First, Expect: tls.Expect{Issuer: "R11", Fingerprint: "AA:" + strings.Repeat("bb:", 30) + "cc"}}}))
		Expect(o.HostTimeout).To(Equal(5 * time.Second))
	})

	DescribeTable("accept hosts", func(host string) {
		_, problems := read("hosts: ['" + host + "']")
		Expect(problems).To(BeEmpty())
	},
		Entry(nil, "example.com:443"), Entry(nil, "10.0.0.1:8443"), Entry(nil, "[2001:db8::1]:443"), Entry(nil, "https://example.com"),
		Entry(nil, "https://example.com/path?x=y"), Entry(nil, "https://[2001:db8::1]/"), Entry(nil, "HTTPS://Example.COM:8443"), Entry(nil, "smtp://mail"),
		Entry(nil, "smtps://mail"), Entry(nil, "imap://mail"), Entry(nil, "imaps://mail"), Entry(nil, "pop3://mail"), Entry(nil, "ftp://files"),
		Entry(nil, "postgres://db/name"), Entry(nil, "mysql://db"), Entry(nil, "ldap://dir"), Entry(nil, "ldaps://dir"), Entry(nil, "nats://bus"), Entry(nil, "tls://x:1"),
	)

	DescribeTable("name what is wrong", func(text, problem string) {
		_, problems := read(text)
		Expect(problems).To(HaveExactElements(HavePrefix(problem)))
	},
		Entry("no hosts", "{}", "hosts is missing"),
		Entry("no port", "hosts: [example.com]", "hosts[0]: it has no port: write example.com:443"),
		Entry("no usual port", "hosts: ['tls://example.com']", "hosts[0]: it has no port"),
		Entry("a bad port", "hosts: ['example.com:99999']", "hosts[0]: its port must be a number"),
		Entry("no TLS", "hosts: ['http://example.com']", "hosts[0]: http has no certificate: write https"),
		Entry("a scheme", "hosts: ['htps://example.com']", `hosts[0]: its scheme is not known; did you mean "https"?; the schemes are https, `),
		Entry("a password, which is not quoted", "hosts: ['postgres://u:p4ss@db']", "hosts[0]: it has a user name or a password, which are not needed"),
		Entry("a name", "hosts: ['exa mple.com:443']", "hosts[0]: it is not a host name"),
		Entry("twice", "hosts: ['example.com:443', 'https://EXAMPLE.com.']", "hosts[1]: example.com:443 is there twice"),
		Entry("no file", "hosts: [{host: 'x:1', ca_cert: /not/there.pem}]", "hosts[0].ca_cert: open /not/there.pem: no such file"),
		Entry("no PEM", "hosts: [{host: 'x:1', ca_cert: a.pem}]", "hosts[0].ca_cert: it contains no certificate: set it to PEM, or to the absolute path"),
		Entry("a fingerprint", "hosts: [{host: 'x:1', expect: {fingerprint: 'ab:cd'}}]", "hosts[0].expect.fingerprint must be the SHA-256"),
		Entry("a long fingerprint", "hosts: [{host: 'x:1', expect: {fingerprint: '"+strings.Repeat("ab", 99)+"'}}]", "hosts[0].expect.fingerprint must be the SHA-256"),
		Entry("a server name", "hosts: [{host: 'x:1', server_name: 'a/b'}]", "hosts[0].server_name: it is not a host name"),
		Entry("addresses", "hosts: [{host: 'x:1', addresses: al}]", `hosts[0].addresses must be one of all, first; did you mean "all"?`),
		Entry("concurrency", "{hosts: ['x:1'], concurrency: 9999}", "concurrency must be at most 512"),
	)
})
