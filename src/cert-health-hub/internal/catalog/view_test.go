package catalog_test

import (
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/hub/internal/catalog"
	"cert-health/hub/internal/catalog/sample"
	"cert-health/hub/internal/inventory"
	"cert-health/internal/scenario"
	"cert-health/internal/verdict"
)

const day = 24 * time.Hour

// hub is a small world for one spec.
type hub struct{ inventory.Contents }

func (h *hub) source(name, kind string) *hub {
	h.Sources = append(h.Sources, inventory.Health{Name: name, Type: kind, Interval: time.Hour, LastSuccess: time.Now()})
	return h
}

func (h *hub) item(source, path string, sightings ...inventory.Sighting) *inventory.Stored {
	kind := map[string]string{"vault": "secret", "credhub": "certificate", "tls": "host"}[source]
	h.Items = append(h.Items, inventory.Stored{Source: source, Item: inventory.Item{Path: path, Kind: kind, Sightings: sightings}, LastSeen: time.Now()})
	return &h.Items[len(h.Items)-1]
}

// sight adds the certificate, and returns its sighting.
func (h *hub) sight(pair *scenario.Pair, state inventory.State) inventory.Sighting {
	c := inventory.New(pair.Noun())
	h.Certificates = append(h.Certificates, c)
	return inventory.Sighting{Certificate: c.ID, Place: "certificate", State: state}
}

func (h *hub) view() *catalog.View {
	return catalog.New(h.Contents, catalog.DefaultPolicy(), time.Now())
}

func entry(v *catalog.View, pair *scenario.Pair) *catalog.Entry {
	e, known := v.Certificate(inventory.IDOf(pair.Fingerprint()))
	ExpectWithOffset(1, known).To(BeTrue())
	return e
}

func ending(after time.Duration) *scenario.Pair {
	return scenario.Issue(scenario.Spec{CommonName: "api.example.com", NotBefore: time.Now().Add(-300 * day), NotAfter: time.Now().Add(after)})
}

var _ = Describe("judging a certificate", func() {
	DescribeTable("by its dates", func(after time.Duration, state catalog.State, severity verdict.Severity) {
		h := new(hub).source("vault", "vault")
		pair := ending(after)
		h.item("vault", "secret/api", h.sight(pair, inventory.Current))
		e := entry(h.view(), pair)
		Expect(e.State).To(Equal(state))
		Expect(e.Severity).To(Equal(severity))
	},
		Entry("expired", -time.Hour, catalog.Expired, verdict.Critical),
		Entry("expiring soon", 2*day, catalog.ExpiringSoon, verdict.Error),
		Entry("expiring", 20*day, catalog.Expiring, verdict.Warning),
		Entry("well", 100*day, catalog.OK, verdict.OK),
	)

	It("does not judge an older version", func() {
		h := new(hub).source("vault", "vault")
		old, current := ending(-time.Hour), ending(200*day)
		h.item("vault", "secret/api", h.sight(current, inventory.Current), h.sight(old, inventory.Previous))
		v := h.view()
		Expect(entry(v, old).State).To(Equal(catalog.History))
		Expect(entry(v, old).Findings).To(BeEmpty())
		Expect(v.Siblings(entry(v, old))).To(ConsistOf(entry(v, current)))
		Expect(v.List(catalog.Query{}).Entries).To(ConsistOf(entry(v, current)))
		Expect(v.List(catalog.Query{States: []catalog.State{catalog.History}}).Entries).To(ConsistOf(entry(v, old)))
	})

	It("does not count as well what cannot be seen", func() {
		h := new(hub).source("vault", "vault")
		pair := ending(200 * day)
		h.item("vault", "secret/api", h.sight(pair, inventory.Current)).Unseen = "Vault denies it"
		e := entry(h.view(), pair)
		Expect(e.Unverified).To(BeTrue())
		Expect(e.State).To(Equal(catalog.Unverified))
	})

	It("does not count as well what a stale source showed", func() {
		h := new(hub).source("vault", "vault")
		pair := ending(200 * day)
		h.item("vault", "secret/api", h.sight(pair, inventory.Current))
		v := h.view().At(time.Now().Add(5 * time.Hour))
		Expect(entry(v, pair).State).To(Equal(catalog.Unverified))
		Expect(entry(v, pair).Placements[0].Unseen).To(HavePrefix("the source was last seen"))
		Expect(v.Sources()[0].State).To(Equal(catalog.SourceStale))
	})

	It("finds the CA by its signature, and the leaves below it", func() {
		h := new(hub).source("credhub", "credhub")
		impostor := scenario.Issue(scenario.Spec{CommonName: "ca", CA: true, Unlinked: true})
		root := scenario.Issue(scenario.Spec{CommonName: "ca", CA: true})
		middle := scenario.Issue(scenario.Spec{CommonName: "middle", CA: true, Issuer: root})
		leaf := scenario.Issue(scenario.Spec{CommonName: "leaf", Issuer: middle})
		for path, pair := range map[string]*scenario.Pair{"/impostor": impostor, "/root": root, "/middle": middle, "/leaf": leaf} {
			h.item("credhub", path, h.sight(pair, inventory.Current))
		}
		v := h.view()
		Expect(entry(v, leaf).Signer).To(Equal(entry(v, middle).ID))
		Expect(entry(v, middle).Signer).To(Equal(entry(v, root).ID))
		Expect(entry(v, root).Signer).To(BeEmpty())
		Expect(entry(v, root).Leaves).To(Equal(1))
		Expect(entry(v, impostor).Leaves).To(BeZero())
		Expect(v.Signs(entry(v, root))).To(ConsistOf(entry(v, middle)))
		Expect(v.Update(h.Contents, time.Now()).Signs(entry(v, root))).To(HaveLen(1))
	})

	It("is milder while a successor is trusted beside it", func() {
		h := new(hub).source("credhub", "credhub")
		old := scenario.Issue(scenario.Spec{CommonName: "ca", CA: true, NotBefore: time.Now().Add(-300 * day), NotAfter: time.Now().Add(-time.Hour)})
		current := scenario.Issue(scenario.Spec{CommonName: "ca", CA: true})
		h.item("credhub", "/ca", h.sight(current, inventory.Current), h.sight(old, inventory.Transitional))
		e := entry(h.view(), old)
		Expect(e.State).To(Equal(catalog.Expired))
		Expect(e.Severity).To(Equal(verdict.Warning))
	})

	It("shows an acknowledgement until its time", func() {
		h := new(hub).source("vault", "vault")
		pair := ending(-time.Hour)
		h.item("vault", "secret/api", h.sight(pair, inventory.Current))
		h.Acks = []inventory.Ack{{Certificate: inventory.IDOf(pair.Fingerprint()), Until: time.Now().Add(2 * time.Hour), Reason: "known", By: "ann"}}
		v := h.view()
		Expect(entry(v, pair).Acknowledged.By).To(Equal("ann"))
		Expect(v.Worst(10)).To(BeEmpty())
		Expect(entry(v.At(time.Now().Add(3*time.Hour)), pair).Acknowledged).To(BeNil())
	})
})

var _ = Describe("the sample", func() {
	It("has each state and each type of source", func() {
		v := sample.View(12)
		Expect(v.Summary().Counts).To(HaveLen(len(catalog.States())))
		Expect(v.Sources()).To(HaveLen(7))
		Expect(sample.View(0).List(catalog.Query{}).Total).To(BeZero())
	})
})
