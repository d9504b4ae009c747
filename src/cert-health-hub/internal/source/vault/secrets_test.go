package vault_test

import (
	"encoding/json"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/hub/internal/inventory"
	"cert-health/internal/scenario"
	"cert-health/internal/secret"
)

var _ = Describe("the secrets of a KV engine", func() {
	var m *memory
	BeforeEach(func() { m = &memory{} })

	It("are items with the key and the path within its value", func() {
		engine := server.Engine(2)
		one, two := pair("one.example"), pair("two.example")
		server.WriteSecret(engine, "a/tls", one.Safe())
		server.WriteSecret(engine, "a/nested", map[string]any{"config": map[string]any{"tls": []any{map[string]any{"cert": two.CertPEM()}}}})
		server.WriteSecret(engine, "a/none", map[string]any{"password": "x"})
		three, four := pair("three.example"), pair("four.example")
		json, err := json.Marshal(map[string]any{"router": map[string]string{"tls_cert": three.CertPEM()}})
		Expect(err).NotTo(HaveOccurred())
		server.WriteSecret(engine, "a/text", map[string]any{"yaml": "tls:\n  certificate: |\n    " + strings.ReplaceAll(four.CertPEM(), "\n", "\n    "), "json": string(json)})
		c := m.collect(open(options(engine)))
		Expect(paths(c)).To(Equal([]string{engine + "/a/nested", engine + "/a/none", engine + "/a/text", engine + "/a/tls"}))
		Expect(m.shown(engine + "/a/text")).To(Equal([]string{"json.tls_cert three.example current 1", "yaml.certificate four.example current 1"}))
		Expect(m.shown(engine + "/a/tls")).To(Equal([]string{"certificate one.example current 1"}))
		Expect(m.shown(engine + "/a/nested")).To(Equal([]string{"config.tls.cert two.example current 1"}))
		Expect(m.items[engine+"/a/tls"].Sightings[0].Since).NotTo(BeZero())
		Expect(c.Unseen).To(BeEmpty())
		Expect(c.Requests).To(BeNumerically(">", 3))
	})

	It("are read again only where the version changed", func() {
		engine := server.Engine(2)
		for _, name := range []string{"one", "two", "three"} {
			server.WriteSecret(engine, name, pair(name).Safe())
		}
		p := behind(nil)
		s := p.through(options(engine))
		m.collect(s)
		Expect(p.requests()).To(ConsistOf(engine+"/metadata", engine+"/data/one", engine+"/data/two", engine+"/data/three"))
		before := m.items
		c := m.collect(s)
		Expect(m.items).To(Equal(before))
		Expect(c.Certificates).To(BeEmpty())
		Expect(p.requests()).To(ConsistOf(engine+"/metadata", engine+"/metadata/one", engine+"/metadata/two", engine+"/metadata/three"))
		server.WriteSecret(engine, "two", pair("new").Safe())
		c = m.collect(s)
		Expect(p.requests()).To(ContainElement(engine + "/data/two"))
		Expect(c.Certificates).To(HaveLen(1))
		Expect(m.shown(engine + "/two")).To(Equal([]string{"certificate new current 2"}))
	})

	It("are read again if the hub has lost a certificate", func() {
		engine := server.Engine(2)
		server.WriteSecret(engine, "x", pair("x").Safe())
		s := open(options(engine))
		m.collect(s)
		clear(m.certificates)
		m.collect(s)
		Expect(m.shown(engine + "/x")).To(Equal([]string{"certificate x current 1"}))
	})

	It("of version 1 are read each time", func() {
		engine := server.Engine(1)
		server.Write(engine+"/d/x", pair("old").Safe())
		s := open(options(engine))
		m.collect(s)
		Expect(m.shown(engine + "/d/x")).To(Equal([]string{"certificate old current"}))
		server.Write(engine+"/d/x", pair("new").Safe())
		m.collect(s)
		Expect(m.shown(engine + "/d/x")).To(Equal([]string{"certificate new current"}))
	})

	It("have their older versions as history, which is read once", func() {
		engine := server.Engine(2)
		for _, name := range []string{"first", "second", "third", "fourth"} {
			server.WriteSecret(engine, "x", pair(name).Safe())
		}
		server.Write(engine+"/destroy/x", map[string]any{"versions": []int{2}})
		o := options(engine)
		o.History = 2
		p := behind(nil)
		s := p.through(o)
		m.collect(s)
		Expect(m.shown(engine + "/x")).To(Equal([]string{"certificate fourth current 4", "certificate third previous 3"}))
		p.requests()
		server.WriteSecret(engine, "x", pair("fifth").Safe())
		m.collect(s)
		Expect(m.shown(engine + "/x")).To(Equal([]string{"certificate fifth current 5", "certificate fourth previous 4", "certificate third previous 3"}))
		Expect(p.requests()).To(ConsistOf(engine+"/metadata", engine+"/metadata/x", engine+"/data/x"))
		p.answer = nil
		server.Write(engine+"/delete/x", map[string]any{"versions": []int{5}})
		m.collect(s)
		Expect(m.shown(engine + "/x")).To(Equal([]string{"certificate fourth previous 4", "certificate third previous 3"}))
		Expect(m.items[engine+"/x"].Details[0].Name).To(Equal("deleted"))
	})

	It("that are deleted show nothing as current, and are gone when they are removed", func() {
		engine := server.Engine(2)
		server.WriteSecret(engine, "x", pair("x").Safe())
		s := open(options(engine))
		m.collect(s)
		server.Write(engine+"/delete/x", map[string]any{"versions": []int{1}})
		m.collect(s)
		Expect(m.items[engine+"/x"].Sightings).To(BeEmpty())
		_, err := server.Client.Logical().Delete(engine + "/metadata/x")
		Expect(err).NotTo(HaveOccurred())
		c := m.collect(s)
		Expect(paths(c)).To(BeEmpty())
		Expect(c.Unseen).To(BeEmpty())
	})

	It("that a glob excludes are not read", func() {
		engine := server.Engine(2)
		for _, path := range []string{"a/x", "a/b/x", "c/x", "c/y"} {
			server.WriteSecret(engine, path, pair("x").Safe())
		}
		o := options(engine)
		o.Exclude = []string{engine + "/a/**", engine + "/c/y"}
		p := behind(nil)
		c := m.collect(p.through(o))
		Expect(paths(c)).To(Equal([]string{engine + "/c/x"}))
		Expect(p.requests()).To(ConsistOf(engine+"/metadata", engine+"/metadata/c", engine+"/data/c/x"))
	})

	It("with odd values lose nothing but themselves", func() {
		engine := server.Engine(2)
		server.WriteSecret(engine, "good", pair("good").Safe())
		server.WriteSecret(engine, "number", map[string]any{"port": 42, "on": true, "none": nil, "certificate": pair("beside.numbers").CertPEM()})
		server.WriteSecret(engine, "binary", map[string]any{"blob": "\x00\x01\u00ff", "certificate": pair("beside.binary").CertPEM()})
		server.WriteSecret(engine, "broken", map[string]any{"certificate": "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"})
		server.WriteSecret(engine, "huge", map[string]any{"list": make([]int, 30_000)})
		c := m.collect(open(options(engine)))
		Expect(m.shown(engine + "/good")).To(HaveLen(1))
		Expect(m.shown(engine + "/number")).To(Equal([]string{"certificate beside.numbers current 1"}))
		Expect(m.shown(engine + "/binary")).To(Equal([]string{"certificate beside.binary current 1"}))
		Expect(m.items[engine+"/broken"].Findings).To(HaveLen(1))
		Expect(m.items[engine+"/broken"].Findings[0].Message).To(ContainSubstring(`its key "certificate" contains a certificate that cannot be read`))
		Expect(c.Unseen).To(Equal([]inventory.Unseen{{Path: engine + "/huge", Reason: "it has more than 20000 values and is not read: split this secret"}}))
	})

	It("never show the private key", func() {
		engine := server.Engine(2)
		p := pair("x")
		server.WriteSecret(engine, "x", p.Safe())
		c := m.collect(open(options(engine)))
		encoded, err := json.Marshal(c)
		Expect(err).NotTo(HaveOccurred())
		for line := range strings.Lines(p.KeyPEM()) {
			Expect(len(line) > 30 && strings.Contains(string(encoded), strings.TrimSpace(line))).To(BeFalse())
		}
	})

	It("come with the end of the token that reads them", func() {
		engine := server.Engine(2)
		token := server.Write("auth/token/create", map[string]any{"ttl": "1h", "renewable": false}).Auth.ClientToken
		o := options(engine)
		o.Client.Auth.Token = secret.New(token)
		ends := m.collect(open(o)).Credentials
		Expect(ends).To(HaveLen(1))
		Expect(ends[0].Name).To(Equal("the hub's Vault token"))
		Expect(ends[0].NotAfter).To(BeTemporally("~", time.Now().Add(time.Hour), time.Minute))
		Expect(ends[0].Remedy).To(HavePrefix("set sources[v].auth.token to a new token"))
	})

	It("are found in all engines that the token sees", func() {
		one, two, hidden := server.Engine(1), server.Engine(2), server.Engine(2)
		server.Write(one+"/x", pair("one").Safe())
		server.WriteSecret(two, "x", pair("two").Safe())
		server.WriteSecret(hidden, "x", pair("hidden").Safe())
		o := options("*")
		o.Client.Auth.Token = secret.New(server.LimitedToken(scenario.Allow(one+"/*", "read", "list") + scenario.Allow(two+"/*", "read", "list")))
		Expect(paths(m.collect(open(o)))).To(ConsistOf(one+"/x", two+"/x"))
	})

	It("of an engine that the token does not see any more are not gone, until it is excluded", func() {
		kept, lost := server.Engine(2), server.Engine(2)
		server.WriteSecret(kept, "x", pair("kept").Safe())
		server.WriteSecret(lost, "x", pair("lost").Safe())
		policy, err := server.NewPolicy(ctx, scenario.Allow(kept+"/*", "read", "list")+scenario.Allow(lost+"/*", "read", "list"))
		Expect(err).NotTo(HaveOccurred())
		token := server.Write("auth/token/create", map[string]any{"policies": []string{policy}}).Auth.ClientToken
		o := options()
		o.Client.Auth.Token = secret.New(token)
		s := open(o)
		m.collect(s)
		Expect(server.Client.Sys().PutPolicy(policy, scenario.Allow(kept+"/*", "read", "list"))).To(Succeed())
		Eventually(func() []inventory.Unseen { return m.collect(s).Unseen }, "1m", "50ms").Should(Equal([]inventory.Unseen{{Path: lost + "/",
			Reason: "the token does not see this engine any more: permit it in the policy of the token, or, if it is gone, add " + lost + "/** to sources[v].exclude"}}))
	})

	It("of namespaces have these in front of their paths", func() {
		engine := server.Engine(2)
		server.WriteSecret(engine, "x", pair("x").Safe())
		p := behind(nil)
		p.answer = inNamespaces(server.Forward(), "team-a", "team-b")
		o := options(engine + "/x")
		o.Namespaces = []string{"team-a", "team-b/", "absent"}
		c := m.collect(p.through(o))
		Expect(paths(c)).To(Equal([]string{"team-a/" + engine + "/x", "team-b/" + engine + "/x"}))
		Expect(c.Unseen).To(HaveLen(1))
		Expect(c.Unseen[0].Path).To(Equal("absent/"))
	})
})
