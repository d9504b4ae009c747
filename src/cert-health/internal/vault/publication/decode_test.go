package publication_test

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"hash/crc32"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/vault/publication"
)

// signed is a document by hand: lines behind a head that ends with their sum.
func signed(head string, lines ...string) map[string]string {
	sum := binary.BigEndian.AppendUint32(nil, crc32.ChecksumIEEE([]byte(strings.Join(lines, ";"))))
	return custom(strings.Join(append([]string{head + " " + base64.RawURLEncoding.EncodeToString(sum)}, lines...), ";"))
}

var (
	print43    = strings.Repeat("A", 43) // a fingerprint
	identity22 = strings.Repeat("A", 22)
)

var _ = Describe("Decode", func() {
	heldLine := "+certificate " + print43 + " s0 t0 " + identity22

	It("reads a document by hand, as described in docs/publishing.md", func() {
		d, err := publication.Decode(signed("1 3 tf0000", heldLine+" ca", "-2 te0000 "+print43, "-1 -"))
		Expect(err).NotTo(HaveOccurred())
		Expect(d.Version).To(Equal(3))
		Expect(d.Entries).To(HaveLen(1))
		Expect(d.Entries[0].Key).To(Equal("certificate"))
		Expect(d.Entries[0].CA).To(BeTrue())
		Expect(d.Older).To(HaveLen(2))
		Expect(d.Older[1].Created).To(BeZero())
	})

	It("returns ErrNone if nothing is published", func() {
		for _, all := range []map[string]string{nil, {}, {"owner": "x"}, {"cert-health.1": "1 3 tf0000"}} {
			_, err := publication.Decode(all)
			Expect(err).To(MatchError(publication.ErrNone))
		}
	})

	It("skips lines and words that a later version may add", func() {
		d, err := publication.Decode(signed("1 3 tf0000", "=serial 12", heldLine+" ca more words", "", "?"))
		Expect(err).NotTo(HaveOccurred())
		Expect(d.Entries).To(HaveLen(1))
	})

	It("rejects another format, and names it", func() {
		_, err := publication.Decode(custom("2 3 tf0000 AAAA"))
		Expect(err).To(MatchError(`the publication cannot be read: its format is "2", and this program reads only 1: use the same version of cert-health everywhere`))
	})

	It("detects a missing or outdated value", func() {
		d := publication.Document{Version: 7, Created: when}
		for n := range 30 {
			d.Entries = append(d.Entries, held("ca", byte(n)))
		}
		values := encode(d)
		Expect(len(values)).To(BeNumerically(">", 3))
		d.Entries[29] = held("ca", 99)
		other := encode(d)
		for _, damaged := range [][]string{
			values[:len(values)-1], values[:1], values[1:], {values[0], values[2], values[1]},
			append(append([]string{}, values[:len(values)-1]...), other[len(other)-1]),
			append(append([]string{}, values...), values[1]),
		} {
			_, err := publication.Decode(custom(damaged...))
			Expect(err).To(HaveOccurred())
			Expect(err).NotTo(MatchError(publication.ErrNone))
		}
		all := custom(values...)
		delete(all, "cert-health.2")
		_, err := publication.Decode(all)
		Expect(err).To(MatchError("the publication cannot be read: a part of it is missing or outdated: run `cert-health publish` again"))
	})

	DescribeTable("rejects values that Encode does not write",
		func(head string, lines ...string) {
			d, err := publication.Decode(signed(head, lines...))
			Expect(err).To(MatchError(ContainSubstring("it does not have the expected format: run `cert-health publish` again")))
			Expect(err.Error()).NotTo(ContainSubstring("\n"))
			Expect(d).To(Equal(publication.Document{}))
		},
		Entry("an invalid version", "1 x tf0000"),
		Entry("a version below one", "1 0 tf0000"),
		Entry("a negative version", "1 -4 tf0000"),
		Entry("a version that overflows", "1 99999999999999999999 tf0000"),
		Entry("no time", "1 3 !"),
		Entry("a time that no report can be written with", "1 3 zzzzzzzzz"),
		Entry("a time before the year 0", "1 3 -zzzzzzzzz"),
		Entry("a certificate cut short", "1 3 tf0000", "+certificate "+print43),
		Entry("a fingerprint cut short", "1 3 tf0000", "+certificate "+print43[1:]+" s0 t0 "+identity22),
		Entry("a fingerprint with bits too many", "1 3 tf0000", "+certificate "+print43[1:]+"B s0 t0 "+identity22),
		Entry("an identity too long", "1 3 tf0000", heldLine+"AAAA"),
		Entry("a key with an invalid escape", "1 3 tf0000", strings.Replace(heldLine, "certificate", "%zz", 1)),
		Entry("an older version that is newer", "1 3 tf0000", "-4 te0000"),
		Entry("an older version that is the current", "1 3 tf0000", "-3 te0000"),
		Entry("older versions in the wrong order", "1 9 tf0000", "-3 te0000", "-4 te0000"),
		Entry("an older version without its time", "1 3 tf0000", "-2"),
		Entry("an older version of no number", "1 3 tf0000", "-- te0000"),
		Entry("an older certificate of no identity", "1 3 tf0000", "-2 te0000 "+print43),
		Entry("an older certificate of half an identity", "1 3 tf0000", "-2 te0000 "+print43+"/AAAA"),
		Entry("two spaces", "1 3 tf0000", strings.Replace(heldLine, " ", "  ", 1)),
	)

	It("gives data that can be encoded in a report", func() {
		d, err := publication.Decode(signed("1 3 6qnd8zz", heldLine))
		Expect(err).NotTo(HaveOccurred())
		_, err = json.Marshal(d)
		Expect(err).NotTo(HaveOccurred())
	})
})
