package issue

import (
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"strings"
)

// Subject is the subject of a new certificate.
type Subject struct{ name pkix.Name }

// CommonName is a subject of a common name alone.
func CommonName(name string) *Subject { return &Subject{pkix.Name{CommonName: name}} }

// String writes the subject as RFC 2253 has it.
func (s *Subject) String() string { return s.name.String() }

// oidEmail is the attribute of a mail address, which crypto/x509/pkix has no field for.
var oidEmail = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 1}

// subjectForm tells how a subject is written.
const subjectForm = "write it as CN=name,O=organization or /CN=name/O=organization, with CN, C, ST, L, O, OU and emailAddress"

// ParseSubject reads a subject in the two forms of safe: CN=name,O=organization or /CN=name/O=organization. A
// backslash takes the meaning from the character behind it.
func ParseSubject(text string) (*Subject, error) {
	separator := byte(',')
	rest := strings.TrimSpace(text)
	if strings.HasPrefix(rest, "/") {
		separator, rest = '/', rest[1:]
	}
	s := &Subject{}
	for _, pair := range divide(rest, separator) {
		key, value, found := strings.Cut(pair, "=")
		value = strings.TrimSpace(value)
		if !found || value == "" {
			return nil, fmt.Errorf("the subject %q has a part without a value: %s", text, subjectForm)
		}
		if !s.add(strings.ToUpper(strings.TrimSpace(key)), value) {
			return nil, fmt.Errorf("the subject %q has a part that is not known, or two common names: %s", text, subjectForm)
		}
	}
	return s, nil
}

// divide cuts at a separator that no backslash stands before, and removes the backslashes.
func divide(text string, separator byte) (parts []string) {
	var part strings.Builder
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] == '\\' && i+1 < len(text):
			i++
			part.WriteByte(text[i])
		case text[i] == separator:
			parts = append(parts, part.String())
			part.Reset()
		default:
			part.WriteByte(text[i])
		}
	}
	return append(parts, part.String())
}

func (s *Subject) add(key, value string) bool {
	list := map[string]*[]string{"C": &s.name.Country, "ST": &s.name.Province, "L": &s.name.Locality, "O": &s.name.Organization, "OU": &s.name.OrganizationalUnit}
	switch {
	case list[key] != nil:
		*list[key] = append(*list[key], value)
	case key == "CN" && s.name.CommonName == "":
		s.name.CommonName = value
	case key == "EMAILADDRESS":
		s.name.ExtraNames = append(s.name.ExtraNames, pkix.AttributeTypeAndValue{Type: oidEmail, Value: asn1.RawValue{Tag: asn1.TagIA5String, Bytes: []byte(value)}})
	default:
		return false
	}
	return true
}
