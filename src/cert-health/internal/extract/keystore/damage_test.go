package keystore_test

import (
	"bytes"
	"errors"
	"fmt"
	"slices"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"software.sslmate.com/src/go-pkcs12"

	"cert-health/internal/extract/dercert"
	"cert-health/internal/extract/keystore"
	"cert-health/internal/secret"
)

// damages calls check with each store that differs in one byte from data.
func damages(data []byte, check func(at int, damaged []byte)) {
	for at := range data {
		for _, change := range []byte{0xff, 0x01, 0x80} {
			damaged := bytes.Clone(data)
			damaged[at] ^= change
			check(at, damaged)
		}
	}
}

// reasons are all the errors that there are.
func reasons(err error) bool {
	return slices.ContainsFunc([]error{keystore.ErrDamaged, keystore.ErrLimit, keystore.ErrPassword, keystore.ErrUnsupported},
		func(reason error) bool { return errors.Is(err, reason) })
}

var _ = Describe("damage", func() {
	web := newChain("web")

	It("of one byte of an encrypted store never changes a certificate", func() {
		encoder := pkcs12.Modern2023.WithIterations(1)
		data := encode(encoder, web, password)
		expected := fingerprints(mustOpen(data))
		damages(data, func(at int, damaged []byte) {
			contents, err := keystore.OpenWithin(10_000, damaged, []secret.Value{secret.New(password)}, dercert.Parse)
			if err != nil {
				Expect(reasons(err)).To(BeTrue(), "byte %d: %v", at, err)
				return
			}
			Expect(fingerprints(contents)).To(ConsistOf(expected), "byte %d", at)
			Expect(contents.Broken).To(BeEmpty(), "byte %d", at)
		})
	})

	It("of one byte of an unencrypted key never reveals the key", func() {
		key := []byte(web.leaf.KeyPEM())
		data := pfx(nil, clearSafe(
			sequence(pkcs(12, 10, 1, 1), field(keyDER(web))), certBag(web.leaf.X509.Raw), sequence(pkcs(12, 10, 1, 5), field(octetString(key)))))
		Expect(list(mustOpen(data))).To(Equal([]string{"loose : web"}))
		secret := keyDER(web)
		damages(data, func(at int, damaged []byte) {
			contents, err := open(damaged)
			shown := fmt.Sprint(contents.Broken, err)
			for _, entry := range contents.Entries {
				shown += entry.Alias
			}
			for from := 36; from+6 < len(secret); from += 6 {
				Expect(shown).NotTo(ContainSubstring(string(secret[from:from+6])), "byte %d", at)
			}
			Expect(shown).NotTo(ContainSubstring(password))
		})
	})

	It("of a JKS is reported, and does not change the entries before it", func() {
		data := jks(0xfeedfeed,
			trusted("root", web.root.X509.Raw),
			jksEntry(1, "web", sized([]byte("encrypted")), []byte{0, 0, 0, 2}, utf("X.509"), sized(web.leaf.X509.Raw), utf("X.509"), sized(web.root.X509.Raw)),
			trusted("intermediate", web.intermediate.X509.Raw))
		expected := fingerprints(mustOpen(data))
		Expect(expected).To(HaveLen(4))
		for size := 8; size < len(data); size++ {
			contents, err := open(data[:size])
			Expect(err).To(MatchError(keystore.ErrDamaged), "cut off at %d", size)
			Expect(expected[:len(fingerprints(contents))]).To(Equal(fingerprints(contents)))
		}
		damages(data, func(at int, damaged []byte) {
			contents, err := open(damaged)
			Expect(err == nil || reasons(err)).To(BeTrue())
			found := len(fingerprints(contents)) + len(contents.Broken)
			Expect(err != nil || found == len(expected) || at < 12 || contents.Kind != keystore.JKS).To(BeTrue(), "byte %d: %d", at, found)
		})
	})

	It("of PKCS #7 and revocation lists is reported", func() {
		bundle := sequence(pkcs(7, 2), field(sequence(number(1), tlv(0x31), sequence(pkcs(7, 1)),
			field(slices.Concat(web.leaf.X509.Raw, web.root.X509.Raw)), tlv(0x31))))
		Expect(list(mustOpen(bundle))).To(Equal([]string{"loose : web < web root"}))
		for _, data := range [][]byte{bundle, crlDER(web.root)} {
			for size := range data {
				contents, err := open(data[:size])
				Expect(err != nil || len(contents.Broken) > 0).To(BeTrue(), "cut off at %d", size)
			}
			damages(data, func(at int, damaged []byte) {
				_, err := open(damaged)
				Expect(err == nil || reasons(err)).To(BeTrue(), "byte %d: %v", at, err)
			})
		}
	})
})
