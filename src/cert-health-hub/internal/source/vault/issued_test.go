package vault_test

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/hub/internal/inventory"
	"cert-health/hub/internal/source/vault"
)

var _ = Describe("the certificates of a PKI engine", func() {
	pki := func(engine string) vault.Options {
		o := options()
		o.PKI = []string{engine}
		return o
	}

	It("are items that are read once, with the issuers", func() {
		e := engine()
		one, two := issue(e, "one.example"), issue(e, "two.example")
		p, m := behind(nil), &memory{}
		s := p.through(pki(e))
		c := m.collect(s)
		Expect(c.Unseen).To(BeEmpty())
		Expect(paths(c)).To(ContainElements(e+"/cert/"+one, e+"/cert/"+two))
		Expect(m.shown(e + "/cert/" + one)).To(Equal([]string{"one.example current"}))
		issuers := 0
		for _, item := range c.Items {
			if item.Kind == "issuer" {
				issuers++
				Expect(m.shown(item.Path)).To(Equal([]string{"Root of " + e + " current"}))
				Expect(item.Details).To(Equal([]inventory.Detail{{Name: "issuer name", Value: "root"}}))
			}
		}
		Expect(issuers).To(Equal(1))
		Expect(p.requests()).To(ContainElement(e + "/cert/" + one))
		before := m.items
		Expect(m.collect(s).Certificates).To(BeEmpty())
		Expect(m.items).To(Equal(before))
		Expect(p.requests()).NotTo(ContainElement(HavePrefix(e + "/cert/")))
	})

	It("are history when they are revoked or a later one has the same names", func() {
		e := engine()
		old := issue(e, "renewed.example")
		m, s := &memory{}, open(pki(e))
		m.collect(s)
		Expect(m.shown(e + "/cert/" + old)).To(Equal([]string{"renewed.example current"}))
		var renewed string
		Eventually(func() []string { // a serial number is newer by a second
			renewed = issue(e, "renewed.example")
			m.collect(s)
			return m.shown(e + "/cert/" + old)
		}, "1m", "300ms").Should(Equal([]string{"renewed.example previous"}))
		Expect(m.shown(e + "/cert/" + renewed)).To(Equal([]string{"renewed.example current"}))
		server.Write(e+"/revoke", map[string]any{"serial_number": renewed})
		m.collect(s)
		Expect(m.shown(e + "/cert/" + renewed)).To(Equal([]string{"renewed.example revoked"}))
		Expect(m.items[e+"/cert/"+renewed].Details[0].Name).To(Equal("revoked"))
	})

	It("are found in all PKI engines that the token sees, and an engine that is not there is told", func() {
		e := engine()
		o := pki("*")
		o.Exclude = []string{e + "/cert/**"}
		c := (&memory{}).collect(open(o))
		Expect(paths(c)).To(ContainElement(HavePrefix(e + "/issuer/")))
		Expect(paths(c)).NotTo(ContainElement(HavePrefix(e + "/cert/")))
		_, err := open(pki("pki-mistyped")).Collect(ctx, &memory{})
		Expect(err).To(MatchError("pki-mistyped/: the token sees no PKI engine at this path: correct sources[v].pki, or the policy of the token"))
	})
})

var _ = Describe("the certificate of Vault's own server", func() {
	It("is an item, with its chain", func() {
		m := &memory{}
		c := m.collect(open(options(server.Engine(2))))
		Expect(c.Items).To(HaveLen(1))
		Expect(c.Items[0].Path).To(MatchRegexp(`^endpoint 127\.0\.0\.1:\d+$`))
		Expect(c.Items[0].Kind).To(Equal("endpoint"))
		Expect(m.shown(c.Items[0].Path)[0]).To(Equal("devvault current"))
	})
})
