package lenient

import (
	"fmt"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// stringType is one of ASN.1's types of strings.
type stringType struct {
	name    string
	decode  func(value []byte) (text, fault string)
	openSSL bool // refuses a fault in it too
}

func stringTypes(tag byte) (s stringType, ok bool) {
	switch tag {
	case 0x0c:
		return stringType{"UTF8String", readUTF8, true}, true
	case 0x12:
		return stringType{"NumericString", limitedTo(numeric), false}, true
	case 0x13:
		return stringType{"PrintableString", limitedTo(printable), false}, true
	case 0x14:
		return stringType{"T61String", func(value []byte) (string, string) { return latin1(value), "" }, false}, true
	case 0x16:
		return stringType{"IA5String", limitedTo(ascii), false}, true
	case 0x1a:
		return stringType{"VisibleString", unusual, false}, true
	case 0x1b:
		return stringType{"GeneralString", unusual, false}, true
	case 0x1c:
		return stringType{"UniversalString", readUniversal, false}, true
	case 0x1e:
		return stringType{"BMPString", readBMP, false}, true
	}
	return stringType{}, false
}

// readable decodes a string that has bytes which its type does not allow: as UTF-8 or, if that is
// not valid, as Latin-1.
func readable(value []byte) string {
	if utf8.Valid(value) {
		return string(value)
	}
	return latin1(value)
}

func latin1(value []byte) string {
	var text strings.Builder
	for _, b := range value {
		text.WriteRune(rune(b))
	}
	return text.String()
}

// limitedTo reads a string whose type allows only some characters.
func limitedTo(allowed func(byte) bool) func([]byte) (string, string) {
	return func(value []byte) (text, fault string) {
		for _, b := range value {
			if !allowed(b) {
				return readable(value), fmt.Sprintf("in which the character %+q is not allowed", rune(b))
			}
		}
		return string(value), ""
	}
}

func numeric(b byte) bool { return b == ' ' || '0' <= b && b <= '9' }

func ascii(b byte) bool { return b < utf8.RuneSelf }

// printable allows * and &, as crypto/x509 does.
func printable(b byte) bool {
	return 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z' || '0' <= b && b <= '9' || strings.IndexByte(" '()+,-./:=?*&", b) >= 0
}

func readUTF8(value []byte) (text, fault string) {
	if !utf8.Valid(value) {
		return latin1(value), "which is not valid UTF-8"
	}
	return string(value), ""
}

func unusual(value []byte) (text, fault string) {
	return readable(value), "a type that Go does not read"
}

func readUniversal(value []byte) (text, fault string) {
	var s strings.Builder
	for ; len(value) >= 4; value = value[4:] {
		s.WriteRune(rune(value[0])<<24 | rune(value[1])<<16 | rune(value[2])<<8 | rune(value[3]))
	}
	return s.String(), "a type that Go does not read"
}

// readBMP reads UTF-16, without a zero at the end.
func readBMP(value []byte) (text, fault string) {
	if len(value)%2 != 0 {
		fault = "which has half a character at its end"
		value = value[:len(value)-1]
	}
	if n := len(value); n >= 2 && value[n-1] == 0 && value[n-2] == 0 {
		value = value[:n-2]
	}
	units := make([]uint16, 0, len(value)/2)
	for ; len(value) > 0; value = value[2:] {
		unit := uint16(value[0])<<8 | uint16(value[1])
		if unit >= 0xfffe || 0xfdd0 <= unit && unit <= 0xfdef || utf16.IsSurrogate(rune(unit)) {
			fault = "which has a character outside of its range"
		}
		units = append(units, unit)
	}
	return string(utf16.Decode(units)), fault
}
