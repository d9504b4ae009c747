package client_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/scenario"
	"cert-health/internal/secret"
	"cert-health/internal/vault/client"
)

var _ = Describe("a Vault that fails", func() {
	var secretIn = client.Mount{Path: "secret/", Version: 2}

	It("says that it is sealed, with a token and during a log-in", func() {
		other := start(scenario.DevVaultOptions{})
		o := client.Options{Address: other.Address, Auth: client.Auth{Token: secret.New(other.Token)}, MaxWait: time.Millisecond}
		c := newClient(o)
		Expect(c.Authenticate(ctx)).To(Succeed())
		Expect(other.Client.Sys().Seal()).To(Succeed())
		_, err := c.ReadMetadata(ctx, secretIn, "x")
		says(o, c, err, "Vault is sealed (503): unseal it")
		Expect(client.Is(err, client.Busy)).To(BeTrue())
		Expect(c.Unanswered()).To(Equal(1))
		fails(o, "look up the token: Vault is sealed (503): unseal it")
		o.Auth = client.Auth{AppRole: client.AppRole{RoleID: "x", SecretID: secret.New(credential("the-secret-id"))}}
		fails(o, "log in by AppRole at auth/approle/login: Vault is sealed (503): unseal it")
		o.Auth.AppRole = client.AppRole{RoleID: "x", SecretIDFile: file(credential("the-wrapping-token")), Wrapped: true}
		fails(o, HaveSuffix(": Vault is sealed (503): unseal it"))
	})

	It("says that a standby node redirects to an unreachable node", func() {
		standby := start(scenario.DevVaultOptions{Standby: true})
		points := "a standby node of Vault redirects to the active node at 127.0.0.1:1, which this machine cannot reach: connection refused: " +
			"set api_addr of the Vault nodes to an address that clients can reach, or start the active node"
		o := client.Options{Address: standby.Address, Auth: client.Auth{Token: secret.New(standby.Token)}, MaxWait: time.Millisecond,
			RedirectHosts: []string{"127.0.0.1:1"}}
		fails(o, "look up the token: "+points)
		o.Auth = client.Auth{AppRole: client.AppRole{RoleID: "x", SecretID: secret.New(credential("the-secret-id"))}}
		fails(o, "log in by AppRole at auth/approle/login: "+points)
	})

	It("says that no node is active", func() {
		// As Vault's handler answers while it knows of no leader; a devvault
		// always has one.
		p := behind(func(w http.ResponseWriter, _ *http.Request) bool {
			w.WriteHeader(http.StatusInternalServerError)
			fmt.Fprint(w, `{"errors":["local node not active but active cluster node not found"]}`)
			return true
		})
		fails(p.through(options(client.Auth{Token: secret.New(server.Token)})), "look up the token: Vault has no active node (500), only standby nodes: check vault status on each node")
	})

	It("says that it limits the rate of requests", func() {
		name := server.Engine(2)
		server.Write("sys/quotas/rate-limit/"+name, map[string]any{"path": name, "rate": 1, "interval": "1h"})
		DeferCleanup(func() { _, _ = server.Client.Logical().Delete("sys/quotas/rate-limit/" + name) })
		o := options(client.Auth{Token: secret.New(server.Token)})
		c := newClient(o)
		Eventually(func() error { _, err := c.List(ctx, client.Mount{Path: name + "/", Version: 2}, ""); return err }).Should(HaveOccurred())
		_, err := c.List(ctx, client.Mount{Path: name + "/", Version: 2}, "")
		says(o, c, err, "Vault limits the rate of requests (429): lower cert_health.vault.rate, or raise the quota in Vault (vault list sys/quotas/rate-limit)")
		Expect(client.Is(err, client.Busy)).To(BeTrue())
	})

	Describe("with another server at its address", func() {
		var status atomic.Int64
		page := func() *proxy {
			return behind(func(w http.ResponseWriter, _ *http.Request) bool {
				w.WriteHeader(int(status.Load()))
				_, _ = io.WriteString(w, "<html>\n<body>"+strings.Repeat("No route to this host. ", 100))
				return true
			})
		}
		It("distinguishes a missing route from a missing secret", func() {
			status.Store(http.StatusNotFound)
			o := page().through(options(client.Auth{Token: secret.New(server.Token)}))
			host := strings.TrimPrefix(o.Address, "http://")
			fails(o, "look up the token: the server at "+host+" is not Vault (404): correct cert_health.vault.address")
			c := newClient(o)
			_, err := c.ReadMetadata(ctx, secretIn, "x")
			Expect(client.Is(err, client.Unreachable)).To(BeTrue())
			_, err = c.ReadSecret(ctx, secretIn, "x", 0, &client.Reader{})
			Expect(client.Is(err, client.Unreachable)).To(BeTrue())
		})
		It("rejects a web page and does not quote it", func() {
			status.Store(http.StatusOK)
			o := page().through(options(client.Auth{Token: secret.New(server.Token)}))
			fails(o, "look up the token: the server at "+strings.TrimPrefix(o.Address, "http://")+" is not Vault: correct cert_health.vault.address")
			status.Store(http.StatusBadGateway)
			fails(o, "look up the token: Vault answered 502")
			status.Store(http.StatusServiceUnavailable)
			fails(o, "look up the token: Vault is not ready (503): check vault status, and the proxy in front of Vault if there is one")
		})
		It("quotes at most one line of a text", func() {
			p := behind(func(w http.ResponseWriter, _ *http.Request) bool {
				http.Error(w, strings.Repeat("upstream\n", 1000), http.StatusBadGateway)
				return true
			})
			fails(p.through(options(client.Auth{Token: secret.New(server.Token)})), MatchRegexp(`^look up the token: Vault answered 502: (upstream ){20,25}.*\.\.\.$`))
		})
	})

	It("says that nothing listens, that the name is unknown, and that the connection was closed", func() {
		o := options(client.Auth{Token: secret.New(server.Token)})
		o.Address = "https://127.0.0.1:1"
		fails(o, "look up the token: nothing listens at 127.0.0.1:1: connection refused")
		o.Address = "https://no.such.host.invalid"
		fails(o, "look up the token: the host name of Vault cannot be resolved: no.such.host.invalid")
		p := behind(func(http.ResponseWriter, *http.Request) bool { panic(http.ErrAbortHandler) })
		o = p.through(o)
		fails(o, "look up the token: the connection to "+strings.TrimPrefix(o.Address, "http://")+" was closed without an answer: check Vault, and the proxy in front of it if there is one")
	})

	It("does not quote an invalid address, which may contain a password", func() {
		_, err := client.New(client.Options{Address: "https://user:pass word\x7f@vault"})
		Expect(err).To(MatchError("the address of Vault is not a valid URL: correct cert_health.vault.address"))
		_, err = client.New(client.Options{})
		Expect(err).To(MatchError("the address of Vault is missing: set cert_health.vault.address, or VAULT_ADDR"))
	})
})
