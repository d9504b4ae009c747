package publish_test

import (
	"fmt"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/scenario"
	"cert-health/internal/vault/publication"
	"cert-health/internal/vault/publish"
)

// puts writes n versions of a secret, each with a certificate of its own.
func puts(engine, path string, n int) []*scenario.Pair {
	GinkgoHelper()
	var pairs []*scenario.Pair
	for range n {
		pairs = append(pairs, pair(path))
		server.WriteSecret(engine, path, pairs[len(pairs)-1].Safe())
	}
	return pairs
}

var _ = Describe("versions", func() {
	It("publishes the history with the first publication", func() {
		kv := server.Engine(2)
		pairs := puts(kv, "a", 4)
		publishAll(kv)
		d := published(kv, "a")
		Expect(d.Version).To(Equal(4))
		Expect(prints(d)).To(Equal([]string{print(pairs[3])}))
		Expect(past(d)).To(Equal([]string{"3 " + print(pairs[2]), "2 " + print(pairs[1]), "1 " + print(pairs[0])}))
	})

	It("publishes the versions that were skipped between two runs", func() {
		kv := server.Engine(2)
		pairs := puts(kv, "a", 1)
		publishAll(kv)
		pairs = append(pairs, puts(kv, "a", 3)...)
		Expect(publishAll(kv).Changes).To(HaveLen(1))
		Expect(past(published(kv, "a"))).To(Equal([]string{"3 " + print(pairs[2]), "2 " + print(pairs[1]), "1 " + print(pairs[0])}))
	})

	It("keeps versions that Vault has removed", func() {
		kv := server.Engine(2)
		server.Write(kv+"/metadata/a", map[string]any{"max_versions": 2})
		var pairs []*scenario.Pair
		for range 6 {
			pairs = append(pairs, puts(kv, "a", 1)...)
			publishAll(kv)
		}
		Expect(metadata(kv, "a").Versions).To(HaveLen(2))
		Expect(past(published(kv, "a"))).To(HaveLen(5))
		Expect(past(published(kv, "a"))).To(ContainElement("1 " + print(pairs[0])))
	})

	It("publishes the older versions that Vault still has", func() {
		kv := server.Engine(2)
		server.Write(kv+"/metadata/a", map[string]any{"max_versions": 3})
		pairs := puts(kv, "a", 6)
		publishAll(kv)
		Expect(past(published(kv, "a"))).To(Equal([]string{"5 " + print(pairs[4]), "4 " + print(pairs[3])}))
	})

	It("reads no more older versions than it publishes", func() {
		kv := server.Engine(2)
		server.Write(kv+"/metadata/a", map[string]any{"max_versions": 100})
		puts(kv, "a", publication.MaxVersions+10)
		g := newProxy(server)
		s := below(kv)
		s.address = g.URL
		s.run()
		Expect(published(kv, "a").Older).To(HaveLen(publication.MaxVersions))
		reads := 0
		for _, request := range g.passed() {
			if request == "GET "+kv+"/data/a" {
				reads++
			}
		}
		Expect(reads).To(Equal(1 + publication.MaxVersions))
	})

	It("skips older versions that are deleted, destroyed or not readable", func() {
		kv := server.Engine(2)
		pairs := puts(kv, "a", 1)
		server.WriteSecret(kv, "a", map[string]any{"password": "x"})
		pairs = append(pairs, puts(kv, "a", 3)...)
		server.Write(kv+"/delete/a", map[string]any{"versions": []int{3}})
		server.Write(kv+"/destroy/a", map[string]any{"versions": []int{4}})
		publishAll(kv)
		Expect(past(published(kv, "a"))).To(Equal([]string{"1 " + print(pairs[0])}))
		Expect(prints(published(kv, "a"))).To(Equal([]string{print(pairs[3])}))
	})

	for _, how := range []string{"delete", "destroy"} {
		It("keeps the publication of a secret when it comes to "+how+" the current version", func() {
			kv := server.Engine(2)
			pairs := puts(kv, "a", 2)
			puts(kv, "b", 1)
			publishAll(kv)
			before := metadata(kv, "a").Custom
			server.Write(kv+"/"+how+"/a", map[string]any{"versions": []int{2}})
			result := publishAll(kv)
			Expect(result.Changes).To(BeEmpty())
			Expect(result.IndexWrites).To(BeZero())
			Expect(metadata(kv, "a").Custom).To(Equal(before))
			Expect(indexed(kv, "", pairs[0].Noun().IdentityDigest())).To(Equal([]string{"a"}))
			pairs = append(pairs, puts(kv, "a", 1)...)
			publishAll(kv)
			Expect(past(published(kv, "a"))).To(Equal([]string{"2 " + print(pairs[1]), "1 " + print(pairs[0])}))
		})
	}

	It("publishes a version that is newer than the publication, although the current one is deleted", func() {
		kv := server.Engine(2)
		pairs := puts(kv, "a", 1)
		publishAll(kv)
		pairs = append(pairs, puts(kv, "a", 2)...)
		server.Write(kv+"/delete/a", map[string]any{"versions": []int{3}})
		publishAll(kv)
		Expect(prints(published(kv, "a"))).To(Equal([]string{print(pairs[1])}))
		Expect(past(published(kv, "a"))).To(Equal([]string{"1 " + print(pairs[0])}))
	})

	It("publishes a version that was deleted when it is undeleted", func() {
		kv := server.Engine(2)
		pairs := puts(kv, "a", 2)
		server.Write(kv+"/delete/a", map[string]any{"versions": []int{2}})
		puts(kv, "b", 1)
		p := below(kv).publisher()
		run := func() int {
			GinkgoHelper()
			result, err := p.Run(ctx)
			Expect(err).NotTo(HaveOccurred())
			Expect(result.Problems).To(BeEmpty())
			return len(result.Changes)
		}
		Expect(run()).To(Equal(2))
		Expect(published(kv, "a").Version).To(Equal(1), "it shows what the secret is about")
		Expect(prints(published(kv, "a"))).To(Equal([]string{print(pairs[0])}))
		Expect(run()).To(BeZero())
		server.Write(kv+"/undelete/a", map[string]any{"versions": []int{2}})
		Expect(run()).To(Equal(1))
		Expect(prints(published(kv, "a"))).To(Equal([]string{print(pairs[1])}))
		Expect(past(published(kv, "a"))).To(Equal([]string{"1 " + print(pairs[0])}))
		server.Write(kv+"/delete/a", map[string]any{"versions": []int{2}})
		Expect(run()).To(BeZero())
		server.Write(kv+"/undelete/a", map[string]any{"versions": []int{2}})
		Expect(run()).To(BeZero())
	})

	It("treats a secret that was removed and created again as a new one", func() {
		kv := server.Engine(2)
		puts(kv, "a", 3)
		puts(kv, "b", 1)
		publishAll(kv)
		kept := map[string]any{}
		for key, value := range metadata(kv, "a").Custom {
			kept[key] = value
		}
		_, err := server.Client.Logical().Delete(kv + "/metadata/a")
		Expect(err).NotTo(HaveOccurred())
		pairs := puts(kv, "a", 2)
		server.Write(kv+"/metadata/a", map[string]any{"custom_metadata": kept}) // as a backup of metadata would
		publishAll(kv)
		d := published(kv, "a")
		Expect(d.Version).To(Equal(2))
		Expect(prints(d)).To(Equal([]string{print(pairs[1])}))
		Expect(past(d)).To(Equal([]string{"1 " + print(pairs[0])}))
	})

	It("skips a secret that has metadata and no version", func() {
		kv := server.Engine(2)
		server.Write(kv+"/metadata/a", map[string]any{"max_versions": 3})
		puts(kv, "b", 1)
		result := publishAll(kv)
		Expect(result.Secrets).To(Equal(2))
		Expect(metadata(kv, "a").Custom).To(BeEmpty())
	})

	It("does not confuse a version that is written during the run with the one that it has read", func() {
		kv := server.Engine(2)
		pairs := puts(kv, "a", 1)
		g := newProxy(server)
		g.watch(func(method, path string) int {
			if method == "GET" && path == kv+"/data/a" && len(pairs) == 1 {
				pairs = append(pairs, puts(kv, "a", 2)...)
			}
			return 0
		})
		s := below(kv)
		s.address = g.URL
		s.run()
		Expect(published(kv, "a").Version).To(Equal(1))
		s.run()
		Expect(past(published(kv, "a"))).To(Equal([]string{"2 " + print(pairs[1]), "1 " + print(pairs[0])}))
	})

	// meanwhile publishes while something is removed before the first request of a
	// method at a path.
	meanwhile := func(kv, request, removed string) *publish.Result {
		GinkgoHelper()
		g := newProxy(server)
		g.watch(func(method, path string) int {
			if method+" "+path == request {
				_, err := server.Client.Logical().Delete(removed)
				Expect(err).NotTo(HaveOccurred())
			}
			return 0
		})
		s := below(kv)
		s.address = g.URL
		return s.run()
	}
	names := func(kv string) any {
		GinkgoHelper()
		listed, err := server.Client.Logical().List(kv + "/metadata")
		Expect(err).NotTo(HaveOccurred())
		return listed.Data["keys"]
	}

	It("publishes no version that is deleted during the run", func() {
		kv := server.Engine(2)
		pairs := puts(kv, "a", 1)
		publishAll(kv)
		puts(kv, "a", 1)
		Expect(meanwhile(kv, "GET "+kv+"/data/a", kv+"/data/a").Problems).To(BeEmpty())
		Expect(prints(published(kv, "a"))).To(Equal([]string{print(pairs[0])}))
	})

	for _, at := range []string{"GET %s/metadata/a", "GET %s/data/a", "PATCH %s/metadata/a"} {
		It("accepts that a secret is removed, and does not create it again: before "+strings.Fields(at)[0], func() {
			kv := server.Engine(2)
			puts(kv, "a", 1)
			puts(kv, "b", 1)
			result := meanwhile(kv, fmt.Sprintf(at, kv), kv+"/metadata/a")
			Expect(result.Problems).To(BeEmpty())
			Expect(result.Published).To(Equal(1))
			Expect(names(kv)).To(ConsistOf("b", "cert-health/"))
		})
	}
})
