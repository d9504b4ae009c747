package client_test

import (
	"net/http"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/scenario"
	"cert-health/internal/secret"
	"cert-health/internal/vault/client"
)

var _ = Describe("Engines", func() {
	It("are those that the token sees, with the version of each KV engine", func() {
		one, two, hidden, pki := server.Engine(1), server.Engine(2), server.Engine(2), name("pki")
		server.Write("sys/mounts/"+pki, map[string]any{"type": "pki"})
		rules := scenario.Allow(one+"/*", "read") + scenario.Allow(two+"/metadata/*", "list") + scenario.Allow(pki+"/certs", "list")
		c := newClient(options(client.Auth{Token: secret.New(token(rules, nil))}))
		engines, err := c.Engines(ctx, "")
		Expect(err).NotTo(HaveOccurred())
		Expect(engines).To(ContainElements(
			client.Engine{Mount: client.Mount{Path: one + "/", Version: 1}, Type: "kv"},
			client.Engine{Mount: client.Mount{Path: two + "/", Version: 2}, Type: "kv"},
			client.Engine{Mount: client.Mount{Path: pki + "/"}, Type: "pki"}))
		for _, engine := range engines {
			Expect(engine.Path).NotTo(Equal(hidden + "/"))
			Expect(engine.KV()).To(Equal(engine.Version > 0))
		}
	})

	It("of a namespace have its path in front", func() {
		engine := server.Engine(2)
		server.WriteSecret(engine, "x", pair("in.a.namespace").Safe())
		forward := server.Forward()
		p := behind(func(w http.ResponseWriter, r *http.Request) bool {
			r.URL.Path = strings.Replace(r.URL.Path, "/v1/team/a/", "/v1/", 1)
			forward.ServeHTTP(w, r)
			return true
		})
		c := newClient(p.through(options(client.Auth{Token: secret.New(server.Token)})))
		engines, err := c.Engines(ctx, "/team/a/")
		Expect(err).NotTo(HaveOccurred())
		m := client.Mount{Path: "team/a/" + engine + "/", Version: 2}
		Expect(engines).To(ContainElement(client.Engine{Mount: m, Type: "kv"}))
		read, err := c.ReadSecret(ctx, m, "x", 0, &client.Reader{})
		Expect(err).NotTo(HaveOccurred())
		Expect(held(read)).To(Equal([]string{"certificate in.a.namespace"}))
	})
})

var _ = Describe("the certificate of Vault's server", func() {
	It("is known after the first answer", func() {
		c := newClient(options(client.Auth{Token: secret.New(server.Token)}))
		Expect(c.Served()).To(BeEmpty())
		Expect(c.Authenticate(ctx)).To(Succeed())
		Expect(c.Served()).NotTo(BeEmpty())
		Expect(c.Served()[0].SANs).To(ContainElement("127.0.0.1"))
	})
})

var _ = Describe("messages for another program", func() {
	It("name its settings and its credentials", func() {
		o := client.Options{Address: server.Address, Prefix: "sources[x].", Owner: "hub"}
		fails(o, "there is no token: set sources[x].auth")
		o.Auth.Token = secret.New(token(scenario.Allow("x", "read"), map[string]any{"ttl": "1h", "renewable": false}))
		fails(o, "look up the token: the certificate of Vault is signed by an unknown CA: set sources[x].ca_cert to a file with this CA")
		o.CACert = server.CACert
		c := newClient(o)
		Expect(c.Authenticate(ctx)).To(Succeed())
		Expect(c.Credentials()).To(HaveLen(1))
		Expect(c.Credentials()[0].Name).To(Equal("the hub's Vault token"))
		Expect(c.Credentials()[0].Remedy).To(HavePrefix("set sources[x].auth.token to a new token"))
	})
})
