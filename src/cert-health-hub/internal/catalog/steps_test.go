package catalog_test

import (
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/hub/internal/catalog"
	"cert-health/hub/internal/inventory"
	"cert-health/internal/cert"
	"cert-health/internal/scenario"
	"cert-health/internal/verdict"
)

// todo are the steps of the first finding of a certificate.
func todo(v *catalog.View, pair *scenario.Pair) string {
	GinkgoHelper()
	e := entry(v, pair)
	Expect(e.Findings).NotTo(BeEmpty())
	return verdict.Join(e.Findings[0].Steps)
}

func rsaEnding(after time.Duration, ca bool, issuer *scenario.Pair) *scenario.Pair {
	return scenario.Issue(scenario.Spec{CommonName: "api.example.com", Key: scenario.RSA, CA: ca, Issuer: issuer,
		NotBefore: time.Now().Add(-300 * day), NotAfter: time.Now().Add(after)})
}

var _ = Describe("the steps of a finding", func() {
	It("are commands of safe for a secret of Vault, with the secret of its CA", func() {
		h := new(hub).source("vault", "vault")
		ca := rsaEnding(400*day, true, nil)
		leaf := rsaEnding(2*day, false, ca)
		h.item("vault", "secret/cf/our-ca", h.sight(ca, inventory.Current))
		h.item("vault", "secret/cf/api", h.sight(leaf, inventory.Current))
		Expect(todo(h.view(), leaf)).To(Equal("cert-health x509 renew secret/cf/api --signed-by secret/cf/our-ca"))
	})

	It("are commands of credhub", func() {
		h := new(hub).source("credhub", "credhub")
		leaf := ending(2 * day)
		h.item("credhub", "/bosh/cf/api", h.sight(leaf, inventory.Current))
		Expect(todo(h.view(), leaf)).To(Equal("credhub regenerate -n /bosh/cf/api, then deploy the deployments that use it"))
	})

	It("rotate a CA of CredHub in several deploys while it is valid", func() {
		h := new(hub).source("credhub", "credhub")
		valid, expired := rsaEnding(2*day, true, nil), rsaEnding(-2*day, true, nil)
		h.item("credhub", "/valid", h.sight(valid, inventory.Current))
		h.item("credhub", "/expired", h.sight(expired, inventory.Current))
		Expect(todo(h.view(), valid)).To(ContainSubstring("set_as_transitional"))
		Expect(todo(h.view(), expired)).To(HavePrefix("credhub regenerate -n /expired, then credhub bulk-regenerate --signed-by /expired"))
	})

	It("renew a CA itself, and not its copies beside its leaves", func() {
		h := new(hub).source("credhub", "credhub")
		ca := rsaEnding(-2*day, true, nil)
		sighting := h.sight(ca, inventory.Current)
		beside := sighting
		beside.Place = "ca"
		for _, path := range []string{"/a", "/b", "/c", "/d"} {
			h.item("credhub", path, h.sight(rsaEnding(200*day, false, ca), inventory.Current), beside)
		}
		h.item("credhub", "/the-ca", sighting)
		Expect(todo(h.view(), ca)).To(Equal("credhub regenerate -n /the-ca, then credhub bulk-regenerate --signed-by /the-ca, then deploy the deployments that use it"))
	})

	It("regenerate a variable of which the Director tells only the end", func() {
		h := new(hub).source("director", "director")
		c := inventory.Certificate{ID: "described-1", Certificate: &cert.Certificate{CommonName: "/bosh/cf/api", NotAfter: time.Now().Add(day)}}
		h.Certificates = append(h.Certificates, c)
		h.item("director", "deployment/cf/bosh/cf/api", inventory.Sighting{Certificate: c.ID, State: inventory.Current}).Kind = "variable"
		e, _ := h.view().Certificate(c.ID)
		Expect(e.State).To(Equal(catalog.ExpiringSoon))
		Expect(verdict.Join(e.Findings[0].Steps)).To(HavePrefix("credhub regenerate -n /bosh/cf/api"))
	})

	It("name the procedure of Ops Manager", func() {
		h := new(hub).source("opsman", "opsman")
		pair := ending(2 * day)
		h.item("opsman", "cf/.properties.tls", h.sight(pair, inventory.Current)).Details =
			[]inventory.Detail{{Name: "rotation procedure", Value: "Services TLS CA"}, {Name: "rotation procedure URL", Value: "https://docs.example.com/rotate"}}
		Expect(todo(h.view(), pair)).To(Equal(`follow the procedure of Ops Manager "Services TLS CA": https://docs.example.com/rotate`))
	})

	It("regenerate a variable of a deployment, and the Director's own certificates with the Director", func() {
		h := new(hub).source("director", "director")
		variable, own := ending(2*day), ending(3*day)
		h.item("director", "deployment/cf/bosh/cf/tls", h.sight(variable, inventory.Current))
		h.item("director", "director/nats.tls.ca", h.sight(own, inventory.Current))
		Expect(todo(h.view(), variable)).To(Equal("credhub regenerate -n /bosh/cf/tls, then deploy the deployment cf"))
		Expect(todo(h.view(), own)).To(HavePrefix("remove the variable of nats.tls.ca from the Director's variables file"))
	})

	It("renew at the issuer what only a server shows", func() {
		h := new(hub).source("sites", "tls")
		ca := scenario.Issue(scenario.Spec{CommonName: "Public CA", CA: true})
		pair := scenario.Issue(scenario.Spec{CommonName: "www", Issuer: ca, NotBefore: time.Now().Add(-90 * day), NotAfter: time.Now().Add(2 * day)})
		h.item("sites", "www.example.com:443", h.sight(pair, inventory.Current))
		Expect(todo(h.view(), pair)).To(Equal("renew it at its issuer (CN=Public CA), install it at www.example.com:443, and restart the server"))
	})

	It("renew in the store first, and bring it to the server then", func() {
		h := new(hub).source("sites", "tls").source("credhub", "credhub")
		pair := ending(2 * day)
		sighting := h.sight(pair, inventory.Current)
		h.item("sites", "api.example.com:443", sighting)
		h.item("credhub", "/api", sighting)
		Expect(todo(h.view(), pair)).To(Equal(
			"credhub regenerate -n /api, then deploy the deployments that use it, then bring the new certificate to the server at api.example.com:443, and restart it"))
	})

	It("are few for a certificate in many places", func() {
		h := new(hub).source("credhub", "credhub")
		pair := ending(2 * day)
		sighting := h.sight(pair, inventory.Current)
		for _, path := range []string{"/a", "/b", "/c", "/d", "/e"} {
			h.item("credhub", path, sighting)
		}
		Expect(todo(h.view(), pair)).To(HaveSuffix("then do the same for the other items that hold it: 2"))
	})
})

