package publish_test

import (
	"fmt"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/scenario"
	"cert-health/internal/vault/publish"
)

// tag gives a secret custom metadata of somebody else.
func tag(engine, path string, keys int) map[string]string {
	GinkgoHelper()
	tags := map[string]string{}
	for i := range keys {
		tags[fmt.Sprintf("team-%d", i)] = fmt.Sprintf("value %d; of somebody", i)
	}
	server.Write(engine+"/metadata/"+path, map[string]any{"custom_metadata": tags})
	return tags
}

// foreign returns the custom metadata of a secret that belongs to other programs.
func foreign(engine, path string) map[string]string {
	GinkgoHelper()
	others := map[string]string{}
	for key, value := range metadata(engine, path).Custom {
		if !strings.HasPrefix(key, "cert-health.") {
			others[key] = value
		}
	}
	return others
}

var _ = Describe("the custom metadata of other programs", func() {
	for _, right := range []string{"patch", "update"} {
		It("does not change, with a token that has the capability "+right, func() {
			kv := server.Engine(2)
			puts(kv, "cf/a", 2)
			tags := tag(kv, "cf/a", 5)
			s := below(kv + "/cf")
			s.token = server.LimitedToken(scenario.Allow(kv+"/data/cf/*", "read") + scenario.Allow(kv+"/metadata/cf/*", "read", "list", right) +
				scenario.Allow(kv+"/metadata/cert-health/index/cf/*", "create", "read", "update"))
			g := newProxy(server)
			s.address = g.URL
			result := s.run()
			Expect(result.Problems).To(BeEmpty())
			Expect(foreign(kv, "cf/a")).To(Equal(tags))
			Expect(past(published(kv, "cf/a"))).To(HaveLen(1))
			Expect(g.writes()).To(ContainElement(map[string]string{"patch": "PATCH ", "update": "PUT "}[right] + kv + "/metadata/cf/a"))

			puts(kv, "cf/a", 1)
			tags["later"] = "yes"
			Expect(server.Client.KVv2(kv).PatchMetadata(ctx, "cf/a", patchOf(map[string]any{"later": "yes"}))).To(Succeed())
			Expect(s.run().Problems).To(BeEmpty())
			Expect(foreign(kv, "cf/a")).To(Equal(tags))
			Expect(published(kv, "cf/a").Version).To(Equal(3))
			before := dump(kv, 2)
			Expect(s.run().Changes).To(BeEmpty())
			Expect(dump(kv, 2)).To(Equal(before))
		})
	}

	It("is merged by Vault with concurrent changes", func() {
		kv := server.Engine(2)
		puts(kv, "a", 1)
		tags := tag(kv, "a", 1)
		g := newProxy(server)
		g.watch(func(method, path string) int {
			if method == "PATCH" && path == kv+"/metadata/a" {
				tags = tag(kv, "a", 3)
			}
			return 0
		})
		s := below(kv)
		s.address = g.URL
		s.run()
		Expect(tags).To(HaveLen(3))
		Expect(foreign(kv, "a")).To(Equal(tags))
		Expect(published(kv, "a").Version).To(Equal(1))
	})

	It("publishes beside 60 keys, and reports a problem beside too many", func() {
		kv := server.Engine(2)
		bundle := ""
		for i := range 10 {
			bundle += scenario.Issue(scenario.Spec{CommonName: fmt.Sprint("ca ", i), CA: true}).CertPEM()
		}
		tags := map[string]map[string]string{}
		for path, keys := range map[string]int{"fits": 60, "tight": 62, "small": 63, "full": 64} {
			server.WriteSecret(kv, path, map[string]any{"ca": bundle})
			if path == "small" {
				server.WriteSecret(kv, path, pair("x").Safe())
			}
			tags[path] = tag(kv, path, keys)
		}
		server.WriteSecret(kv, "none", pair("x").Safe())
		result := below(kv).run()
		Expect(result.Failed).To(Equal(1))
		Expect(result.Published).To(Equal(4))
		Expect(result.Problems).To(Equal([]publish.Problem{{Path: kv + "/full", Reason: "its 10 certificates need 2 of the 64 keys that Vault permits in custom_metadata, and other programs leave 0: remove keys of other programs"}}))
		for path, expected := range tags {
			Expect(foreign(kv, path)).To(Equal(expected), path)
		}
		Expect(published(kv, "tight").Entries).To(HaveLen(10))
		Expect(metadata(kv, "full").Custom).To(HaveLen(64))
		Expect(published(kv, "small").Older).To(BeEmpty(), "there is no room for ten certificates more")
	})

	It("removes older versions when another program needs the space", func() {
		kv := server.Engine(2)
		for range 10 {
			bundle := ""
			for i := range 40 {
				bundle += scenario.Issue(scenario.Spec{CommonName: fmt.Sprint("ca ", i), CA: true}).CertPEM()
			}
			server.WriteSecret(kv, "a", map[string]any{"ca": bundle})
		}
		publishAll(kv)
		ours := len(metadata(kv, "a").Custom)
		Expect(ours).To(BeNumerically(">", 40))
		Expect(ours).To(BeNumerically("<=", 48))
		tags := map[string]any{}
		for i := range 64 - ours {
			tags[fmt.Sprint("tag-", i)] = "x"
		}
		Expect(server.Client.KVv2(kv).PatchMetadata(ctx, "a", patchOf(tags))).To(Succeed())
		publishAll(kv)
		Expect(len(metadata(kv, "a").Custom)).To(BeNumerically("<=", 48))
	})
})
