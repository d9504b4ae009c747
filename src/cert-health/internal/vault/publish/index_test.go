package publish_test

import (
	"fmt"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/scenario"
	"cert-health/internal/vault/publication"
)

var _ = Describe("the index", func() {
	It("lists the own secret of a CA that is in 300 others, and is the same each time", func() {
		kv := server.Engine(2)
		ca := scenario.Issue(scenario.Spec{CommonName: "ca", CA: true})
		server.WriteSecret(kv, "zone/ca", ca.Safe())
		each(300, func(i int) {
			server.WriteSecret(kv, fmt.Sprintf("app-%03d/tls", i), map[string]any{"certificate": pair("x").CertPEM(), "ca": ca.CertPEM()})
		})
		Expect(publishAll(kv).Certificates).To(Equal(601))
		paths := indexed(kv, "", ca.Noun().IdentityDigest())
		Expect(paths).To(HaveLen(publication.MaxCopies))
		Expect(paths).To(ContainElement("zone/ca"))
		before := dump(kv, 2)
		for range 3 {
			Expect(publishAll(kv).IndexWrites).To(BeZero())
		}
		Expect(dump(kv, 2)).To(Equal(before))
	})

	It("exists for each path, also for one below another, and each secret is published once", func() {
		kv := server.Engine(2)
		inside, outside := puts(kv, "cf/a", 1)[0], puts(kv, "b", 1)[0]
		result := publishAll(kv, kv+"/cf", kv+"/", kv+"/cf/a")
		Expect(result.Secrets).To(Equal(2))
		Expect(result.Certificates).To(Equal(2))
		Expect(result.Changes).To(HaveLen(2))
		for _, directory := range []string{"", "cf", "cf/a"} {
			Expect(indexed(kv, directory, inside.Noun().IdentityDigest())).To(Equal([]string{"cf/a"}), directory)
		}
		Expect(indexed(kv, "", outside.Noun().IdentityDigest())).To(Equal([]string{"b"}))
		Expect(indexed(kv, "cf", outside.Noun().IdentityDigest())).To(BeEmpty())
	})

	It("reports a problem below two paths once, and keeps the secret in both indexes", func() {
		kv := server.Engine(2)
		shut := puts(kv, "cf/shut", 1)[0]
		puts(kv, "cf/open", 1)
		publishAll(kv, kv+"/cf")
		s := below(kv, kv+"/cf")
		s.token = server.LimitedToken(scenario.Allow(kv+"/metadata/", "list") + scenario.Allow(kv+"/metadata/*", "create", "read", "update", "list") + scenario.Allow(kv+"/data/*", "read") +
			scenario.Allow(kv+"/metadata/cf/shut", "deny"))
		result := s.run()
		Expect(result.Problems).To(HaveLen(1))
		Expect(result.Failed).To(Equal(1))
		for _, directory := range []string{"", "cf"} {
			Expect(indexed(kv, directory, shut.Noun().IdentityDigest())).To(Equal([]string{"cf/shut"}), directory)
		}
	})

	It("finds secrets of any name", func() {
		kv := server.Engine(2)
		pairs := map[string]*scenario.Pair{}
		for _, path := range []string{"a b/c%d", "ä/ö", "plus+", "-", "semi;colon", "a/-/b", "100%", "q?x=1", "#", "日本", "quote\"'", "cert-health/approle", "index", "0-of-1"} {
			pairs[path] = puts(kv, path, 1)[0]
		}
		result := publishAll(kv, kv+"/a b", kv+"/ä")
		Expect(result.Published).To(Equal(len(pairs)))
		for path, p := range pairs {
			Expect(indexed(kv, "", p.Noun().IdentityDigest())).To(Equal([]string{path}))
			Expect(prints(published(kv, path))).To(Equal([]string{print(p)}))
		}
		Expect(indexed(kv, "a b", pairs["a b/c%d"].Noun().IdentityDigest())).To(Equal([]string{"a b/c%d"}))
		Expect(publishAll(kv, kv+"/a b").Changes).To(BeEmpty())
	})

	It("reports a path that is too long", func() {
		kv := server.Engine(2)
		long := strings.Repeat("a/branch/of/a/long/name/", 10) + strings.Repeat("x", 250)
		p := puts(kv, long, 1)[0]
		puts(kv, "a", 1)
		result := below(kv).run()
		Expect(result.Problems).To(HaveLen(1))
		Expect(result.Problems[0].Reason).To(HavePrefix("its path is too long for the index"))
		Expect(prints(published(kv, long))).To(Equal([]string{print(p)}))
	})

	It("stops at the limit of secrets, reports it, and keeps the others in the index", func() {
		kv := server.Engine(2)
		var pairs []*scenario.Pair
		for i := range 6 {
			pairs = append(pairs, puts(kv, fmt.Sprint("secret-", i), 1)...)
		}
		publishAll(kv)
		s := below(kv)
		s.MaxSecrets = 3
		result := s.run()
		Expect(result.Secrets).To(Equal(3))
		Expect(result.Problems).To(HaveLen(1))
		Expect(result.Problems[0].Reason).To(ContainSubstring("cert_health.vault.max_secrets (3)"))
		Expect(indexed(kv, "", pairs[5].Noun().IdentityDigest())).To(Equal([]string{"secret-5"}))
		s.MaxSecrets = 6
		Expect(s.run().Problems).To(BeEmpty(), "what is our own does not count")
	})

	It("forgets a secret that was removed", func() {
		kv := server.Engine(2)
		p := puts(kv, "a", 1)[0]
		puts(kv, "b", 1)
		publishAll(kv)
		_, err := server.Client.Logical().Delete(kv + "/metadata/a")
		Expect(err).NotTo(HaveOccurred())
		Expect(publishAll(kv).IndexWrites).To(Equal(1))
		Expect(indexed(kv, "", p.Noun().IdentityDigest())).To(BeEmpty())
	})

	It("grows and shrinks with the secrets, and removes obsolete parts", func() {
		kv := server.Engine(2)
		write := func(from, to int) {
			each(to-from, func(i int) {
				server.WriteSecret(kv, fmt.Sprintf("group-%04d/with/a/longer/name/certificate", from+i), map[string]any{"c": pair(fmt.Sprint("leaf ", from+i)).CertPEM()})
			})
		}
		names := func() []any {
			listed, err := server.Client.Logical().List(kv + "/metadata/cert-health/index")
			Expect(err).NotTo(HaveOccurred())
			return listed.Data["keys"].([]any)
		}
		write(0, 100)
		publishAll(kv)
		Expect(names()).To(ConsistOf("-", "0-of-1"))
		write(100, 700)
		publishAll(kv)
		Expect(names()).To(ConsistOf("-", "0-of-4", "1-of-4", "2-of-4", "3-of-4"))
		each(600, func(i int) {
			_, err := server.Client.Logical().Delete(kv + fmt.Sprintf("/metadata/group-%04d/with/a/longer/name/certificate", 100+i))
			Expect(err).NotTo(HaveOccurred())
		})
		publishAll(kv)
		Expect(names()).To(ConsistOf("-", "0-of-1"))
	})
})
