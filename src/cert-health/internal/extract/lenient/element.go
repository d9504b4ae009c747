package lenient

import (
	"encoding/asn1"

	"cert-health/internal/der"
)

// Tags that package der does not name.
const (
	tagBoolean = 0x01
	tagField1  = 0xa1 // [1], constructed
	tagField3  = 0xa3
	tagPlain1  = 0x81 // [1], primitive
	tagPlain2  = 0x82
	tagPlain6  = 0x86
	tagPlain7  = 0x87
)

// elements is what is left to read of a sequence of ASN.1 elements.
type elements []byte

// element is one of them.
type element struct {
	tag      byte
	whole    []byte   // with tag and length
	contents elements // without them
}

// next reads the next element, of any tag. A length need not be written in as few bytes as
// possible, but it must be given.
func (e *elements) next() (element, bool) {
	data := *e
	h, ok := der.ReadHeader(data)
	if !ok || h.Length == der.Indefinite || h.Length > len(data)-h.Size {
		return element{}, false
	}
	end := h.Size + h.Length
	*e = data[end:]
	return element{tag: h.Tag, whole: data[:end:end], contents: data[h.Size:end:end]}, true
}

// take reads the next element if it has this tag.
func (e *elements) take(tag byte) (element, bool) {
	if !e.at(tag) {
		return element{}, false
	}
	return e.next()
}

// at tells whether the next element has this tag.
func (e elements) at(tag byte) bool { return len(e) > 0 && e[0] == tag }

// objectID decodes an OBJECT IDENTIFIER.
func (e element) objectID() (asn1.ObjectIdentifier, bool) {
	var oid asn1.ObjectIdentifier
	if e.tag != der.ObjectID {
		return nil, false
	}
	_, err := asn1.Unmarshal(e.whole, &oid)
	return oid, err == nil
}

// bits decodes a BIT STRING. It ignores bits behind the announced end.
func (e element) bits() (asn1.BitString, bool) {
	if e.tag != der.BitString || len(e.contents) == 0 || e.contents[0] > 7 || len(e.contents) == 1 && e.contents[0] > 0 {
		return asn1.BitString{}, false
	}
	return asn1.BitString{Bytes: e.contents[1:], BitLength: 8*(len(e.contents)-1) - int(e.contents[0])}, true
}

// truth decodes a BOOLEAN. DER allows one value for true, BER all but zero.
func (e element) truth() (value, wellFormed bool) {
	value = len(e.contents) > 0 && e.contents[0] != 0
	return value, len(e.contents) == 1 && (e.contents[0] == 0 || e.contents[0] == 0xff)
}
