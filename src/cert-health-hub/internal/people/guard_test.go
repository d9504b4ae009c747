package people_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/hub/internal/people"
)

var _ = Describe("the guard of logins", func() {
	var now time.Time
	var g *people.Guard
	ctx := context.Background()
	BeforeEach(func() {
		now = time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)
		g = people.NewGuard(func() time.Time { return now })
	})
	fail := func(user, address string) error {
		return g.Attempt(ctx, user, address, func() error { return people.ErrRefused })
	}

	It("lets a user try again after a while, one attempt at a time", func() {
		for range people.FailuresOfUser {
			Expect(fail("ann", "10.0.0.1")).To(MatchError(people.ErrRefused))
		}
		Expect(fail("ann", "10.0.0.2")).To(Equal(&people.WaitError{people.RefillOfUser}))
		now = now.Add(people.RefillOfUser)
		Expect(fail("ann", "10.0.0.2")).To(MatchError(people.ErrRefused))
		Expect(fail("ann", "10.0.0.2")).To(BeAssignableToTypeOf(&people.WaitError{}))
	})

	It("limits an address that tries many users", func() {
		for i := range people.FailuresOfAddress {
			Expect(fail(fmt.Sprint(i), "10.0.0.1")).To(MatchError(people.ErrRefused))
		}
		Expect(fail("new", "10.0.0.1")).To(BeAssignableToTypeOf(&people.WaitError{}))
		Expect(fail("new", "10.0.0.2")).To(MatchError(people.ErrRefused))
	})

	It("counts no success", func() {
		for range 10 * people.FailuresOfUser {
			Expect(g.Attempt(ctx, "ann", "10.0.0.1", func() error { return nil })).To(Succeed())
		}
	})

	It("lets attempts at the same time not exceed the limit by more than one", func() {
		var mu sync.Mutex
		var group sync.WaitGroup
		checked := 0
		for range 50 {
			group.Go(func() {
				_ = g.Attempt(ctx, "ann", "10.0.0.1", func() error {
					mu.Lock()
					defer mu.Unlock()
					checked++
					return people.ErrRefused
				})
			})
		}
		group.Wait()
		Expect(checked).To(BeElementOf(people.FailuresOfUser, people.FailuresOfUser+people.AtOnce-1))
	})

	It("remembers a limited number of keys, and limits new ones together when it is full", func() {
		for i := range people.MaxKeys {
			g.CountUser(fmt.Sprint(i))
		}
		for range people.FailuresOfUser {
			g.CountUser("another")
		}
		Expect(g.Users()).To(Equal(people.MaxKeys))
		Expect(g.WaitOfUser("yet another")).To(BeNumerically(">", 0))
		Expect(g.WaitOfUser("1")).To(BeZero(), "a known one has its own limit")
		now = now.Add(time.Hour)
		g.CountUser("another")
		Expect(g.Users()).To(Equal(1))
	})
})

func FuzzLocal(f *testing.F) {
	for _, seed := range []string{"/", "//a", `/\a`, "/a?b=//c", "https://a", "/%2f/a", "/\x00", "/a#b"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, next string) {
		result := people.Local(next)
		if result == "" || result[0] != '/' || len(result) > 1 && (result[1] == '/' || result[1] == '\\') {
			t.Fatalf("%q leads to %q", next, result)
		}
	})
}
