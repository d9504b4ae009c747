package publish_test

import (
	"fmt"
	"sync"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/vault/publish"
)

var _ = Describe("a thousand secrets", func() {
	const secrets, directories = 1000, 20

	// fill writes the secrets, fifty in each directory.
	fill := func(kv string) {
		each(secrets, func(i int) {
			server.WriteSecret(kv, fmt.Sprintf("group-%02d/cert-%04d", i%directories, i), pair(fmt.Sprint("leaf ", i)).Safe())
		})
	}

	It("sends three requests for each secret at first, two if nothing is new, and one with --watch", func() {
		kv := server.Engine(2)
		fill(kv)
		p := below(kv).publisher()
		first, err := p.Run(ctx)
		Expect(err).NotTo(HaveOccurred())
		Expect(first.Published).To(Equal(secrets))
		Expect(first.Changes).To(HaveLen(secrets))
		parts := first.IndexWrites - 1
		Expect(parts).To(Equal(2))
		// One request for the token and one for the mount; one list of the engine and of each
		// directory. Three requests for each document of the index: it is read, it cannot be
		// patched, and it is written. Its head is read once more.
		around := 2 + 1 + directories
		Expect(first.Requests).To(Equal(around + 3*secrets + 3*(parts+1) + 1))
		again := below(kv).run()
		Expect(again.Requests).To(Equal(around + 1 + 2*secrets + parts + 2))
		remembered, err := p.Run(ctx)
		Expect(err).NotTo(HaveOccurred())
		Expect(remembered.Requests).To(Equal(1 + directories + 1 + secrets + parts + 2))
		for _, result := range []*publish.Result{again, remembered} {
			Expect(result.Published).To(Equal(secrets))
			Expect(result.Changes).To(BeEmpty())
			Expect(result.IndexWrites).To(BeZero())
			Expect(result.Problems).To(BeEmpty())
		}
	})

	It("can be published by two publishers at the same time", func() {
		kv := server.Engine(2)
		fill(kv)
		var group sync.WaitGroup
		for range 2 {
			group.Go(func() {
				defer GinkgoRecover()
				Expect(below(kv).run().Problems).To(BeEmpty())
			})
		}
		group.Wait()
		before := dump(kv, 2)
		Expect(publishAll(kv).Changes).To(BeEmpty())
		Expect(dump(kv, 2)).To(Equal(before))
	})

	It("can be renewed while two publishers run, and are complete after the next run", func() {
		kv := server.Engine(2)
		each(100, func(i int) { puts(kv, fmt.Sprint(i), 1) })
		var group sync.WaitGroup
		for range 2 {
			group.Go(func() {
				defer GinkgoRecover()
				for range 3 {
					Expect(below(kv).run().Problems).To(BeEmpty())
				}
			})
		}
		for range 3 {
			each(100, func(i int) { puts(kv, fmt.Sprint(i), 1) })
		}
		group.Wait()
		publishAll(kv)
		for i := range 100 {
			d := published(kv, fmt.Sprint(i))
			Expect(d.Version).To(Equal(4))
			Expect(past(d)).To(HaveLen(3))
		}
		Expect(publishAll(kv).Changes).To(BeEmpty())
	})
})
