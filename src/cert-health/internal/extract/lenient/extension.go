package lenient

import (
	"encoding/asn1"
	"encoding/hex"
	"strings"

	"cert-health/internal/der"
)

// extension is one of a certificate.
type extension struct {
	oid      asn1.ObjectIdentifier
	name     string // in reasons
	critical bool
	value    elements
}

// readExtensions reads the extensions that say what the certificate is for, and ignores all
// others.
func (r *reader) readExtensions() {
	if r.x.Version < 3 {
		return
	}
	for _, tag := range []byte{tagPlain1, tagPlain2} { // unique identifiers
		r.rest.take(tag)
	}
	wrapped, ok := r.rest.take(tagField3)
	if !ok {
		return
	}
	list, ok := wrapped.contents.take(der.Sequence)
	if !ok {
		r.refuse(allOf, "its extensions are malformed")
	}
	seen := map[string]bool{}
	for rest := list.contents; len(rest) > 0; {
		one, ok := rest.take(der.Sequence)
		if !ok {
			r.refuse(allOf, "its extensions are malformed")
			return
		}
		e, ok := r.extension(one.contents)
		if !ok {
			continue
		}
		if id := e.oid.String(); seen[id] {
			r.refuse(allOf, "it has the extension %s more than once", e.name)
			continue // the first one counts
		}
		seen[e.oid.String()] = true
		r.process(e)
	}
}

func (r *reader) extension(body elements) (e extension, ok bool) {
	id, ok1 := body.take(der.ObjectID)
	oid, ok2 := id.objectID()
	if !ok1 || !ok2 {
		r.refuse(onlyGo, "it has an extension without a valid name")
		return e, false
	}
	e.oid, e.name = oid, extensionName(oid.String())
	if critical, ok := body.take(tagBoolean); ok {
		e.critical = r.truth(e.name, critical)
	}
	value, ok := body.take(der.OctetString)
	if !ok {
		r.refuse(allOf, "its extension %s is malformed", e.name)
	}
	e.value = value.contents
	return e, ok
}

// truth reads a BOOLEAN of an extension.
func (r *reader) truth(name string, e element) bool {
	value, wellFormed := e.truth()
	if !wellFormed {
		r.refuse(onlyGo, "its extension %s has the truth value %s, which is neither 00 nor FF",
			name, strings.ToUpper(hex.EncodeToString(e.contents[:min(len(e.contents), 8)])))
	}
	return value
}

func extensionName(oid string) string {
	switch oid {
	case "2.5.29.14":
		return "subject key identifier"
	case "2.5.29.15":
		return "key usage"
	case "2.5.29.17":
		return "subject alternative name"
	case "2.5.29.19":
		return "basic constraints"
	case "2.5.29.30":
		return "name constraints"
	case "2.5.29.35":
		return "authority key identifier"
	case "2.5.29.37":
		return "extended key usage"
	case "1.3.6.1.5.5.7.1.1":
		return "authority information access"
	}
	return oid
}

func (r *reader) process(e extension) {
	readable := true
	switch e.oid.String() {
	case "2.5.29.14":
		r.neverCritical(e)
		readable = r.subjectKeyID(e.value)
	case "2.5.29.15":
		readable = r.keyUsage(e.value)
	case "2.5.29.17":
		readable = r.alternativeNames(e.value)
	case "2.5.29.19":
		readable = r.basicConstraints(e.value)
	case "2.5.29.30":
		readable = r.nameConstraints(e.value)
	case "2.5.29.35":
		r.neverCritical(e)
		readable = r.authorityKeyID(e.value)
	case "2.5.29.37":
		readable = r.extKeyUsage(e.value)
	case "1.3.6.1.5.5.7.1.1":
		r.neverCritical(e)
	}
	if !readable {
		r.refuse(openSSL, "its extension %s is malformed", e.name)
	}
}

func (r *reader) neverCritical(e extension) {
	if e.critical {
		r.refuse(openSSL, "its extension %s is marked as critical", e.name)
	}
}

func (r *reader) subjectKeyID(value elements) bool {
	id, ok := value.take(der.OctetString)
	r.x.SubjectKeyId = id.contents
	return ok
}

func (r *reader) authorityKeyID(value elements) bool {
	body, ok := value.take(der.Sequence)
	if !ok || !body.contents.at(der.Implicit0) {
		return ok
	}
	id, ok := body.contents.take(der.Implicit0)
	r.x.AuthorityKeyId = id.contents
	return ok
}
