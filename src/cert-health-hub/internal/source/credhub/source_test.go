package credhub_test

import (
	"context"
	"net/http"
	"os"
	"time"

	official "code.cloudfoundry.org/credhub-cli/credhub"
	"code.cloudfoundry.org/credhub-cli/credhub/auth"
	"code.cloudfoundry.org/credhub-cli/credhub/credentials/values"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/hub/internal/inventory"
	"cert-health/internal/cert"
	"cert-health/internal/scenario"
)

// people is the official client, with which people change credentials.
func (r *rig) people() *official.CredHub {
	ch, err := official.New(r.options.Address, official.CaCerts(r.ca.CertPEM()), official.Auth(auth.UaaClientCredentials("hub", clientSecret)))
	Expect(err).NotTo(HaveOccurred())
	return ch
}

func (r *rig) change(method, path string, body any) {
	response, err := r.people().Request(method, path, nil, body, true)
	Expect(err).NotTo(HaveOccurred())
	Expect(response.Body.Close()).To(Succeed())
}

func idOf(pair *scenario.Pair) inventory.ID { return inventory.IDOf(pair.Fingerprint()) }

// states are the states of a certificate at a path, by place.
func (r *rig) states(path string, id inventory.ID) map[string]inventory.State {
	states := map[string]inventory.State{}
	for _, s := range r.memory.Items[path].Sightings {
		if s.Certificate == id {
			states[s.Place] = s.State
		}
	}
	return states
}

