package lenient

import (
	"crypto/x509/pkix"
	"encoding/asn1"

	"cert-health/internal/der"
)

// maxAttributes bounds a name. pkix.Name takes time that grows with its square.
const maxAttributes = 500

// name reads a distinguished name. It leaves out the parts that cannot be read.
func (r *reader) name(whose string, whole element) (name pkix.Name) {
	var list pkix.RDNSequence
	rest, left := whole.contents, maxAttributes
	for len(rest) > 0 {
		set, ok := rest.take(der.Set)
		if !ok {
			r.refuse(onlyGo, "its %s is malformed", whose)
			break
		}
		attributes := r.attributes(whose, set.contents, left)
		list = append(list, attributes)
		if left -= 1 + len(attributes); left <= 0 {
			r.refuse(onlyGo, "its %s has more than %d attributes", whose, maxAttributes)
			break
		}
	}
	name.FillFromRDNSequence(&list)
	return name
}

func (r *reader) attributes(whose string, set elements, most int) (list pkix.RelativeDistinguishedNameSET) {
	for len(set) > 0 && len(list) < most {
		pair, ok1 := set.take(der.Sequence)
		kind, ok2 := pair.contents.take(der.ObjectID)
		oid, ok3 := kind.objectID()
		value, ok4 := pair.contents.next()
		if !ok1 {
			r.refuse(onlyGo, "its %s is malformed", whose)
			return list
		}
		if !ok2 || !ok3 || !ok4 {
			r.refuse(onlyGo, "its %s has a malformed attribute", whose)
			continue
		}
		list = append(list, pkix.AttributeTypeAndValue{Type: oid, Value: r.value(whose, value)})
	}
	return list
}

// value is a string or, if the element is not a string, its encoding.
func (r *reader) value(whose string, e element) any {
	s, ok := stringTypes(e.tag)
	if !ok {
		r.refuse(onlyGo, "its %s has an attribute that is not a string", whose)
		return asn1.RawValue{FullBytes: e.whole}
	}
	text, fault := s.decode(e.contents)
	if fault != "" {
		by := onlyGo
		if s.openSSL {
			by = openSSL
		}
		r.refuse(by, "its %s has the %s %s, %s", whose, s.name, quote(text), fault)
	}
	return text
}
