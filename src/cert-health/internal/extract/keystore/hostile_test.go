package keystore_test

import (
	"encoding/binary"
	"math"
	"runtime"
	"slices"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"software.sslmate.com/src/go-pkcs12"

	"cert-health/internal/extract/dercert"
	"cert-health/internal/extract/keystore"
	"cert-health/internal/scenario"
)

// allocated is how much memory was asked for meanwhile, in bytes.
func allocated(work func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	work()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

var _ = Describe("a hostile store", func() {
	ca := scenario.Issue(scenario.Spec{CommonName: "ca", CA: true})
	mac := func(iterations int) []byte {
		return sequence(sequence(sequence(oid(1, 3, 14, 3, 2, 26)), octetString(make([]byte, 20))), octetString(make([]byte, 8)), number(iterations))
	}

	// Without the limit, each of these would run for minutes to years.
	DescribeTable("causes no iterations beyond the limit", func(data []byte) {
		contents, err := open(data)
		Expect(err).To(MatchError(keystore.ErrLimit))
		Expect(err).To(MatchError(ContainSubstring("4000000 iterations")))
		Expect(contents.Entries).To(BeEmpty())
	},
		Entry("PBES2", pfx(nil, encryptedSafe(pbes2(1<<31), make([]byte, 64)))),
		Entry("PBES2, beyond 64 bits", pfx(nil, encryptedSafe(pbes2(math.MaxInt), make([]byte, 64)))),
		Entry("RFC 7292", pfx(nil, encryptedSafe(pbe1(make([]byte, 8), 1<<31), make([]byte, 64)))),
		Entry("few iterations in many safes", pfx(nil, slices.Repeat([][]byte{encryptedSafe(pbes2(500), make([]byte, 16))}, 15_000)...)),
	)

	It("causes no iterations beyond the limit for its checksum", func() {
		_, err := open(pfx(mac(1<<31), clearSafe(certBag(ca.X509.Raw))))
		Expect(err).NotTo(HaveOccurred(), "nothing is encrypted, and nothing to be verified")
		contents, err := open(withMAC(trustStore(pkcs12.Modern2023, password, ca), mac(1<<31)))
		Expect(err).To(MatchError(keystore.ErrLimit))
		Expect(contents.Entries).To(BeEmpty())
	})

	It("causes no key and no hash of a salt of unlimited length", func() {
		huge := sequence(sequence(sequence(pkcs(5, 14), sequence(pbkdf2(1, 1<<30), sequence(oid(1, 2, 840, 113549, 2, 9)))), octetString(make([]byte, 32))), octetString(nil))
		_, err := open(pfx(huge, clearSafe()))
		Expect(err).To(MatchError(keystore.ErrLimit))
		_, err = open(pfx(nil, encryptedSafe(pbe1(make([]byte, 1<<20), 1), make([]byte, 64))))
		Expect(err).To(MatchError(keystore.ErrLimit))
	})

	It("is not read beyond the limit of nesting", func() {
		bags := certBag(ca.X509.Raw)
		for range 50 {
			bags = sequence(pkcs(12, 10, 1, 6), field(sequence(bags)))
		}
		_, err := open(pfx(nil, clearSafe(bags)))
		Expect(err).To(MatchError(keystore.ErrLimit))

		endless := slices.Concat([]byte{0x30, 0x80}, number(3), sequence(pkcs(7, 1)), []byte(strings.Repeat("\x30\x80", 1<<20)))
		_, err = open(endless)
		Expect(err).To(MatchError(keystore.ErrLimit))

		pieces := octetString(nil)
		for range 100 {
			pieces = tlv(0x24, pieces)
		}
		_, err = open(sequence(number(3), sequence(pkcs(7, 1), field(pieces))))
		Expect(err).To(MatchError(keystore.ErrLimit))
	})

	It("causes no allocation because of a length that it announces", func() {
		lies := binary.BigEndian.AppendUint32(utf("X.509"), math.MaxUint32)
		for _, data := range [][]byte{
			jks(0xfeedfeed, jksEntry(2, "ca", lies)),
			jks(0xfeedfeed, jksEntry(1, "key", binary.BigEndian.AppendUint32(nil, math.MaxUint32))),
			jks(0xfeedfeed, jksEntry(1, "key", sized(nil), binary.BigEndian.AppendUint32(nil, math.MaxUint32))),
			slices.Concat([]byte{0xfe, 0xed, 0xfe, 0xed, 0, 0, 0, 2, 0xff, 0xff, 0xff, 0xff}),
			slices.Concat([]byte{0x30, 0x84, 0xff, 0xff, 0xff, 0xff}, number(3), sequence(pkcs(7, 1))),
		} {
			var err error
			Expect(allocated(func() { _, err = open(data) })).To(BeNumerically("<", 1<<16))
			Expect(err).To(MatchError(keystore.ErrDamaged))
		}
	})

	It("gives no more certificates than the limit, and reports that", func() {
		entries := slices.Repeat([][]byte{trusted("ca", ca.X509.Raw)}, keystore.MaxCertificates+1)
		contents, err := open(jks(0xfeedfeed, entries...))
		Expect(err).To(MatchError(keystore.ErrLimit))
		Expect(contents.Entries).To(HaveLen(keystore.MaxCertificates))

		empty := slices.Repeat([][]byte{trusted("ca", nil)}, 100_000)
		contents, err = open(jks(0xfeedfeed, empty...))
		Expect(err).To(MatchError(keystore.ErrLimit))
		Expect(contents.Entries).To(BeEmpty())
		Expect(contents.Broken).To(HaveLen(keystore.MaxBroken))
		Expect(contents.Omitted).To(Equal(keystore.MaxCertificates - keystore.MaxBroken))
	})

	It("cannot multiply its certificates with chains that share them", func() {
		localKeyID := tlv(0x31, sequence(pkcs(9, 21), tlv(0x31, octetString([]byte{1}))))
		leaf := scenario.Issue(scenario.Spec{CommonName: "leaf", Issuer: ca})
		keyed := sequence(pkcs(12, 10, 1, 3), field(sequence(pkcs(9, 22, 1), field(octetString(leaf.X509.Raw)))), localKeyID)
		bags := append(slices.Repeat([][]byte{keyed}, 2000), slices.Repeat([][]byte{certBag(ca.X509.Raw)}, 2000)...)
		contents, err := open(pfx(nil, clearSafe(bags...)))
		Expect(err).To(MatchError(keystore.ErrLimit))
		Expect(len(fingerprints(contents))).To(BeNumerically("<", 2*keystore.MaxCertificates))
	})

	It("cannot write aliases of unlimited length into reports", func() {
		contents, err := open(jks(0xfeedfeed, trusted(strings.Repeat("ä", 30_000), ca.X509.Raw), trusted("\xff\x00\n", ca.X509.Raw)))
		Expect(err).NotTo(HaveOccurred())
		Expect(len(contents.Entries[0].Alias)).To(BeNumerically("~", keystore.MaxAlias, 4))
		Expect(contents.Entries[0].Alias).To(HaveSuffix("ä…"))
		Expect(contents.Entries[1].Alias).To(Equal("\ufffd\x00\n"), "the code that prints an alias makes it printable")
	})

	It("is not read if it is larger than the limit", func() {
		_, err := open(append(jks(0xfeedfeed), make([]byte, keystore.MaxSize)...))
		Expect(err).To(MatchError(keystore.ErrLimit))
	})

	DescribeTable("cannot mislead the walk over a secret key", func(object string, expected error) {
		_, err := keystore.Open(jks(0xcececece, jksEntry(3, "secret", []byte("\xac\xed\x00\x05"+object)), trusted("ca", ca.X509.Raw)), nil, dercert.Parse, nil)
		Expect(err).To(MatchError(expected))
	},
		Entry("a class that is its own ancestor", "\x73\x72\x00\x01A\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\x00\x78\x71\x00\x7e\x00\x00", keystore.ErrLimit),
		Entry("objects without end", strings.Repeat("\x73\x72\x00\x01A\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\x01L\x00\x01f", 400), keystore.ErrLimit),
		Entry("a reference to nothing", "\x73\x71\x00\x7e\x00\x09", keystore.ErrDamaged),
		Entry("a class with methods of its own", "\x73\x72\x00\x01A\x00\x00\x00\x00\x00\x00\x00\x00\x03\x00\x00\x78\x70", keystore.ErrUnsupported),
		Entry("an array that is cut off", "\x75\x72\x00\x02[B\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\x00\x78\x70\x7f\xff\xff\xff", keystore.ErrDamaged),
	)
})