var _ = Describe("a server that shows an older version", func() {
	world := func(since time.Duration) (*catalog.View, *scenario.Pair) {
		h := new(hub).source("sites", "tls").source("vault", "vault")
		old, current := ending(100*day), ending(300*day)
		newer := h.sight(current, inventory.Current)
		newer.Since = time.Now().Add(-since)
		h.item("sites", "api.example.com:443", h.sight(old, inventory.Current))
		h.item("vault", "secret/api", newer, h.sight(old, inventory.Previous))
		return h.view(), old
	}

	It("is an error after the grace time", func() {
		v, old := world(3 * day)
		e := entry(v, old)
		Expect(e.State).To(Equal(catalog.Broken))
		Expect(e.Findings[0].Code).To(BeEquivalentTo(verdict.Stale))
		Expect(e.Findings[0].Message).To(HavePrefix("api.example.com:443 still serves it, and secret/api holds another certificate since "))
	})

	It("is information before", func() {
		v, old := world(time.Hour)
		Expect(entry(v, old).State).To(Equal(catalog.OK))
		Expect(entry(v, old).Severity).To(Equal(verdict.Info))
	})
})

var _ = Describe("findings of items", func() {
	It("belong to the leaf that a host last showed", func() {
		h := new(hub).source("sites", "tls")
		ca := scenario.Issue(scenario.Spec{CommonName: "ca", CA: true})
		leaf := scenario.Issue(scenario.Spec{CommonName: "www", Issuer: ca})
		h.item("sites", "www:443", h.sight(leaf, inventory.Current), h.sight(ca, inventory.Current)).Findings =
			[]inventory.Finding{{Code: inventory.Unreachable, Severity: verdict.Error, Message: "www:443 does not answer"}}
		v := h.view()
		Expect(entry(v, leaf).State).To(Equal(catalog.Broken))
		Expect(entry(v, ca).State).To(Equal(catalog.OK))
		Expect(v.Problems()).To(BeEmpty())
	})

	It("are problems of the view if the host never showed a certificate", func() {
		h := new(hub).source("sites", "tls")
		h.item("sites", "www:443").Findings = []inventory.Finding{{Code: inventory.Unreachable, Severity: verdict.Error, Message: "www:443 does not answer"}}
		v := h.view()
		Expect(v.Problems()).To(HaveLen(1))
		Expect(v.Summary().Problems).To(Equal(1))
	})

	It("tell of a weak key how to get a strong one", func() {
		h := new(hub).source("vault", "vault")
		pair := scenario.Issue(scenario.Spec{CommonName: "old"})
		sighting := h.sight(pair, inventory.Current)
		weak := *h.Certificates[0].Certificate
		weak.KeyAlgorithm, weak.KeyBits = 1, 1024 // RSA; no library makes such a certificate any more
		h.Certificates[0].Certificate = &weak
		h.item("vault", "secret/old", sighting)
		Expect(todo(h.view(), pair)).To(ContainSubstring("cert-health x509 reissue"))
	})
})

var _ = Describe("hostile certificates", func() {
	It("costs no time for each pair of CAs with one name", func() {
		h := new(hub).source("vault", "vault")
		ca := inventory.New(scenario.Issue(scenario.Spec{CommonName: "ca", CA: true, Unlinked: true}).Noun())
		for i := range 1000 {
			c := *ca.Certificate
			c.SelfIssued = false
			c.Fingerprint[0], c.Fingerprint[1] = byte(i), byte(i>>8)
			made := inventory.New(&c)
			made.Issuer = made.Subject
			h.Certificates = append(h.Certificates, made)
			h.item("vault", "secret/"+string(made.ID), inventory.Sighting{Certificate: made.ID, State: inventory.Current})
		}
		Expect(h.view().List(catalog.Query{}).Total).To(Equal(1000))
	})
})
