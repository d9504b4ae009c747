package publish_test

import (
	"fmt"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/reference"
	"cert-health/internal/scenario"
	"cert-health/internal/vault/publication"
	"cert-health/internal/vault/publish"
)

var _ = Describe("Run", func() {
	It("publishes the public data of the certificates of each secret", func() {
		kv := server.Engine(2)
		ca := scenario.Issue(scenario.Spec{CommonName: "ca", CA: true})
		leaf := scenario.Issue(scenario.Spec{CommonName: "leaf", Issuer: ca})
		server.WriteSecret(kv, "cf/ca", ca.Safe())
		server.WriteSecret(kv, "cf/rep/tls", map[string]any{"cert": leaf.CertPEM() + ca.CertPEM(), "key": leaf.KeyPEM(), "user": "rep"})
		result := publishAll(kv)
		Expect(result.Secrets).To(Equal(2))
		Expect(result.Published).To(Equal(2))
		Expect(result.Certificates).To(Equal(3))
		Expect(result.Failed).To(BeZero())
		Expect(result.Changes).To(Equal([]publish.Change{
			{Path: kv + "/cf/ca", Version: 1, Certificates: 1}, {Path: kv + "/cf/rep/tls", Version: 1, Certificates: 2},
		}))
		Expect(result.IndexWrites).To(Equal(2))
		d := published(kv, "cf/rep/tls")
		Expect(d.Entries).To(HaveLen(2))
		Expect(d.Entries[0]).To(Equal(reference.Entry{Key: "cert", Summary: leaf.Noun().Summary()}))
		Expect(d.Entries[1]).To(Equal(reference.Entry{Key: "cert", Summary: ca.Noun().Summary()}))
		Expect(d.Created).To(BeTemporally("~", time.Now(), time.Minute))
		Expect(d.Older).To(BeEmpty())
	})

	It("publishes each version once, and writes nothing if nothing is new", func() {
		kv := server.Engine(2)
		first, second := pair("x"), pair("x")
		server.WriteSecret(kv, "a", first.Safe())
		server.WriteSecret(kv, "b/c", pair("y").Safe())
		publishAll(kv)
		before := dump(kv, 2)
		g := newProxy(server)
		s := below(kv)
		s.address = g.URL
		again := s.run()
		Expect(again.Changes).To(BeEmpty())
		Expect(again.IndexWrites).To(BeZero())
		Expect(g.writes()).To(BeEmpty())
		Expect(dump(kv, 2)).To(Equal(before))

		server.WriteSecret(kv, "a", second.Safe())
		renewed := s.run()
		Expect(renewed.Changes).To(Equal([]publish.Change{{Path: kv + "/a", Version: 2, Certificates: 1}}))
		Expect(renewed.IndexWrites).To(BeZero(), "the identity is the same")
		Expect(g.writes()).To(Equal([]string{"PATCH " + kv + "/metadata/a"}))
		d := published(kv, "a")
		Expect(prints(d)).To(Equal([]string{print(second)}))
		Expect(past(d)).To(Equal([]string{"1 " + print(first)}))
	})

	It("reads each secret once, until Forget", func() {
		kv := server.Engine(2)
		for i := range 10 {
			server.WriteSecret(kv, fmt.Sprint(i), pair("x").Safe())
		}
		p := below(kv).publisher()
		first, err := p.Run(ctx)
		Expect(err).NotTo(HaveOccurred())
		second, err := p.Run(ctx)
		Expect(err).NotTo(HaveOccurred())
		// Lists of two directories, metadata of ten secrets, and the index: its head twice
		// and its part.
		Expect(second.Requests).To(Equal(2 + 10 + 3))
		Expect(first.Requests).To(BeNumerically(">", second.Requests))
		server.WriteSecret(kv, "3", pair("x").Safe())
		third, err := p.Run(ctx)
		Expect(err).NotTo(HaveOccurred())
		Expect(third.Requests).To(Equal(second.Requests+2), "a read and a write")
		p.Forget()
		fourth, err := p.Run(ctx)
		Expect(err).NotTo(HaveOccurred())
		Expect(fourth.Requests).To(Equal(second.Requests + 10))
	})

	It("does not change a secret that has never contained a certificate", func() {
		kv := server.Engine(2)
		server.WriteSecret(kv, "password", map[string]any{"password": "x"})
		server.WriteSecret(kv, "certificate", pair("x").Safe())
		result := publishAll(kv)
		Expect(result.Secrets).To(Equal(2))
		Expect(result.Published).To(Equal(1))
		Expect(metadata(kv, "password").Custom).To(BeEmpty())
	})

	It("keeps the older versions of a secret that has no certificates any more", func() {
		kv := server.Engine(2)
		old := pair("x")
		server.WriteSecret(kv, "a", old.Safe())
		publishAll(kv)
		server.WriteSecret(kv, "a", map[string]any{"password": "x"})
		result := publishAll(kv)
		Expect(result.Changes).To(Equal([]publish.Change{{Path: kv + "/a", Version: 2}}))
		Expect(result.Published).To(BeZero())
		d := published(kv, "a")
		Expect(d.Version).To(Equal(2))
		Expect(d.Entries).To(BeEmpty())
		Expect(past(d)).To(Equal([]string{"1 " + print(old)}))
		Expect(publishAll(kv).Changes).To(BeEmpty())
		Expect(indexed(kv, "", old.Noun().IdentityDigest())).To(Equal([]string{"a"}))
	})

	It("omits only the key with a damaged certificate", func() {
		kv := server.Engine(2)
		good := pair("x")
		server.WriteSecret(kv, "a", map[string]any{"ca": pair("y").CertPEM()[:200], "certificate": good.CertPEM()})
		server.WriteSecret(kv, "b", pair("z").Safe())
		p := below(kv).publisher()
		for range 2 { // a broken certificate is reported each time
			result, err := p.Run(ctx)
			Expect(err).NotTo(HaveOccurred())
			Expect(result.Problems).To(Equal([]publish.Problem{{Path: kv + "/a", Reason: `its key "ca" contains a certificate that cannot be read: its END line is missing`}}))
			Expect(result.Published).To(Equal(2))
			Expect(result.Failed).To(Equal(1))
		}
		Expect(prints(published(kv, "a"))).To(Equal([]string{print(good)}))
		server.WriteSecret(kv, "a", good.Safe())
		result, err := p.Run(ctx)
		Expect(err).NotTo(HaveOccurred())
		Expect(result.Problems).To(BeEmpty(), "a broken certificate in an older version cannot be fixed")
	})

	It("publishes a bundle of 140 CAs, and its successor", func() {
		kv := server.Engine(2)
		bundle := func() (text string) {
			for i := range 140 {
				text += scenario.Issue(scenario.Spec{CommonName: fmt.Sprint("ca ", i), CA: true}).CertPEM()
			}
			return text
		}
		for version := range 3 {
			server.WriteSecret(kv, "trusted", map[string]any{"bundle": bundle()})
			publishAll(kv)
			d := published(kv, "trusted")
			Expect(d.Version).To(Equal(version + 1))
			Expect(d.Entries).To(HaveLen(140))
		}
		Expect(published(kv, "trusted").Older).To(HaveLen(1), "there is no room for more")
		Expect(len(metadata(kv, "trusted").Custom)).To(BeNumerically("<=", publication.MaxValues-16))
	})

	It("reports its progress", func() {
		kv := server.Engine(2)
		for i := range 5 {
			server.WriteSecret(kv, fmt.Sprint(i), pair("x").Safe())
		}
		var steps []int
		s := below(kv)
		s.Progress = func(secrets int) { steps = append(steps, secrets) }
		s.run()
		Expect(steps).To(Equal([]int{1, 2, 3, 4, 5}))
	})

	It("reports an empty path, and fails if there is no other path", func() {
		kv := server.Engine(2)
		server.WriteSecret(kv, "a", pair("x").Safe())
		result := below(kv, kv+"/mistyped", "sys/policies").run()
		Expect(result.Published).To(Equal(1))
		Expect(result.Problems).To(ConsistOf(
			publish.Problem{Path: kv + "/mistyped", Reason: "there is nothing at this path"},
			HaveField("Path", "sys/policies"),
		))
		_, err := below(kv + "/mistyped").publisher().Run(ctx)
		Expect(err).To(MatchError("nothing could be published: " + kv + "/mistyped: there is nothing at this path"))
		s := below(kv)
		s.token = "hvs.wrong"
		_, err = s.publisher().Run(ctx)
		Expect(err).To(MatchError(ContainSubstring("Vault does not know the token (403)")))
		Expect(err).NotTo(MatchError(ContainSubstring("hvs.wrong")))
	})
})
