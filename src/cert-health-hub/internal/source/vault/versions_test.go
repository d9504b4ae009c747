package vault_test

import (
	"fmt"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/hub/internal/inventory"
	"cert-health/internal/cert"
	"cert-health/internal/scenario"
)

var _ = Describe("the versions of a secret", func() {
	var m *memory
	BeforeEach(func() { m = &memory{} })

	// versions are those of an item in words.
	versions := func(path string) (words []string) {
		item := m.items[path]
		for _, v := range item.Versions {
			word := fmt.Sprint(v.Number)
			if v.Deleted {
				word += " deleted"
			}
			for _, i := range v.Holds {
				word += " " + m.certificates[item.Sightings[i].Certificate].Name()
			}
			words = append(words, word)
		}
		return words
	}

	It("are kept with what each holds, and read once", func() {
		engine := server.Engine(2)
		ca, leaf, next := pair("ca"), pair("leaf"), pair("next")
		server.WriteSecret(engine, "x", map[string]any{"a": leaf.CertPEM(), "b": ca.CertPEM()})
		server.WriteSecret(engine, "x", map[string]any{"password": "x"})
		server.WriteSecret(engine, "x", map[string]any{"a": next.CertPEM(), "b": ca.CertPEM()})
		o := options(engine)
		o.History = 9
		p := behind(nil)
		s := p.through(o)
		m.collect(s)
		Expect(versions(engine + "/x")).To(Equal([]string{"3 next ca", "2", "1 leaf ca"}))
		Expect(m.items[engine+"/x"].Mount).To(Equal(engine + "/"))
		for _, v := range m.items[engine+"/x"].Versions {
			Expect(v.Created).NotTo(BeZero())
		}
		server.WriteSecret(engine, "x", map[string]any{"a": ca.CertPEM()})
		server.Write(engine+"/delete/x", map[string]any{"versions": []int{3}})
		p.requests()
		m.collect(s)
		Expect(versions(engine + "/x")).To(Equal([]string{"4 ca", "3 deleted", "2", "1 leaf ca"}))
		Expect(p.requests()).To(ConsistOf(engine+"/metadata", engine+"/metadata/x", engine+"/data/x"))
		server.Write(engine+"/delete/x", map[string]any{"versions": []int{4}})
		m.collect(s)
		Expect(versions(engine + "/x")).To(Equal([]string{"4 deleted", "3 deleted", "2", "1 leaf ca"}))
		Expect(m.items[engine+"/x"].Versions[0].DeletedAt).NotTo(BeZero())
	})

	It("of an engine without versions have no number", func() {
		engine := server.Engine(1)
		server.Write(engine+"/x", pair("x").Safe())
		m.collect(open(options(engine)))
		Expect(versions(engine + "/x")).To(Equal([]string{"0 x"}))
	})

	It("are read again if the hub has them from a release that did not keep them", func() {
		engine := server.Engine(2)
		server.WriteSecret(engine, "x", pair("x").Safe())
		s := open(options(engine))
		m.collect(s)
		old := m.items[engine+"/x"]
		old.Versions, old.Mount = nil, ""
		m.items[engine+"/x"] = old
		m.collect(s)
		Expect(versions(engine + "/x")).To(Equal([]string{"1 x"}))
	})

	It("come with what the tools of Vault need: the key, and whether it lacks the private key", func() {
		engine := server.Engine(2)
		one := pair("one")
		server.WriteSecret(engine, "with", one.Safe())
		server.WriteSecret(engine, "without", map[string]any{"certificate": one.CertPEM()})
		server.WriteSecret(engine, "within", map[string]any{"yaml": "tls:\n  cert: |\n    " + strings.ReplaceAll(one.CertPEM(), "\n", "\n    ")})
		m.collect(open(options(engine)))
		first := func(name string) inventory.Sighting { return m.items[engine+"/"+name].Sightings[0] }
		Expect(first("with").Keyless).To(BeFalse())
		Expect(first("without").Keyless).To(BeTrue())
		Expect(first("within")).To(And(HaveField("Place", HavePrefix("yaml.")), HaveField("Key", "yaml")))
	})

	It("come with what their CA has revoked", func() {
		engine := server.Engine(2)
		ca := scenario.Issue(scenario.Spec{CommonName: "ca", CA: true})
		leaf := scenario.Issue(scenario.Spec{CommonName: "leaf", Issuer: ca})
		server.WriteSecret(engine, "ca", ca.Revoking(leaf))
		s := open(options(engine))
		m.collect(s)
		revoked := m.items[engine+"/ca"].Revoked
		Expect(revoked).To(HaveLen(1))
		Expect(revoked[0].Serial).To(Equal(cert.SerialMark(leaf.X509.SerialNumber.Text(16))))
		m.collect(s)
		Expect(m.items[engine+"/ca"].Revoked).To(Equal(revoked))
	})
})
