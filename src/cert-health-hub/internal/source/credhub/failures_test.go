package credhub_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/hub/internal/inventory"
	"cert-health/hub/internal/source/sourcetest"
	store "cert-health/hub/internal/standin/credhub"
	"cert-health/internal/scenario"
	"cert-health/internal/secret"
)

func storeCertificate(ca *scenario.Pair, guid string) *scenario.Pair {
	return store.ClientCertificate(scenario.Spec{CommonName: "app", Issuer: ca}, guid)
}

var _ = Describe("a log-in that fails", func() {
	fails := func(ctx context.Context, r *rig, says string) {
		_, err := r.collect(ctx)
		ExpectWithOffset(1, err).To(MatchError(says))
		_, again := r.collect(ctx)
		ExpectWithOffset(1, again).To(MatchError(err.Error()), "the same sentence each time")
	}

	It("names the setting to correct", func(ctx context.Context) {
		r := start()
		r.options.ClientSecret = secret.New("another-s3cr3t")
		fails(ctx, r, "UAA refuses the log-in (401): correct client_id and client_secret of this source")
		r = start()
		r.options.ClientID = "half"
		fails(ctx, r, "CredHub does not permit this (403): the client needs both scopes, credhub.read and credhub.write")
		r = start()
		r.options.CACert = r.options.CACert + ".other"
		Expect(os.WriteFile(r.options.CACert, []byte(scenario.Issue(scenario.Spec{CA: true}).CertPEM()), 0o600)).To(Succeed())
		fails(ctx, r, "the certificate of CredHub is signed by an unknown CA: set ca_cert of this source to a file with this CA")
		r = start()
		r.present(scenario.Issue(scenario.Spec{CommonName: "x", Client: true, Issuer: r.ca}))
		fails(ctx, r, "CredHub refuses the client certificate (401): it needs the extended key usage clientAuth, an organizational unit app:UUID, and a CA that CredHub trusts")
		r = start()
		r.server.Close()
		fails(ctx, r, "CredHub refuses connections: check that it runs, and address of this source")
	})

	It("does not send the secret to a UAA without TLS", func(ctx context.Context) {
		r := start()
		r.on("/info", func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, `{"auth-server":{"url":"http://uaa.invalid"}}`)
		})
		fails(ctx, r, "the address of UAA that CredHub names does not begin with https://: correct it there")
		r.on("/info", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{}`) })
		fails(ctx, r, "the server at the address of this source does not name a UAA, as CredHub does: correct address")
	})

	It("gets a new token when the old one ends or is not accepted in the middle", func(ctx context.Context) {
		r := start()
		for i := range 5 {
			r.generate(fmt.Sprintf("/x%d", i), "", scenario.Spec{})
		}
		var first, second atomic.Bool
		r.on("/api/v1/data/", func(w http.ResponseWriter, _ *http.Request) {
			if !first.Swap(true) {
				r.uaa.EndTokens()
			} else if !second.Swap(true) {
				w.WriteHeader(http.StatusUnauthorized)
				fmt.Fprint(w, `{"error":"invalid_token","error_description":"s3cr3t"}`)
			}
		})
		Expect(r.collected(ctx).Unseen).To(BeEmpty())
		Expect(r.memory.Items).To(HaveLen(7))
		Expect(r.uaa.Issued()).To(BeNumerically(">=", 2))
	})
})

var _ = Describe("a CredHub that fails", func() {
	for _, failure := range sourcetest.Failures("CredHub") {
		It(failure.Name+" at once: nothing is known", func(ctx context.Context) {
			r := start()
			r.server.Instead(failure.Answer)
			_, err := r.collect(ctx)
			Expect(err).To(MatchError(ContainSubstring(failure.Says)))
			r.on("/api/v1/certificates", failure.Answer)
			_, err = r.collect(ctx)
			Expect(err).To(MatchError(ContainSubstring(failure.Says)))
		})

		It(failure.Name+" in the middle: what was not seen stays", func(ctx context.Context) {
			r := start()
			r.options.Concurrency = 1
			for i := range 13 {
				r.generate(fmt.Sprintf("/x%02d", i), "", scenario.Spec{})
			}
			r.collected(ctx)
			for i := range 12 {
				r.generate(fmt.Sprintf("/x%02d", i), "", scenario.Spec{})
			}
			before := r.server.Requests()
			r.on("/api/v1/data/", failure.Answer)
			c := r.collected(ctx)
			Expect(c.Unseen).To(HaveLen(12))
			Expect(c.Unseen[0].Reason).To(ContainSubstring(failure.Says))
			Expect(r.memory.Items).To(HaveLen(15))
			Expect(r.server.Requests() - before).To(BeNumerically("<=", 15))
			r.server.Instead(nil)
			Expect(r.collected(ctx).Unseen).To(BeEmpty())
		})
	}

	It("limits the rate: it is not asked again", func(ctx context.Context) {
		r := start()
		r.options.Concurrency = 1
		for i := range 12 {
			r.generate(fmt.Sprintf("/x%d", i), "", scenario.Spec{})
		}
		before := r.server.Requests()
		r.on("/api/v1/data/", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTooManyRequests) })
		_, err := r.collect(ctx)
		Expect(err).To(MatchError(HavePrefix("CredHub limits the rate")), "nothing was seen at all")
		Expect(r.server.Requests() - before).To(Equal(4))
	})

	It("is slow: the collection ends with its context", func(ctx context.Context) {
		r := start()
		ctx, cancel := context.WithCancel(ctx)
		r.on("/api/v1/certificates", func(_ http.ResponseWriter, request *http.Request) { cancel(); <-request.Context().Done() })
		_, err := r.collect(ctx)
		Expect(err).To(MatchError("the collection was interrupted"))
		ctx, cancel = context.WithTimeout(context.Background(), 100*time.Millisecond)
		defer cancel()
		r.on("/api/v1/certificates", func(_ http.ResponseWriter, request *http.Request) { <-request.Context().Done() })
		_, err = r.collect(ctx)
		Expect(err).To(MatchError("CredHub did not answer in time: check that it runs, or raise timeout of this source"))
	})

	It("lists more than the hub keeps", func(ctx context.Context) {
		r := start()
		r.on("/api/v1/certificates", func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, `{"certificates":[`+strings.Repeat("{},", 60_000)+`{}]}`)
		})
		_, err := r.collect(ctx)
		Expect(err).To(MatchError(ContainSubstring("too large")))
	})
})

var _ = Describe("a credential", func() {
	It("that is forbidden is not visible, as is a path", func(ctx context.Context) {
		r := start()
		r.generate("/a/one", "", scenario.Spec{})
		r.generate("/b/two", "", scenario.Spec{})
		r.collected(ctx)
		r.generate("/a/one", "", scenario.Spec{})
		r.on("/api/v1/data/", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotFound) })
		c := r.collected(ctx)
		Expect(c.Unseen).To(ConsistOf(And(HaveField("Path", "/a/one"), HaveField("Reason", HavePrefix("CredHub does not show this credential")))))
		r.server.Instead(nil)

		r.store.Forbid("uaa-client:hub", "/*")
		r.store.Permit("uaa-client:hub", "/a/*", "read")
		r.options.Paths = []string{"/a", "/b"}
		c = r.collected(ctx)
		Expect(c.Unseen).To(ConsistOf(And(HaveField("Path", "/b/"), HaveField("Reason", HavePrefix("CredHub shows nothing here")))))
		Expect(r.memory.Items).To(HaveKey("/b/two"), "it has not vanished")
	})

	It("that cannot be read does not stop the others", func(ctx context.Context) {
		r := start()
		r.generate("/good", "", scenario.Spec{})
		_, err := r.people().SetCredential("/broken", "certificate", map[string]string{"certificate": scenario.Armour("CERTIFICATE", []byte(strings.Repeat("no certificate ", 10)))})
		Expect(err).NotTo(HaveOccurred())
		_, err = r.people().SetCredential("/odd", "certificate", map[string]string{"certificate": "s"})
		Expect(err).NotTo(HaveOccurred())
		odd, err := r.people().GetCertificateMetadataByName("/odd")
		Expect(err).NotTo(HaveOccurred())
		r.on("/api/v1/data/"+odd.Versions[0].Id, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"value":["s3cr3t"]}`) })
		c := r.collected(ctx)
		Expect(r.memory.Items["/good"].Sightings).NotTo(BeEmpty())
		Expect(r.memory.Items["/broken"].Findings).To(ConsistOf(And(HaveField("Code", inventory.Code("unreadable")), HaveField("Message", HavePrefix("certificate: the certificate cannot be read: ")))))
		Expect(c.Unseen).To(ConsistOf(HaveField("Path", "/odd")))
		r.collected(ctx)
		Expect(r.memory.Items["/broken"].Findings).To(HaveLen(1))
	})

	It("may have any name", func(ctx context.Context) {
		r := start()
		names := []string{"/<script>alert(1)</script>", "/=cmd|' /C calc'!A0", "/\x1b[31mred", "/\u202egnp.exe", "/a\x00b", "/" + strings.Repeat("n", 1000), "/per%cent?&#"}
		for _, name := range names {
			r.generate(name, "", scenario.Spec{CommonName: "x"})
			_, err := r.people().SetCredential(name+"-v", "value", scenarioPEM())
			Expect(err).NotTo(HaveOccurred())
		}
		Expect(r.collected(ctx).Unseen).To(BeEmpty())
		Expect(r.memory.Items).To(HaveLen(2*len(names) + 2))
		for path, item := range r.memory.Items {
			Expect(item.Sightings).NotTo(BeEmpty(), path)
			Expect(path).NotTo(ContainSubstring("\x1b"))
			Expect(path).NotTo(ContainSubstring("\x00"))
			Expect(path).NotTo(ContainSubstring("\u202e"))
		}
	})
})

func scenarioPEM() string { return scenario.Issue(scenario.Spec{CommonName: "pasted"}).CertPEM() }
