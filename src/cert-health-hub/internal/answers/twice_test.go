package answers_test

import (
	"context"
	"encoding/json"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/cert"
	"cert-health/internal/reference"
	"cert-health/internal/scenario"
)

// Each story is told twice, with Vault and with the hub: see town.says.
var _ = Describe("an agent that compares with the hub finds what one finds that reads Vault", Ordered, func() {
	var p *platform
	var t *town
	var a []*scenario.Pair // of one identity, each issued later than the one before
	states := func(list ...cert.ReferenceState) []cert.ReferenceState { return list }

	BeforeAll(func() { p = newPlatform() })
	BeforeEach(func() {
		t, a = p.town(2), nil
		for i := range 4 {
			a = append(a, scenario.Issue(scenario.Spec{CommonName: "a", Key: scenario.RSA, NotBefore: time.Now().Add(time.Duration(i-4) * time.Hour)}))
		}
	})
	remove := func(path string) {
		GinkgoHelper()
		_, err := p.vault.Client.Logical().Delete(t.engine + path)
		Expect(err).NotTo(HaveOccurred())
	}

	It("current, stale and unexpected", func() {
		t.put("cf/a", a[1].Safe())
		t.deploy(a[1])
		Expect(t.says()).To(Equal(states(cert.Current)))
		t.put("cf/a", a[2].Safe())
		Expect(t.says()).To(Equal(states(cert.Stale)))
		t.deploy(a[0])
		Expect(t.says()).To(Equal(states(cert.Stale)), "the store never held it")
		t.deploy(a[3])
		Expect(t.says()).To(Equal(states(cert.Unexpected)))
		t.deploy(a[2])
		Expect(t.says()).To(Equal(states(cert.Current)))
	})

	It("stale before the first scan, over versions without a certificate", func() {
		t.put("cf/a", a[0].Safe())
		t.put("cf/a", map[string]any{"password": "x"})
		t.put("cf/a", a[1].Safe())
		p.vault.Write(t.engine+"/delete/cf/a", map[string]any{"versions": []int{2}})
		t.put("cf/a", a[2].Safe())
		t.deploy(a[0], a[1])
		Expect(t.says()).To(Equal(states(cert.Stale, cert.Stale)))
	})

	It("rolled back", func() {
		for _, i := range []int{0, 1, 0} {
			t.put("cf/a", a[i].Safe())
		}
		t.deploy(a[1])
		Expect(t.says()).To(Equal(states(cert.Stale)))
	})

	It("deleted, restored and removed", func() {
		t.put("cf/a", a[0].Safe())
		t.put("cf/a", a[1].Safe())
		t.deploy(a[1])
		Expect(t.says()).To(Equal(states(cert.Current)))
		remove("/data/cf/a")
		Expect(t.says()).To(Equal(states(cert.Deleted)))
		p.vault.Write(t.engine+"/undelete/cf/a", map[string]any{"versions": []int{2}})
		Expect(t.says()).To(Equal(states(cert.Current)))
		t.put("cf/keeps/the/engine", map[string]any{"password": "x"})
		remove("/metadata/cf/a")
		Expect(t.says()).To(Equal(states(cert.Deleted)))
	})

	It("deleted before the first scan", func() {
		t.put("cf/a", a[0].Safe())
		t.put("cf/a", a[1].Safe())
		remove("/data/cf/a")
		for _, i := range []int{0, 1} {
			t.deploy(a[i])
			Expect(t.says()).To(Equal(states(cert.Deleted)))
		}
	})

	It("destroyed versions", func() {
		t.put("cf/a", a[0].Safe())
		t.put("cf/a", a[1].Safe())
		p.vault.Write(t.engine+"/destroy/cf/a", map[string]any{"versions": []int{1}})
		t.deploy(a[0])
		Expect(t.says()).To(Equal(states(cert.Stale)))
	})

	It("unknown", func() {
		t.put("cf/a", a[0].Safe())
		t.deploy(scenario.Issue(scenario.Spec{CommonName: "other"}))
		Expect(t.says()).To(Equal(states(cert.Unknown)))
	})

	It("ambiguous, and elsewhere", func() {
		t.put("one/a", a[1].Safe())
		t.deploy(a[0])
		Expect(t.says()).To(Equal(states(cert.Ambiguous)))
		t.put("two/a", a[2].Safe())
		t.age = 25 * time.Hour
		Expect(t.says()).To(Equal(states(cert.Ambiguous)))
		t.put("cf/b", a[1].Safe())
		t.put("cf/c", a[2].Safe())
		t.age = 50 * time.Hour
		Expect(t.says()).To(Equal(states(cert.Ambiguous)))
	})

	It("moved to another path", func() {
		t.put("cf/a", a[0].Safe())
		t.deploy(a[0])
		Expect(t.says()).To(Equal(states(cert.Current)))
		remove("/metadata/cf/a")
		t.put("cf/moved", a[0].Safe())
		t.age = time.Hour
		Expect(t.says()).To(Equal(states(cert.Current)))
	})

	It("about to expire, with the steps of safe and of others", func() {
		short := func(name string, key scenario.KeyKind, issuer *scenario.Pair) *scenario.Pair {
			return scenario.Issue(scenario.Spec{CommonName: name, Key: key, Issuer: issuer, NotAfter: time.Now().Add(time.Hour)})
		}
		ca := scenario.Issue(scenario.Spec{CommonName: "ca", CA: true, Key: scenario.RSA})
		rsa, ec, keyless := short("rsa", scenario.RSA, ca), short("ec", scenario.ECDSA, ca), short("keyless", scenario.RSA, ca)
		t.put("cf/ca", ca.Safe())
		t.put("cf/rsa", rsa.Safe())
		t.put("cf/ec", ec.Safe())
		t.put("cf/keyless", map[string]any{"certificate": keyless.CertPEM(), "private_key": "x"})
		t.deploy(ca, rsa, ec, keyless)
		Expect(t.says()).To(Equal(states(cert.Current, cert.Current, cert.Current, cert.Current)))
	})

	It("revoked by the list of its CA", func() {
		ca := scenario.Issue(scenario.Spec{CommonName: "ca", CA: true})
		leaf := scenario.Issue(scenario.Spec{CommonName: "leaf", Issuer: ca})
		t.put("cf/ca", ca.Safe())
		t.put("cf/leaf", leaf.Safe())
		t.deploy(ca, leaf)
		Expect(t.says()).To(Equal(states(cert.Current, cert.Current)))
		t.put("cf/ca", ca.Revoking(leaf))
		Expect(t.says()).To(Equal(states(cert.Current, cert.Current)))
		findings := t.viaHub.findings(t.files(), t.viaHub.references(t.files()), time.Now())
		Expect(findings[1].Findings).To(ContainElement(HaveField("Message", ContainSubstring("it was revoked in Vault"))))
	})

	It("bundles and copies of CAs while a CA is rotated", func() {
		bundle := func(pairs ...*scenario.Pair) map[string]any {
			text := ""
			for _, p := range pairs {
				text += p.CertPEM()
			}
			return map[string]any{"ca": text}
		}
		old := scenario.Issue(scenario.Spec{CommonName: "ca", CA: true, NotBefore: time.Now().Add(-2 * time.Hour)})
		young := scenario.Issue(scenario.Spec{CommonName: "ca", CA: true, NotBefore: time.Now().Add(-time.Hour)})
		leaf := scenario.Issue(scenario.Spec{CommonName: "leaf", Issuer: old})
		t.put("cf/leaf", map[string]any{"certificate": leaf.CertPEM(), "key": "x", "ca": old.CertPEM()})
		t.put("cf/ca", bundle(old))
		t.deploy(old, leaf)
		Expect(t.says()).To(HaveEach(cert.Current))
		t.put("cf/ca", bundle(old, young))
		Expect(t.says()).To(HaveEach(cert.Current))
		t.deploy(young, old, leaf)
		Expect(t.says()).To(HaveEach(cert.Current))
		t.put("cf/ca", bundle(young))
		Expect(t.says()[0]).To(Equal(cert.Current))
		t.put("cf/leaf", map[string]any{"certificate": leaf.CertPEM(), "key": "x", "ca": young.CertPEM()})
		Expect(t.says()[1]).To(Equal(cert.Stale))
	})

	It("values with several names in them", func() {
		ca := scenario.Issue(scenario.Spec{CommonName: "ca", CA: true})
		t.put("cf/yaml", map[string]any{"config": map[string]any{"tls": map[string]any{"cert": a[0].CertPEM(), "ca": ca.CertPEM()}}, "certificate": a[0].CertPEM()})
		t.deploy(a[0], ca)
		Expect(t.says()).To(HaveEach(cert.Current))
		t.put("cf/yaml", map[string]any{"config": map[string]any{"tls": map[string]any{"cert": a[1].CertPEM(), "ca": ca.CertPEM()}}})
		Expect(t.says()).To(Equal(states(cert.Stale, cert.Current)))
	})

	It("an engine without versions", func() {
		t = p.town(1)
		t.put("cf/a", a[0].Safe())
		t.deploy(a[0])
		Expect(t.says()).To(Equal(states(cert.Current)))
		t.put("cf/a", a[1].Safe())
		Expect(t.says()).To(Equal(states(cert.Stale)))
	})

	It("and keeps what it knows while the hub is away, over a restart too", func() {
		t.put("cf/a", a[0].Safe())
		t.put("cf/a", a[1].Safe())
		t.deploy(a[0])
		Expect(t.says()).To(Equal(states(cert.Stale)))
		before := t.viaHub.references(t.files())
		remembered, err := json.Marshal(t.viaHub.knowledge)
		Expect(err).NotTo(HaveOccurred())
		p.server.Close()
		known := &reference.Knowledge{}
		Expect(json.Unmarshal(remembered, known)).To(Succeed())
		t.restart(known)
		knowledge, answer := t.viaHub.follower.Ask(context.Background(), t.files())
		Expect(answer.State).To(Equal(reference.Unavailable))
		Expect(answer.Error).To(ContainSubstring("nothing listens at"))
		Expect(plain(knowledge.Resolve(t.files(), "cf"))).To(MatchJSON(plain(before)))
		Expect(t.viaHub.words.Name()).To(Equal("Vault"))
	})
})
