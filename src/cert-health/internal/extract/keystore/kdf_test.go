package keystore_test

import (
	"context"
	standard "crypto/pbkdf2"
	"crypto/sha256"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"pgregory.net/rapid"

	"cert-health/internal/budget"
	"cert-health/internal/extract/dercert"
	"cert-health/internal/extract/keystore"
	"cert-health/internal/secret"
)

// soon is a context that ends when it was asked so many times.
type soon struct {
	context.Context
	asked, most int
}

func (s *soon) Err() error {
	if s.asked++; s.asked > s.most {
		return context.Canceled
	}
	return nil
}

var _ = Describe("The derivation of a key", func() {
	It("is that of crypto/pbkdf2", func() {
		rapid.Check(GinkgoT(), func(t *rapid.T) {
			password, salt := rapid.String().Draw(t, "password"), rapid.SliceOfN(rapid.Byte(), 0, 40).Draw(t, "salt")
			iterations, size := rapid.IntRange(1, 3000).Draw(t, "iterations"), rapid.IntRange(1, 100).Draw(t, "size")
			expected, err := standard.Key(sha256.New, password, salt, iterations, size)
			if err != nil {
				t.Fatal(err)
			}
			if got := keystore.PBKDF2(password, salt, iterations, size); string(got) != string(expected) {
				t.Fatalf("%x, where crypto/pbkdf2 derives %x", got, expected)
			}
		})
	})

	DescribeTable("ends with its context, in the middle of its iterations",
		func(algorithm []byte) {
			store := pfx(nil, encryptedSafe(algorithm, make([]byte, 64)))
			ctx := &soon{Context: context.Background(), most: 5}
			account := budget.New().Until(ctx).Of("rep")
			_, err := keystore.Open(store, []secret.Value{secret.New("x"), secret.New("y")}, dercert.Parse, account)
			Expect(err).To(MatchError(budget.ErrRefused))
			Expect(account.Spent().Of(budget.Derivations)).To(BeNumerically("<", 2*1_900_000), "the second password is not tried")
		},
		Entry("of PBKDF2", pbes2(1_800_000)),
		Entry("of PKCS #12", pbe1(make([]byte, 8), 600_000)),
	)
})
