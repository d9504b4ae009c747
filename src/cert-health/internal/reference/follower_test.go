package reference_test

import (
	"context"
	"errors"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/cert"
	"cert-health/internal/reference"
)

var _ = Describe("Follower", func() {
	var (
		ctx      = context.Background()
		clock    time.Time
		vault    *store
		follower *reference.Follower
		leaf     *cert.Certificate
		own      []cert.Deployed
	)
	now := func() time.Time { return clock }

	BeforeEach(func() {
		clock = on(200)
		vault = &store{secrets: map[reference.Path]reference.Secret{}, past: map[reference.Path][]reference.Version{}, now: now, busy: map[reference.Path]bool{}}
		follower = reference.Follow(vault, "cf", nil, now)
		leaf = certificate(1, "leaf", 0)
		own = deployed(leaf)
		vault.put(secret("leaf", 1, leaf), secret("foreign", 1, certificate(9, "foreign", 0)))
	})

	// ask asks and returns the state of the first deployed certificate.
	ask := func() cert.ReferenceState {
		GinkgoHelper()
		knowledge, answer := follower.Ask(ctx, own)
		Expect(answer.State).To(Equal(reference.OK))
		Expect(answer.Secrets).To(BeEmpty(), "an answer may have thousands")
		return knowledge.Resolve(own, "cf")[own[0].Certificate.Fingerprint].State
	}
	paths := func(names ...string) (all []reference.Path) {
		for _, name := range names {
			all = append(all, reference.Path{Mount: "secret/", Path: name})
		}
		return all
	}

	It("searches once, and then reads only what concerns the VM", func() {
		Expect(ask()).To(Equal(cert.Current))
		Expect(vault.searched).To(HaveLen(1))
		Expect(vault.read).To(BeEmpty())
		for range 10 {
			clock = clock.Add(10 * time.Minute)
			Expect(ask()).To(Equal(cert.Current))
		}
		Expect(vault.searched).To(HaveLen(1))
		Expect(vault.read).To(HaveEach(Equal(paths("leaf"))))
	})

	It("searches again once a day", func() {
		ask()
		clock = clock.Add(24 * time.Hour)
		ask()
		Expect(vault.searched).To(HaveLen(2))
		Expect(vault.read).To(BeEmpty())
	})

	It("searches again when the clock was set back, for a certificate that it has not found too", func() {
		own = append(own, deployed(certificate(2, "other", 0))...)
		ask()
		clock = clock.Add(-time.Hour)
		ask()
		Expect(vault.searched).To(HaveLen(2))
		Expect(vault.searched[1]).To(HaveLen(2))
		ask()
		Expect(vault.searched).To(HaveLen(2))
	})

	It("searches for a new certificate that it does not find, and only for that one", func() {
		ask()
		other := certificate(2, "other", 0)
		vault.put(secret("other", 1, other))
		own = append(own, deployed(other)...)
		clock = clock.Add(10 * time.Minute)
		ask()
		Expect(vault.searched[1]).To(Equal(map[cert.IdentityDigest]bool{other.IdentityDigest(): true}))
		clock = clock.Add(10 * time.Minute)
		ask()
		Expect(vault.searched).To(HaveLen(2))
		Expect(vault.read[1]).To(Equal(paths("leaf", "other")))
	})

	It("finds a renewed certificate in the secret that it knows, without a search", func() {
		ask()
		renewed := certificate(2, "leaf", 50)
		vault.put(older(secret("leaf", 2, renewed), 1, leaf))
		own = deployed(renewed)
		clock = clock.Add(10 * time.Minute)
		Expect(ask()).To(Equal(cert.Current))
		Expect(vault.searched).To(HaveLen(1))
	})

	It("doubles the pauses between searches for a certificate that is in no secret", func() {
		own = append(own, deployed(certificate(7, "missing", 0))...)
		for range 143 { // polls of a day
			ask()
			clock = clock.Add(10 * time.Minute)
		}
		Expect(len(vault.searched)).To(BeNumerically("<=", 9), "after 10, 20, 40… minutes")
	})

	It("reads one secret for a certificate that is in many", func() {
		ca := authority(5, "ca")
		for _, name := range []string{"a", "b", "c", "d"} {
			vault.put(secret(name, 1, certificate(name[0], name, 0), ca))
		}
		vault.put(secret("the-ca", 1, ca))
		own = append(own, deployed(ca)...)
		ask()
		clock = clock.Add(10 * time.Minute)
		ask()
		Expect(vault.read[0]).To(Equal(paths("leaf", "the-ca")))
	})

	It("reads all secrets of an ambiguous certificate", func() {
		vault.put(secret("x", 1, certificate(3, "leaf", 1)), secret("y", 1, certificate(4, "leaf", 1)))
		delete(vault.secrets, paths("leaf")[0])
		Expect(ask()).To(Equal(cert.Ambiguous))
		clock = clock.Add(10 * time.Minute)
		ask()
		Expect(vault.read[0]).To(Equal(paths("x", "y")))
	})

	It("keeps the entries of a secret as an older version when the store has no history", func() {
		vault.put(secret("leaf", 0, leaf)) // an engine without versions
		ask()
		vault.put(secret("leaf", 0, certificate(2, "leaf", 50)))
		clock = clock.Add(10 * time.Minute)
		Expect(ask()).To(Equal(cert.Stale))
	})

	It("reports a secret as deleted until it finds the place to which it was moved", func() {
		ask()
		delete(vault.secrets, paths("leaf")[0])
		clock = clock.Add(10 * time.Minute)
		Expect(ask()).To(Equal(cert.Deleted))
		vault.put(secret("moved", 1, leaf))
		clock = clock.Add(20 * time.Minute)
		Expect(ask()).To(Equal(cert.Current))
		clock = clock.Add(10 * time.Minute)
		ask()
		Expect(vault.read[len(vault.read)-1]).To(Equal(paths("moved")))
	})

	It("keeps the entries of a publication that was lost", func() {
		ask()
		bare := secret("leaf", 2)
		bare.Known, bare.Behind = 0, on(20)
		vault.put(bare)
		clock = clock.Add(10 * time.Minute)
		Expect(ask()).To(Equal(cert.Behind))
	})

	It("forgets secrets of certificates that are not deployed any more", func() {
		ask()
		own = deployed(certificate(9, "foreign", 0))
		clock = clock.Add(10 * time.Minute)
		Expect(ask()).To(Equal(cert.Current))
		Expect(vault.read[0]).To(BeEmpty())
		clock = clock.Add(10 * time.Minute)
		ask()
		Expect(vault.read[1]).To(Equal(paths("foreign")))
	})

	Describe("history", func() {
		BeforeEach(func() {
			s := secret("leaf", 3, certificate(3, "leaf", 30))
			s.Whole = false
			vault.put(s)
			vault.past[s.Path] = []reference.Version{{Number: 2, Created: on(20)},
				{Number: 1, Created: on(10), Entries: []reference.PastEntry{{Fingerprint: leaf.Fingerprint, IdentityDigest: leaf.IdentityDigest()}}}}
		})
		It("is read once, for a secret whose current version does not decide", func() {
			Expect(ask()).To(Equal(cert.Stale))
			clock = clock.Add(10 * time.Minute)
			Expect(ask()).To(Equal(cert.Stale))
			Expect(vault.histories).To(Equal(1))
		})
		It("is not read for a current certificate", func() {
			own = deployed(certificate(3, "leaf", 30))
			ask()
			Expect(vault.histories).To(BeZero())
		})
		It("is a problem if it cannot be read, and is read again later", func() {
			vault.failure = errors.New("denied")
			_, answer := follower.Ask(ctx, own)
			Expect(answer.Problems).To(Equal([]reference.Problem{{Path: "secret/leaf", Reason: "its older versions were not read: denied"}}))
			vault.failure = nil
			ask()
			Expect(vault.histories).To(Equal(2))
		})
	})

	It("keeps its knowledge while a store is unavailable, and continues afterwards", func() {
		before, _ := follower.Ask(ctx, own)
		vault.down = true
		clock = clock.Add(10 * time.Minute)
		knowledge, answer := follower.Ask(ctx, own)
		Expect(answer).To(And(HaveField("State", reference.Unavailable), HaveField("Error", "it is down")))
		Expect(knowledge.Secrets).To(Equal(before.Secrets))
		Expect(knowledge.CheckedAt).To(Equal(before.CheckedAt))
		vault.down = false
		Expect(ask()).To(Equal(cert.Current))
	})

	It("keeps what is known of a secret that it may not read any more, and says when it was last seen", func() {
		ask()
		vault.denied = map[reference.Path]bool{paths("leaf")[0]: true}
		vault.put(secret("leaf", 2, certificate(3, "leaf", 9)))
		for range 3 {
			clock = clock.Add(10 * time.Minute)
			knowledge, answer := follower.Ask(ctx, own)
			Expect(answer.Problems).To(Equal([]reference.Problem{{Path: "secret/leaf", Reason: "denied", LastSeen: on(200)}}))
			Expect(knowledge.Resolve(own, "cf")[leaf.Fingerprint]).To(And(HaveField("State", cert.Current), HaveField("LastSeen", on(200))))
			follower = reference.Follow(vault, "cf", knowledge, now)
		}
		vault.denied = nil
		clock = clock.Add(10 * time.Minute)
		knowledge, answer := follower.Ask(ctx, own)
		Expect(answer.Problems).To(BeEmpty())
		Expect(knowledge.Resolve(own, "cf")[leaf.Fingerprint]).To(And(HaveField("State", cert.Stale), HaveField("LastSeen", time.Time{})))
	})

	It("searches for all certificates while a path cannot be read, so that a search for others does not hide it", func() {
		vault.unseen = []reference.Problem{{Path: "secret/shut", Reason: "denied"}}
		ask()
		other := certificate(2, "other", 0)
		own = append(own, deployed(other)...)
		clock = clock.Add(10 * time.Minute)
		ask()
		Expect(vault.searched[1]).To(HaveLen(2))
		vault.unseen = nil
		own = append(own, deployed(certificate(3, "third", 0))...)
		clock = clock.Add(10 * time.Minute)
		_, answer := follower.Ask(ctx, own)
		Expect(answer.Problems).To(BeEmpty())
		Expect(vault.searched[2]).To(HaveLen(3))
	})

	It("says so of secrets that are not named, and of those that a search finds denied", func() {
		ask()
		vault.unseen = []reference.Problem{{Path: "secret/leaf", Reason: "denied"}}
		vault.secrets = map[reference.Path]reference.Secret{}
		clock = clock.Add(24 * time.Hour)
		knowledge, answer := follower.Ask(ctx, own)
		Expect(answer.Problems).To(Equal([]reference.Problem{{Path: "secret/leaf", Reason: "denied", LastSeen: on(200)}}))
		Expect(knowledge.Resolve(own, "cf")[leaf.Fingerprint].LastSeen).To(Equal(on(200)))
	})

	It("repeats the problems of a search until another search succeeds", func() {
		vault.unseen = []reference.Problem{{Path: "secret/shut", Reason: "denied"}}
		for range 3 {
			_, answer := follower.Ask(ctx, own)
			Expect(answer.Problems).To(Equal(vault.unseen))
			clock = clock.Add(10 * time.Minute)
		}
		vault.unseen = nil
		clock = clock.Add(24 * time.Hour)
		_, answer := follower.Ask(ctx, own)
		Expect(answer.Problems).To(BeEmpty())
	})

	It("repeats them while another search fails, and without an answer of the store", func() {
		vault.unseen = []reference.Problem{{Path: "secret/shut", Reason: "denied"}, {Reason: "5 more paths could not be read"}, {Reason: "its clock is wrong", Repeated: true}}
		ask()
		unseen := vault.unseen[:2]
		clock, vault.unfound = clock.Add(10*time.Minute), true
		own = append(own, deployed(certificate(2, "other", 0))...)
		_, answer := follower.Ask(ctx, own)
		Expect(vault.searched).To(HaveLen(2))
		Expect(answer.State).To(Equal(reference.OK))
		Expect(answer.Problems).To(Equal(append([]reference.Problem{{Reason: "it is busy"}}, unseen...)))
		vault.down = true
		for range 2 {
			_, answer = follower.Ask(ctx, own)
			Expect(answer.State).To(Equal(reference.Unavailable))
			Expect(answer.Problems).To(ContainElements(unseen))
			clock = clock.Add(24 * time.Hour)
		}
		vault.down, vault.unfound, vault.unseen = false, false, nil
		_, answer = follower.Ask(ctx, own)
		Expect(answer.Problems).To(BeEmpty())
	})

	It("continues with the knowledge of an earlier run", func() {
		knowledge, _ := follower.Ask(ctx, own)
		follower = reference.Follow(vault, "cf", knowledge, now)
		clock = clock.Add(time.Minute)
		ask()
		Expect(vault.searched).To(HaveLen(1))
	})

	It("reports a store that is busy for longer than an hour", func() {
		ask()
		vault.busy[paths("leaf")[0]] = true
		for range 5 {
			clock = clock.Add(10 * time.Minute)
			_, answer := follower.Ask(ctx, own)
			Expect(answer.Problems).To(BeEmpty())
			Expect(ask()).To(Equal(cert.Current))
		}
		clock = clock.Add(10 * time.Minute)
		_, answer := follower.Ask(ctx, own)
		Expect(answer.Problems).To(Equal([]reference.Problem{{LastSeen: on(200), Reason: "Vault is too busy: 1 of 1 secrets were not read again since 2026-07-20 00:00 UTC"}}))
	})
})
