package reference_test

import (
	"context"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/cert"
	"cert-health/internal/reference"
)

// busyFor is a store that is too busy to answer completely for one identity digest.
type busyFor struct {
	*store
	busyFor cert.IdentityDigest
}

func (o *busyFor) Find(ctx context.Context, identities map[cert.IdentityDigest]bool) *reference.Answer {
	answer := o.store.Find(ctx, identities)
	if identities[o.busyFor] {
		answer.Unsearched = map[cert.IdentityDigest]bool{o.busyFor: true}
	}
	return answer
}

var _ = Describe("A search that is incomplete because the store is busy", func() {
	var (
		ctx   = context.Background()
		clock = on(200)
		now   = func() time.Time { return clock }
		known = certificate(1, "known", 0)
		late  = certificate(2, "late", 0)
		own   = deployed(known, late)
	)

	It("makes no certificate unknown, and is repeated for the rest at the next poll", func() {
		vault := &busyFor{&store{secrets: map[reference.Path]reference.Secret{}, now: now}, late.IdentityDigest()}
		vault.put(secret("known", 1, known))
		follower := reference.Follow(vault, "cf", nil, now)
		knowledge, _ := follower.Ask(ctx, own)
		Expect(knowledge.Resolve(own, "cf")).To(HaveLen(1), "nothing is known about the other one")

		vault.put(secret("late", 1, late))
		vault.busyFor = cert.IdentityDigest{}
		clock = clock.Add(time.Minute)
		knowledge, _ = follower.Ask(ctx, own)
		Expect(vault.searched[1]).To(Equal(map[cert.IdentityDigest]bool{late.IdentityDigest(): true}))
		Expect(knowledge.Resolve(own, "cf")[late.Fingerprint].State).To(Equal(cert.Current))
	})

	It("is repeated for a certificate that was found only as a copy", func() {
		ca := authority(5, "ca")
		vault := &busyFor{&store{secrets: map[reference.Path]reference.Secret{}, now: now}, ca.IdentityDigest()}
		vault.put(secret("copy", 1, known, ca))
		follower := reference.Follow(vault, "cf", nil, now)
		_, _ = follower.Ask(ctx, deployed(ca))

		vault.put(secret("ca", 1, ca))
		vault.busyFor = cert.IdentityDigest{}
		clock = clock.Add(time.Minute)
		knowledge, _ := follower.Ask(ctx, deployed(ca))
		Expect(knowledge.Resolve(deployed(ca), "cf")[ca.Fingerprint].Path).To(Equal("ca"))
	})
})
