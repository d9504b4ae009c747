package metrics

import (
	"math/big"
	"slices"
	"strings"
)

// attributes are the parts of a distinguished name that become labels, named as in RFC 2253.
func attributes() []string { return []string{"C", "ST", "L", "O", "OU", "CN"} }

// appendName adds the attributes of a distinguished name as labels. Of an attribute
// that is there several times the first counts, as in the exporter.
func appendName(labels []label, prefix, name string) []label {
	for attribute, value := range parts(name) {
		of := func(l label) bool { return l.name == prefix+attribute }
		if slices.Contains(attributes(), attribute) && !slices.ContainsFunc(labels, of) {
			labels = append(labels, label{prefix + attribute, value})
		}
	}
	return labels
}

// parts yields the attributes of a name as the report has it: in the form that
// crypto/x509/pkix gives names, which is RFC 2253 with a backslash before each character
// that means something. It undoes that form, and is no parser of what people write.
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

// unescaped reads a value up to the comma or plus sign behind it.
func unescaped(text string) (value, rest string) {
	var out strings.Builder
	escaped := false
	for i, r := range text {
		switch {
		case escaped:
			escaped = false
		case r == '\\':
			escaped = true
			continue
		case r == ',' || r == '+':
			return out.String(), text[i+1:]
		}
		out.WriteRune(r)
	}
	return out.String(), ""
}

// maxSerial is how many hexadecimal digits of a serial number are worth a conversion, which
// takes longer than linear time. RFC 5280 allows 40.
const maxSerial = 128

// decimal writes a serial number as the exporter does.
func decimal(hexadecimal string) string {
	number, ok := new(big.Int), false
	if len(hexadecimal) <= maxSerial {
		number, ok = number.SetString(hexadecimal, 16)
	}
	if !ok {
		return hexadecimal
	}
	return number.String()
}
