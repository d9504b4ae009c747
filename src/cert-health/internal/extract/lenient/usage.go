package lenient

import (
	"crypto/x509"
	"encoding/asn1"

	"cert-health/internal/der"
)

func (r *reader) basicConstraints(value elements) bool {
	body, ok := value.take(der.Sequence)
	if !ok {
		return false
	}
	r.x.BasicConstraintsValid = true
	if ca, ok := body.contents.take(tagBoolean); ok {
		r.x.IsCA = r.truth("basic constraints", ca)
	}
	if length, ok := body.contents.take(der.Integer); ok && length.negative() {
		r.refuse(openSSL, "the path length in its extension basic constraints is negative")
	}
	return true
}

func (r *reader) keyUsage(value elements) bool {
	element, _ := value.next()
	bits, ok := element.bits()
	for i := range 9 {
		r.x.KeyUsage |= x509.KeyUsage(bits.At(i) << i)
	}
	return ok
}

func (r *reader) extKeyUsage(value elements) bool {
	body, ok := value.take(der.Sequence)
	for rest := body.contents; ok && len(rest) > 0; {
		next, found := rest.take(der.ObjectID)
		if !found {
			return false
		}
		oid, valid := next.objectID()
		if !valid {
			return false
		}
		if usage, known := usageOf(oid); known {
			r.x.ExtKeyUsage = append(r.x.ExtKeyUsage, usage)
			continue
		}
		r.x.UnknownExtKeyUsage = append(r.x.UnknownExtKeyUsage, oid)
	}
	return ok
}

// usageOf is crypto/x509's number for a usage.
func usageOf(oid asn1.ObjectIdentifier) (usage x509.ExtKeyUsage, known bool) {
	for usage := x509.ExtKeyUsageAny; usage <= x509.ExtKeyUsageMicrosoftKernelCodeSigning; usage++ {
		if usage.OID().EqualASN1OID(oid) {
			return usage, true
		}
	}
	return 0, false
}
