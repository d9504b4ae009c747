package client_test

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/scenario"
	"cert-health/internal/secret"
	"cert-health/internal/vault/client"
)

var _ = Describe("a redirect of Vault", func() {
	var (
		active, standby *proxy
		status          atomic.Int64
		tokens          atomic.Int64 // requests to the active node with a token or a credential
	)
	BeforeEach(func() {
		status.Store(http.StatusTemporaryRedirect)
		tokens.Store(0)
		active = behind(func(_ http.ResponseWriter, r *http.Request) bool {
			body, _ := io.ReadAll(r.Body)
			r.Body = io.NopCloser(strings.NewReader(string(body)))
			if r.Header.Get("X-Vault-Token") != "" || strings.Contains(string(body), "secret_id") {
				tokens.Add(1)
			}
			return false
		})
		// What a real standby answers, before a real active node.
		standby = behind(func(w http.ResponseWriter, r *http.Request) bool {
			http.Redirect(w, r, active.URL+r.URL.RequestURI(), int(status.Load()))
			return true
		})
	})
	host := func(p *proxy) string { return strings.TrimPrefix(p.URL, "http://") }
	withToken := func() client.Options {
		return standby.through(options(client.Auth{Token: secret.New(server.Token)}))
	}

	for _, code := range []int{301, 302, 303, 307, 308} {
		It(fmt.Sprintf("with status %d to another port of the host gets no request, no token and no credential", code), func() {
			status.Store(int64(code))
			refused := host(standby) + " redirects to " + host(active) + ", and the token is not sent there: if that is a node of this Vault, add it to cert_health.vault.redirect_hosts"
			fails(withToken(), "look up the token: "+refused)
			a := newAppRole(nil)
			fails(standby.through(options(a.with(a.secretID(nil)))), HaveSuffix("/login: "+refused))
			Expect(active.seen("")).To(BeZero())
			Expect(tokens.Load()).To(BeZero())
		})
	}
	It("to a host that is not listed gets nothing, whatever is listed beside it", func() {
		for _, listed := range []string{"localhost:1", "127.0.0.1", "127.0.0.2:" + portOf(active), "*.0.0.2", "localhost:" + portOf(active)} {
			o := withToken()
			o.RedirectHosts = []string{listed}
			fails(o, ContainSubstring("the token is not sent there"))
		}
		Expect(active.seen("")).To(BeZero())
	})
	It("to a node that is listed is followed, with token and body", func() {
		for _, listed := range []string{host(active), "127.0.*:" + portOf(active)} {
			tokens.Store(0)
			a := newAppRole(nil)
			o := standby.through(options(a.with(a.secretID(nil))))
			o.RedirectHosts = []string{"vault.example", listed}
			c := newClient(o)
			Expect(c.Authenticate(ctx)).To(Succeed())
			_, _, err := c.FindMount(ctx, "secret/x")
			Expect(err).NotTo(HaveOccurred())
			Expect(tokens.Load()).To(BeNumerically(">=", 2))
		}
	})
	It("within one address is followed", func() {
		var p *proxy
		p = behind(func(w http.ResponseWriter, r *http.Request) bool {
			if !hasSuffix(r, "/lookup-self") || r.URL.Query().Has("again") {
				return false
			}
			http.Redirect(w, r, p.URL+r.URL.Path+"?again=1", http.StatusTemporaryRedirect)
			return true
		})
		Expect(newClient(p.through(options(client.Auth{Token: secret.New(server.Token)}))).Authenticate(ctx)).To(Succeed())
	})
	const (
		noHost   = "it must be a host with or without a port, as in vault-1.example:8200 or *.vault.example"
		tooMany  = "the last two parts of its name must have no wildcards, as in *.vault.example: otherwise it matches hosts of others. Name each host instead"
		noPort   = "its port must be a number from 1 to 65535: without a port, it is that of the address"
		accepted = ""
	)
	DescribeTable("a host of the configuration", func(host, fault string) {
		if fault == accepted {
			Expect(client.CheckRedirectHost(host)).To(Succeed())
		} else {
			Expect(client.CheckRedirectHost(host)).To(MatchError(fault))
		}
	},
		Entry(nil, "vault-1.example", accepted), Entry(nil, "vault-1.example:8200", accepted), Entry(nil, "vault", accepted), Entry(nil, "vault:65535", accepted),
		Entry(nil, "*.vault.example", accepted), Entry(nil, "*.vault.example:8200", accepted), Entry(nil, "vault-?.dc1.example:8200", accepted),
		Entry(nil, "[::1]:8200", accepted), Entry(nil, "[::1]", accepted), Entry(nil, "fd00::1", accepted), Entry(nil, "10.0.1.2", accepted),
		Entry(nil, "", noHost), Entry(nil, ":8200", noHost), Entry(nil, "https://vault", noHost), Entry(nil, "a@b", noHost), Entry(nil, "[a", noHost),
		Entry(nil, "vault.example.", noHost), Entry(nil, "a:b:c", noHost), Entry(nil, "[]", noHost),
		Entry(nil, "*", tooMany), Entry(nil, "*:8200", tooMany), Entry(nil, "*.*", tooMany), Entry(nil, "*.com", tooMany), Entry(nil, "vault-?.com:8200", tooMany),
		Entry(nil, "?*", tooMany), Entry(nil, "v*.*:8200", tooMany), Entry(nil, "vault.*", tooMany), Entry(nil, "vault-?:8200", tooMany),
		Entry(nil, "10.0.1.*", tooMany), Entry(nil, "10.0.*.1", tooMany), Entry(nil, `a.\b`, tooMany),
		Entry(nil, "vault.example:", noPort), Entry(nil, "vault.example:*", noPort), Entry(nil, "vault.example:82?0", noPort), Entry(nil, "*.vault.example:0", noPort),
		Entry(nil, "vault.example:65536", noPort), Entry(nil, "vault.example:https", noPort))

	It("is explained if it leads to another redirect, to an address without TLS, or to another method", func() {
		var to atomic.Value
		p := unstarted(func(w http.ResponseWriter, r *http.Request) bool {
			http.Redirect(w, r, to.Load().(string)+r.URL.RequestURI(), int(status.Load()))
			return true
		})
		p.StartTLS()
		DeferCleanup(p.Close)
		own := strings.TrimPrefix(p.URL, "https://")
		o := options(client.Auth{AppRole: client.AppRole{RoleID: "x", SecretID: secret.New(credential("the-secret-id"))}})
		o.Address, o.CACert = p.URL, file(scenario.Armour("CERTIFICATE", p.Certificate().Raw))
		login := "log in by AppRole at auth/approle/login: "

		to.Store(p.URL)
		fails(o, login+"a standby node of Vault redirects to "+own+", which redirects to "+own+": set api_addr of each Vault node to its own address")
		to.Store("http://" + own)
		fails(o, login+"a standby node of Vault redirects to an active node without TLS, "+own+": set api_addr of the Vault nodes to https://")
		to.Store(p.URL)
		status.Store(http.StatusMovedPermanently)
		fails(o, login+own+" redirects to "+own+": set cert_health.vault.address to the latter")
	})
})

func portOf(p *proxy) string {
	GinkgoHelper()
	parsed, err := url.Parse(p.URL)
	Expect(err).NotTo(HaveOccurred())
	return parsed.Port()
}
