package publish_test

import (
	"fmt"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/types"

	"cert-health/internal/scenario"
	"cert-health/internal/scenario/vaulttest"
)

// forbidden begins what Vault's refusal is told with.
const forbidden = "permission denied (403)"

// refused is a problem that was the policy's.
func refused(path, what string) types.GomegaMatcher {
	return And(HaveField("Path", path), HaveField("Reason", HavePrefix(what+": "+forbidden)))
}

var _ = Describe("the rights of the token", func() {
	It("needs only the rights of manifests/vault-policy-publisher.hcl", func() {
		kv := server.Engine(2)
		puts(kv, "cf/a", 2)
		tag(kv, "cf/a", 3)
		s := below(kv + "/cf")
		s.token = server.LimitedToken(vaulttest.Policy("vault-policy-publisher.hcl", kv, "cf"))
		result := s.run()
		Expect(result.Problems).To(BeEmpty())
		Expect(result.Published).To(Equal(1))
		for i := range 600 { // until the index has two parts, and the one that was is removed
			server.WriteSecret(kv, fmt.Sprintf("cf/group-%03d/certificate", i), map[string]any{"c": pair(fmt.Sprint("leaf ", i)).CertPEM()})
		}
		Expect(s.run().Problems).To(BeEmpty())
		listed, err := server.Client.Logical().List(kv + "/metadata/cert-health/index/cf")
		Expect(err).NotTo(HaveOccurred())
		Expect(listed.Data["keys"]).To(ConsistOf("-", "0-of-2", "1-of-2"))
	})

	It("names each secret that it may not read or write, with the missing right, and continues", func() {
		kv := server.Engine(2)
		for _, path := range []string{"good", "value", "metadata", "write"} {
			puts(kv, path, 1)
		}
		s := below(kv)
		rules := scenario.Allow(kv+"/metadata/", "list") + scenario.Allow(kv+"/metadata/*", "create", "read", "update", "list") + scenario.Allow(kv+"/data/*", "read") +
			scenario.Allow(kv+"/data/value", "deny") + scenario.Allow(kv+"/metadata/metadata", "deny") + scenario.Allow(kv+"/metadata/write", "read")
		s.token = server.LimitedToken(rules)
		result := s.run()
		Expect(result.Problems).To(HaveExactElements(
			refused(kv+"/metadata", "read its metadata"), refused(kv+"/value", "read its value"), refused(kv+"/write", "write its publication"),
		))
		Expect(result.Failed).To(Equal(3))
		Expect(result.Published).To(Equal(1))
		Expect(result.Changes).To(HaveLen(1), "what could not be written is not said to be")
	})

	It("fails if the token may not read anything", func() {
		kv := server.Engine(2)
		puts(kv, "a", 1)
		puts(kv, "b", 1)
		s := below(kv)
		s.token = server.LimitedToken(scenario.Allow(kv+"/metadata/*", "read", "list"))
		_, err := s.publisher().Run(ctx)
		Expect(err).To(MatchError(And(HavePrefix("nothing could be published: "+kv+"/a: read its value: "+forbidden), HaveSuffix(" (and 1 more)"))))
	})

	It("keeps the index entries of secrets that it may not read any more", func() {
		kv := server.Engine(2)
		shut, denied, moved := puts(kv, "shut/in", 1)[0], puts(kv, "denied", 1)[0], puts(kv, "moved", 1)[0]
		puts(kv, "open", 1)
		publishAll(kv)
		_, err := server.Client.Logical().Delete(kv + "/metadata/moved")
		Expect(err).NotTo(HaveOccurred())
		s := below(kv)
		rules := scenario.Allow(kv+"/metadata/", "list") + scenario.Allow(kv+"/metadata/*", "create", "read", "update", "list") + scenario.Allow(kv+"/data/*", "read")
		s.token = server.LimitedToken(rules + scenario.Allow(kv+"/metadata/shut/", "deny") + scenario.Allow(kv+"/metadata/denied", "deny"))
		for range 2 {
			result := s.run()
			Expect(result.Problems).To(HaveLen(2))
			Expect(indexed(kv, "", shut.Noun().IdentityDigest())).To(Equal([]string{"shut/in"}))
			Expect(indexed(kv, "", denied.Noun().IdentityDigest())).To(Equal([]string{"denied"}))
			Expect(indexed(kv, "", moved.Noun().IdentityDigest())).To(BeEmpty(), "its directory was listed without it")
		}
		Expect(s.run().IndexWrites).To(BeZero())
	})

	It("reports that it may not write the index, and publishes the secrets", func() {
		kv := server.Engine(2)
		puts(kv, "a", 1)
		s := below(kv)
		s.token = server.LimitedToken(scenario.Allow(kv+"/metadata/", "list") + scenario.Allow(kv+"/metadata/*", "create", "read", "update", "list") + scenario.Allow(kv+"/data/*", "read") +
			scenario.Allow(kv+"/metadata/cert-health/index/*", "read"))
		result := s.run()
		Expect(result.Problems).To(HaveExactElements(refused(kv+"/cert-health/index/-", "write the index")))
		Expect(result.Changes).To(HaveLen(1))
		Expect(result.IndexWrites).To(BeZero())
	})
})
