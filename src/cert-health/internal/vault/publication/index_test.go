package publication_test

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"pgregory.net/rapid"

	"cert-health/internal/cert"
	"cert-health/internal/vault/publication"
)

// identity is one of many, spread as digests are.
func identity(n int) cert.IdentityDigest {
	var i cert.IdentityDigest
	binary.BigEndian.PutUint64(i[:], uint64(n)*0x9e3779b97f4a7c15)
	return i
}

// find looks an identity up as a reader does: in one part alone.
func find(parts [][]string, id cert.IdentityDigest) []string {
	GinkgoHelper()
	x := publication.Index{}
	Expect(x.DecodePart(custom(parts[publication.PartOf(id, len(parts))]...))).To(Succeed())
	return x[id]
}

func parts(x publication.Index) [][]string {
	GinkgoHelper()
	encoded, err := x.Encode()
	Expect(err).NotTo(HaveOccurred())
	return encoded
}

var _ = Describe("Index", func() {
	It("finds every identity digest again, in one part that Vault accepts", func() {
		rapid.Check(GinkgoT(), func(t *rapid.T) {
			secrets := publication.DigestsByPath{}
			for range rapid.IntRange(0, 60).Draw(t, "secrets") {
				path := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"cf/ca", "a b/c%d", "ä/ö", "plus+", "-", ";", "a/-"})).Draw(t, "path")
				if path == "" {
					continue
				}
				for range rapid.IntRange(0, 4).Draw(t, "identities") {
					secrets[path] = append(secrets[path], identity(rapid.IntRange(0, 50).Draw(t, "identity")))
				}
			}
			encoded, err := secrets.Index().Encode()
			if err != nil {
				t.Fatal(err)
			}
			checkValues(t, publication.EncodeHead(len(encoded)), 1)
			copies := map[cert.IdentityDigest]int{}
			for _, identities := range secrets {
				for _, id := range identities {
					copies[id]++
				}
			}
			for number := range encoded {
				checkValues(t, encoded[number], publication.MaxValues)
			}
			for path, identities := range secrets {
				for i, id := range identities {
					if i > 0 && copies[id] > publication.MaxCopies || !publication.Indexable(path) {
						continue
					}
					if !slices.Contains(find(encoded, id), path) {
						t.Fatalf("%q is not found by %s", path, id)
					}
				}
			}
		})
	})

	It("has more parts as it grows, by powers of two, and contains their number", func() {
		before := 1
		for _, secrets := range []int{0, 1, 300, 600, 5_000, 20_000} {
			all := publication.DigestsByPath{}
			for n := range secrets {
				all[fmt.Sprintf("deployment/group-%d/some/certificate", n)] = []cert.IdentityDigest{identity(n)}
			}
			encoded := parts(all.Index())
			Expect(len(encoded)).To(BeNumerically(">=", before))
			Expect(len(encoded) & (len(encoded) - 1)).To(BeZero())
			before = len(encoded)
			for n := 0; n < secrets; n += 97 {
				Expect(find(encoded, identity(n))).To(Equal([]string{fmt.Sprintf("deployment/group-%d/some/certificate", n)}))
			}
			Expect(publication.DecodeHead(custom(publication.EncodeHead(before)...))).To(Equal(before))
		}
		Expect(before).To(Equal(64))
	})

	It("is the same for any order of the secrets", func() {
		var once [][]string
		for range 5 {
			secrets := publication.DigestsByPath{}
			for n := range 300 {
				secrets[fmt.Sprintf("app-%d", n)] = []cert.IdentityDigest{identity(n), identity(-1)}
			}
			encoded := parts(secrets.Index())
			if once == nil {
				once = encoded
			}
			Expect(encoded).To(Equal(once))
		}
	})

	It("lists the secrets of a CA, and only some of the secrets with a copy", func() {
		secrets := publication.DigestsByPath{"zone/ca": {identity(-1)}, "zone/old-ca": {identity(-1), identity(-2)}}
		for n := range 300 {
			secrets[fmt.Sprintf("app-%03d", n)] = []cert.IdentityDigest{identity(n), identity(-1)}
		}
		found := find(parts(secrets.Index()), identity(-1))
		Expect(found).To(HaveLen(publication.MaxCopies))
		Expect(found).To(ContainElements("zone/ca", "zone/old-ca", "app-000"))
	})

	It("lists all deployments with certificates of the same names", func() {
		secrets := publication.DigestsByPath{}
		for n := range 200 {
			secrets[fmt.Sprintf("env-%03d/cf/rep/server", n)] = []cert.IdentityDigest{identity(1), identity(n)}
		}
		Expect(find(parts(secrets.Index()), identity(1))).To(HaveLen(publication.MaxPaths))
	})

	It("fits paths of any length, and omits those that are too long", func() {
		secrets := publication.DigestsByPath{}
		for n := range 400 {
			secrets[fmt.Sprintf("%s%03d", strings.Repeat("x", 470), n)] = []cert.IdentityDigest{identity(1)}
		}
		Expect(len(find(parts(secrets.Index()), identity(1)))).To(BeNumerically(">", 20))
		long := strings.Repeat("ä", 100) // three characters for each byte
		Expect(publication.Indexable(long)).To(BeFalse())
		Expect(publication.DigestsByPath{long: {identity(1)}}.Index()).To(BeEmpty())
	})

	It("rejects a head and parts that it did not write", func() {
		for _, value := range []string{"", "1", "1 index", "1 index x", "1 index 0", "1 index -1", "1 index 4097", "1 part 1", "2 index 1", "1 3 tf0000 AAAA"} {
			_, err := publication.DecodeHead(custom(value))
			Expect(err).To(MatchError(MatchRegexp("^the index (cannot be read|is damaged)")), value)
		}
		good := parts(publication.DigestsByPath{"a": {identity(1)}, "b": {identity(2)}}.Index())[0]
		for _, all := range []map[string]string{
			custom(""), custom("1"), custom("2 part AAAA"), custom("1 part"), custom("1 part AAAA"), custom("1 index 1"), custom(good[0] + ";x"),
			signed("1 part", identity22+" a", identity22), signed("1 part", identity22+" a", identity22+" %zz"), signed("1 part", "short a"),
			signed("1 part", identity22+" "+strings.Repeat("ä", 200)),
		} {
			x := publication.Index{}
			Expect(x.DecodePart(all)).To(MatchError(MatchRegexp("^a part of the index (cannot be read|is damaged)")), "%v", all)
			Expect(x).To(BeEmpty())
		}
		_, err := publication.DecodeHead(nil)
		Expect(err).To(MatchError(publication.ErrNone))
		Expect(publication.Index{}.DecodePart(nil)).To(MatchError(publication.ErrNone))
	})
})

