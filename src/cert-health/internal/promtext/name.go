package promtext

import (
	"math/big"
	"slices"
	"strings"
)

// Attributes are the parts of a distinguished name that become labels, named as in RFC 2253.
func Attributes() []string { return []string{"C", "ST", "L", "O", "OU", "CN"} }

// AppendName adds the attributes of a distinguished name as labels. If an attribute occurs
// several times, the first counts, as in x509-certificate-exporter.
func AppendName(labels []Label, prefix, name string) []Label {
	for attribute, value := range parts(name) {
		same := func(l Label) bool { return l.Name == prefix+attribute }
		if slices.Contains(Attributes(), attribute) && !slices.ContainsFunc(labels, same) {
			labels = append(labels, Label{prefix + attribute, value})
		}
	}
	return labels
}

// parts yields the attributes of a name in a report. The form is that of crypto/x509/pkix:
// RFC 2253, with a backslash before each special character. It does not parse other forms.
func parts(name string) func(yield func(attribute, value string) bool) {
	return func(yield func(attribute, value string) bool) {
		for len(name) > 0 {
			attribute, rest, found := strings.Cut(name, "=")
			if !found {
				return
			}
			value, rest := unescaped(rest)
			if !yield(attribute, value) {
				return
			}
			name = rest
		}
	}
}

// unescaped reads a value up to the comma or plus sign that ends it.
func unescaped(name string) (value, rest string) {
	var out strings.Builder
	escaped := false
	for i, r := range name {
		switch {
		case escaped:
			escaped = false
		case r == '\\':
			escaped = true
			continue
		case r == ',' || r == '+':
			return out.String(), name[i+1:]
		}
		out.WriteRune(r)
	}
	return out.String(), ""
}

// maxSerial is the largest number of hexadecimal digits of a serial number that is
// converted, because the conversion takes more than linear time. RFC 5280 allows 40.
const maxSerial = 128

// Decimal returns a serial number in decimal digits, as the exporter does.
func Decimal(hexadecimal string) string {
	number, ok := new(big.Int), false
	if len(hexadecimal) <= maxSerial {
		number, ok = number.SetString(hexadecimal, 16)
	}
	if !ok {
		return hexadecimal
	}
	return number.String()
}
