package der_test

import (
	"bytes"
	"encoding/asn1"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/der"
)

var _ = Describe("ReadHeader", func() {
	DescribeTable("refuses what is not a header",
		func(data string) {
			_, ok := der.ReadHeader([]byte(data))
			Expect(ok).To(BeFalse())
		},
		Entry("nothing", ""),
		Entry("a tag alone", "\x30"),
		Entry("a tag of several bytes", "\x3f\x01"),
		Entry("a length that is cut off", "\x30\x82\x01"),
		Entry("a length of five bytes", "\x30\x85\x01\x01\x01\x01\x01"),
		Entry("a primitive of indefinite length", "\x04\x80"),
	)

	It("reads definite and indefinite lengths, without the contents", func() {
		h, ok := der.ReadHeader([]byte("\x30\x82\x01\x02"))
		Expect(ok).To(BeTrue())
		Expect(h).To(Equal(der.Header{Tag: der.Sequence, Size: 4, Length: 258}))
		h, ok = der.ReadHeader([]byte("\x30\x80"))
		Expect(ok).To(BeTrue())
		Expect(h.Length).To(Equal(der.Indefinite))
	})
})

var _ = Describe("Append", func() {
	It("writes what encoding/asn1 writes", func() {
		for _, size := range []int{0, 1, 127, 128, 255, 256, 65535, 65536} {
			contents := make([]byte, size)
			expected, err := asn1.Marshal(contents)
			Expect(err).NotTo(HaveOccurred())
			Expect(bytes.Equal(der.Append(nil, der.OctetString, contents), expected)).To(BeTrue(), "%d bytes", size)
		}
	})
})

var _ = Describe("Elements", func() {
	DescribeTable("refuse what is BER and not DER, and what is cut off",
		func(data string) {
			elements := der.Elements(data)
			_, _, ok := elements.Next(data[0])
			Expect(ok).To(BeFalse())
			Expect(string(elements)).To(Equal(data), "nothing is taken")
		},
		Entry("a length with too many bytes", "\x04\x81\x01x"),
		Entry("a length with a leading zero", "\x04\x82\x00\x80"+strings.Repeat("x", 128)),
		Entry("an indefinite length", "\x30\x80\x00\x00"),
		Entry("contents that are cut off", "\x04\x02x"),
	)

	It("are parts of the encoding, and not copies", func() {
		data := []byte("\x04\x01x\x04\x01y")
		elements := der.Elements(data)
		whole, contents, ok := elements.Next(der.OctetString)
		Expect(ok).To(BeTrue())
		Expect(string(whole)).To(Equal("\x04\x01x"))
		data[2] = 'z'
		Expect(string(contents)).To(Equal("z"))
		Expect(string(elements)).To(Equal("\x04\x01y"))
	})
})

var _ = Describe("Reader", func() {
	It("reads indefinite lengths and strings in pieces, and wipes the copies", func() {
		r := der.NewReader([]byte("\x30\x80\x24\x80\x04\x01a\x24\x03\x04\x01b\x00\x00\x02\x01\x05\x00\x00"))
		sequence := r.Enter(der.Sequence)
		text := sequence.Bytes(der.OctetString)
		Expect(string(text)).To(Equal("ab"))
		Expect(sequence.Integer()).To(Equal(5))
		Expect(sequence.More() || r.More()).To(BeFalse())
		Expect(r.Err()).NotTo(HaveOccurred())
		r.Wipe()
		Expect(text).To(Equal([]byte{0, 0}))
	})

	It("keeps the first fault, and answers nothing after it", func() {
		r := der.NewReader([]byte("\x30\x03\x02\x01\x05\x04\x01x"))
		r.Enter(der.Set)
		Expect(r.Err()).To(MatchError(der.ErrDamaged))
		first := r.Err()
		Expect(r.OID()).To(BeEmpty())
		Expect(r.Integer()).To(BeZero())
		Expect(r.Err()).To(BeIdenticalTo(first))
	})

	It("limits the nesting", func() {
		r := der.NewReader([]byte(strings.Repeat("\x30\x80", 1<<16)))
		r.Next()
		Expect(r.Err()).To(MatchError(der.ErrLimit))
	})
})