var _ = Describe("the paths of publications", func() {
	It("has different paths for heads, parts and documents of all directories", func() {
		places := map[string]string{}
		for _, directory := range []string{"", "-", "cf", "cf/-", "0-of-1", "index", "secrets"} {
			for name, place := range map[string]string{
				"the head of": publication.IndexPath(directory), "the part of": publication.PartPath(directory, 1, 0), "the copy of": publication.DocumentPath(directory),
			} {
				Expect(places).NotTo(HaveKey(place))
				places[place] = name + directory
				Expect(publication.IsPublication(place)).To(BeTrue())
			}
		}
		secret, ok := publication.SecretOf(publication.DocumentPath("cf/ca"))
		Expect(ok).To(BeTrue())
		Expect(secret).To(Equal("cf/ca"))
		for _, path := range []string{publication.DocumentPath(""), "cert-health/secrets", "cf/ca/-", publication.IndexPath("cf")} {
			_, ok := publication.SecretOf(path)
			Expect(ok).To(BeFalse(), path)
		}
	})

	It("considers only paths below its two directories as its own", func() {
		for _, path := range []string{"cert-health/approle", "cert-health", "cert-healthy/x", "cf/cert-health/index/x"} {
			Expect(publication.IsPublication(path)).To(BeFalse(), path)
		}
	})
})