var _ = Describe("a collection", func() {
	It("finds certificates in credentials of every type that holds some, and the servers' own", func(ctx context.Context) {
		r := start()
		root := r.generate("/cf/ca", "", scenario.Spec{CA: true})
		leaf := r.generate("/cf/leaf", "/cf/ca", scenario.Spec{})
		pasted := scenario.Issue(scenario.Spec{CommonName: "pasted"})
		ch := r.people()
		for name, kind := range map[string]string{"/cf/value": "value", "/cf/password": "password"} {
			_, err := ch.SetCredential(name, kind, pasted.CertPEM()+pasted.KeyPEM())
			Expect(err).NotTo(HaveOccurred())
		}
		_, err := ch.SetJSON("/cf/json", values.JSON{"tls": map[string]any{"certs": []any{pasted.CertPEM()}, "key": pasted.KeyPEM()}})
		Expect(err).NotTo(HaveOccurred())
		_, err = ch.SetUser("/cf/user", values.User{Username: "u", Password: pasted.CertPEM()})
		Expect(err).NotTo(HaveOccurred())

		c := r.collected(ctx)
		Expect(c.Unseen).To(BeEmpty())
		Expect(r.memory.Items).To(HaveLen(8))
		Expect(r.states("/cf/ca", idOf(root))).To(Equal(map[string]inventory.State{"certificate": inventory.Current}))
		Expect(r.states("/cf/leaf", idOf(leaf))).To(Equal(map[string]inventory.State{"certificate": inventory.Current}))
		Expect(r.states("/cf/leaf", idOf(root))).To(Equal(map[string]inventory.State{"ca": inventory.Current}))
		Expect(r.states("/cf/value", idOf(pasted))).To(HaveKey("value"))
		Expect(r.states("/cf/json", idOf(pasted))).To(HaveKey("tls.certs[0]"))
		Expect(r.states("/cf/user", idOf(pasted))).To(HaveKey("password"))
		Expect(r.memory.Items["/cf/password"].Sightings).To(BeEmpty(), "its type holds no certificate")
		Expect(r.memory.Items["/cf/leaf"]).To(And(HaveField("Kind", "certificate"), HaveField("Details", ConsistOf(inventory.Detail{Name: "signed by", Value: "/cf/ca"}))))
		Expect(r.memory.Items["/cf/leaf"].Sightings[0].Since).To(BeTemporally("~", r.now.Add(-time.Hour), time.Second))
		for _, server := range []string{r.server.URL, r.tokens.URL} {
			Expect(r.memory.Items["endpoint "+server[len("https://"):]].Kind).To(Equal("endpoint"))
		}
		Expect(r.states("endpoint "+r.server.URL[len("https://"):], idOf(r.server.Own))).To(HaveKey(""))
		Expect(c.Requests).To(Equal(10), "a log-in, two lists and six values")
	})

	It("reads a value once, and again after a change", func(ctx context.Context) {
		r := start()
		r.generate("/ca", "", scenario.Spec{CA: true})
		r.generate("/leaf", "/ca", scenario.Spec{})
		_, err := r.people().SetValue("/value", "nothing")
		Expect(err).NotTo(HaveOccurred())
		first := r.collected(ctx)
		reads := r.store.Reads()
		Expect(reads).To(Equal(3))

		second := r.collected(ctx)
		Expect(r.store.Reads()).To(Equal(reads))
		Expect(second.Items).To(ConsistOf(first.Items))

		renewed := r.generate("/leaf", "/ca", scenario.Spec{CommonName: "leaf"})
		r.collected(ctx)
		Expect(r.store.Reads()).To(Equal(reads+1), "the new version only")
		Expect(r.states("/leaf", idOf(renewed))).To(HaveKeyWithValue("certificate", inventory.Current))
		Expect(r.memory.Items["/leaf"].Sightings).To(ContainElement(HaveField("State", inventory.Previous)))

		Expect(r.people().Delete("/leaf")).To(Succeed())
		r.collected(ctx)
		Expect(r.memory.Items).NotTo(HaveKey("/leaf"))
	})

	It("reads a value again that is so young that it may have changed within the second", func(ctx context.Context) {
		r := start()
		_, err := r.people().SetValue("/value", "nothing")
		Expect(err).NotTo(HaveOccurred())
		r.now = r.now.Add(-time.Hour)
		r.collected(ctx)
		Expect(r.memory.Items["/value"].Version).To(BeEmpty())
	})

	It("keeps the CA that signs apart from its successor, and knows the old one while it is trusted", func(ctx context.Context) {
		r := start()
		old := r.generate("/ca", "", scenario.Spec{CA: true, NotAfter: time.Now().AddDate(0, 0, 5)})
		r.generate("/leaf", "/ca", scenario.Spec{})
		r.collected(ctx)
		list, err := r.people().GetCertificateMetadataByName("/ca")
		Expect(err).NotTo(HaveOccurred())
		path := "/api/v1/certificates/" + list.Id
		r.change(http.MethodPost, path+"/regenerate", map[string]any{"set_as_transitional": true, "duration": 365})
		r.collected(ctx)
		Expect(r.states("/ca", idOf(old))).To(HaveKeyWithValue("certificate", inventory.Current), "it ends in five days and signs")
		sightings := r.memory.Items["/ca"].Sightings
		Expect(sightings).To(HaveLen(2))
		Expect(sightings[0].State).To(Equal(inventory.Transitional))
		Expect(r.memory.Items["/leaf"].Sightings).To(ContainElement(And(HaveField("Place", "ca"), HaveField("Certificate", sightings[0].Certificate))), "both CAs are handed out")

		reads := r.store.Reads()
		r.change(http.MethodPut, path+"/update_transitional_version", map[string]any{"version": list.Versions[0].Id})
		r.collected(ctx)
		Expect(r.store.Reads()).To(Equal(reads+1), "the new version of the leaf, and nothing of the CA")
		Expect(r.states("/ca", idOf(old))).To(HaveKeyWithValue("certificate", inventory.Transitional))
		r.change(http.MethodPut, path+"/update_transitional_version", map[string]any{"version": nil})
		r.collected(ctx)
		Expect(r.states("/ca", idOf(old))).To(HaveKeyWithValue("certificate", inventory.Previous))
	})

	It("looks below its paths only, and not at what is excluded", func(ctx context.Context) {
		r := start()
		for _, name := range []string{"/a/one", "/a/not/two", "/ab/three"} {
			r.generate(name, "", scenario.Spec{})
		}
		r.options.Paths, r.options.Exclude = []string{"/a/"}, []string{"/a/not/**"}
		r.collected(ctx)
		Expect(r.memory.Items).To(And(HaveKey("/a/one"), HaveLen(3)), "with both endpoints")
	})

	It("logs in with a client certificate, and knows its end", func(ctx context.Context) {
		r := start()
		const guid = "8f4d1a5e-0000-4000-8000-000000000001"
		own := storeCertificate(r.ca, guid)
		r.store.Permit("mtls-app:"+guid, "/*", "read")
		r.generate("/leaf", "", scenario.Spec{})
		r.present(own)
		c := r.collected(ctx)
		Expect(r.memory.Items).To(HaveKey("/leaf"))
		Expect(r.uaa.Issued()).To(BeZero())
		Expect(c.Credentials).To(ConsistOf(And(
			HaveField("Name", "the hub's client certificate for CredHub, app"),
			HaveField("NotAfter", BeTemporally("==", own.X509.NotAfter)),
			HaveField("Certificate", cert.Fingerprint(own.Fingerprint())))))
	})

	It("lets the official client print nothing", func() {
		Expect(os.Setenv("CREDHUB_DEBUG", "true")).To(Succeed())
		start().source()
		_, set := os.LookupEnv("CREDHUB_DEBUG")
		Expect(set).To(BeFalse())
	})
})
