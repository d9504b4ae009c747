package publish_test

import (
	"fmt"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/scenario"
	"cert-health/internal/vault/publication"
)

// overwrite puts custom metadata in place of a secret's.
func overwrite(engine, path string, custom map[string]string) {
	GinkgoHelper()
	server.Write(engine+"/metadata/"+path, map[string]any{"custom_metadata": custom})
}

var _ = Describe("a damaged publication", func() {
	var (
		kv    string
		whole map[string]string // what is published of the secret "a"
	)
	BeforeEach(func() {
		kv = server.Engine(2)
		for range 3 {
			bundle := ""
			for i := range 8 {
				bundle += scenario.Issue(scenario.Spec{CommonName: fmt.Sprint("ca ", i), CA: true}).CertPEM()
			}
			server.WriteSecret(kv, "a", map[string]any{"ca": bundle})
		}
		puts(kv, "b", 1)
		publishAll(kv)
		whole = metadata(kv, "a").Custom
		Expect(len(whole)).To(BeNumerically(">", 3))
	})

	// heals publishes again and expects all to be as it was.
	heals := func(custom map[string]string) {
		GinkgoHelper()
		overwrite(kv, "a", custom)
		Expect(publishAll(kv).Changes).To(HaveLen(1))
		Expect(metadata(kv, "a").Custom).To(Equal(whole))
		Expect(publishAll(kv).Changes).To(BeEmpty())
	}
	without := func(key string) map[string]string {
		custom := map[string]string{}
		for k, v := range whole {
			if k != key {
				custom[k] = v
			}
		}
		return custom
	}
	with := func(key, value string) map[string]string {
		custom := without(key)
		custom[key] = value
		return custom
	}

	It("is repaired by the next run: removed", func() { heals(map[string]string{}) })
	It("is repaired by the next run: its first key lost", func() { heals(without("cert-health.0")) })
	It("is repaired by the next run: its second key lost", func() { heals(without("cert-health.1")) })
	It("is repaired by the next run: its last key lost", func() { heals(without(fmt.Sprintf("cert-health.%d", len(whole)-1))) })
	It("is repaired by the next run: a key overwritten", func() { heals(with("cert-health.1", "oops")) })
	It("is repaired by the next run: keys swapped", func() {
		custom := with("cert-health.1", whole["cert-health.2"])
		custom["cert-health.2"] = whole["cert-health.1"]
		heals(custom)
	})
	It("is repaired by the next run: another format", func() { heals(with("cert-health.0", "99 zz")) })
	It("is repaired by the next run: too many keys", func() {
		heals(with(fmt.Sprintf("cert-health.%d", len(whole)), "more"))
		heals(with("cert-health.x", "more"))
	})

	It("is repaired even if no secret has changed", func() {
		p := below(kv).publisher()
		_, err := p.Run(ctx)
		Expect(err).NotTo(HaveOccurred())
		overwrite(kv, "a", without("cert-health.2"))
		result, err := p.Run(ctx)
		Expect(err).NotTo(HaveOccurred())
		Expect(result.Changes).To(HaveLen(1))
		Expect(metadata(kv, "a").Custom).To(Equal(whole))
	})

	It("is replaced if it is forged for a secret without certificates", func() {
		server.WriteSecret(kv, "password", map[string]any{"password": "x"})
		overwrite(kv, "password", metadata(kv, "b").Custom)
		Expect(publishAll(kv).Changes).To(ConsistOf(And(HaveField("Path", kv+"/password"), HaveField("Removed", true))))
		Expect(metadata(kv, "password").Custom).To(BeEmpty())
	})

	It("is replaced if it is forged for another certificate", func() {
		overwrite(kv, "b", whole)
		publishAll(kv)
		Expect(published(kv, "b").Entries).To(HaveLen(1))
	})

	for name, head := range map[string]map[string]string{
		"wiped": {}, "garbage": {"cert-health.0": "x;y"}, "of another format": {"cert-health.0": "2 index 1"},
		"of far too many parts": {"cert-health.0": "1 index 4097"}, "of parts that are not there": {"cert-health.0": "1 index 8"},
	} {
		It("is an index whose head is "+name, func() {
			id := published(kv, "b").Entries[0].IdentityDigest
			overwrite(kv, publication.IndexPath(""), head)
			Expect(publishAll(kv).IndexWrites).To(Equal(1))
			Expect(indexed(kv, "", id)).To(Equal([]string{"b"}))
		})
	}

	It("in the index is reported, and the rest of the index is kept", func() {
		id, part := published(kv, "b").Entries[0].IdentityDigest, publication.PartPath("", 1, 0)
		overwrite(kv, part, map[string]string{"cert-health.0": "1 part AAAA;../../etc ..;" + strings.Repeat("x", 300)})
		s := below(kv)
		s.token = server.LimitedToken(scenario.Allow(kv+"/metadata/", "list") + scenario.Allow(kv+"/metadata/*", "create", "read", "update", "list") + scenario.Allow(kv+"/data/*", "read") +
			scenario.Allow(kv+"/metadata/b", "deny"))
		result := s.run()
		Expect(result.Problems).To(HaveLen(2))
		Expect(result.Problems[1].Reason).To(Equal("the index entries of secrets that could not be read are lost: a part of the index is damaged: run `cert-health publish` again"))
		Expect(indexed(kv, "", id)).To(BeEmpty())
		Expect(publishAll(kv).IndexWrites).To(Equal(1))
		Expect(indexed(kv, "", id)).To(Equal([]string{"b"}))
	})
})
