package publish_test

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

var _ = Describe("a dry run", func() {
	for _, version := range []int{1, 2} {
		It("writes nothing, and prints what would be written", func() {
			kv := server.Engine(version)
			secret := func(path string, data map[string]any) {
				if version == 2 {
					server.WriteSecret(kv, path, data)
				} else {
					server.Write(kv+"/"+path, data)
				}
			}
			for _, path := range []string{"cf/old", "cf/same", "cf/removed"} {
				secret(path, pair(path).Safe())
			}
			publishAll(kv)
			secret("cf/old", pair("x").Safe())
			secret("cf/new", pair("y").Safe())
			_, err := server.Client.Logical().Delete(kv + map[int]string{1: "/cf/removed", 2: "/metadata/cf/removed"}[version])
			Expect(err).NotTo(HaveOccurred())

			before := dump(kv, version)
			g := newProxy(server)
			s := below(kv, kv+"/cf")
			s.DryRun, s.Prune, s.address = true, true, g.URL
			p := s.publisher()
			dry, err := p.Run(ctx)
			Expect(err).NotTo(HaveOccurred())
			Expect(dry.DryRun).To(BeTrue())
			Expect(g.writes()).To(BeEmpty())
			Expect(dump(kv, version)).To(Equal(before))
			Expect(p.Run(ctx)).To(HaveField("Changes", dry.Changes), "it takes nothing for done")

			s.DryRun = false
			wet := s.run()
			Expect(dry.Changes).To(Equal(wet.Changes))
			Expect(dry.IndexWrites).To(Equal(wet.IndexWrites))
			Expect(wet.Changes).To(HaveLen(map[int]int{1: 3, 2: 2}[version]))
			Expect(wet.Problems).To(BeEmpty())
		})
	}
})
