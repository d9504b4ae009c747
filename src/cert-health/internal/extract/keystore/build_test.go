package keystore_test

import (
	"encoding/asn1"
	"encoding/binary"
	"slices"
)

// tlv encodes one element.
func tlv(tag byte, parts ...[]byte) []byte {
	body := slices.Concat(parts...)
	var length []byte
	switch size := len(body); {
	case size < 0x80:
		length = []byte{byte(size)}
	default:
		length = append([]byte{0x84}, binary.BigEndian.AppendUint32(nil, uint32(size))...)
	}
	return slices.Concat([]byte{tag}, length, body)
}

func sequence(parts ...[]byte) []byte { return tlv(0x30, parts...) }
func octetString(body []byte) []byte  { return tlv(0x04, body) }
func field(body []byte) []byte        { return tlv(0xa0, body) }

func number(n int) []byte {
	encoded, _ := asn1.Marshal(n)
	return encoded
}

func oid(numbers ...int) []byte {
	encoded, _ := asn1.Marshal(asn1.ObjectIdentifier(numbers))
	return encoded
}

func pkcs(numbers ...int) []byte { return oid(append([]int{1, 2, 840, 113549, 1}, numbers...)...) }

// pfx is a PKCS #12 store of these safes.
func pfx(mac []byte, safes ...[]byte) []byte {
	return sequence(number(3), sequence(pkcs(7, 1), field(octetString(sequence(safes...)))), mac)
}

func clearSafe(bags ...[]byte) []byte {
	return sequence(pkcs(7, 1), field(octetString(sequence(bags...))))
}

func encryptedSafe(algorithm, encrypted []byte) []byte {
	return sequence(pkcs(7, 6), field(sequence(number(0), sequence(pkcs(7, 1), algorithm, tlv(0x80, encrypted)))))
}

func certBag(der []byte) []byte {
	return sequence(pkcs(12, 10, 1, 3), field(sequence(pkcs(9, 22, 1), field(octetString(der)))))
}

// pbe1 is 3DES as RFC 7292 has it.
func pbe1(salt []byte, iterations int) []byte {
	return sequence(pkcs(12, 1, 3), sequence(octetString(salt), number(iterations)))
}

func pbkdf2(iterations, keySize int) []byte {
	return sequence(pkcs(5, 12), sequence(octetString(make([]byte, 8)), number(iterations), number(keySize)))
}

// pbes2 is AES as RFC 8018 has it.
func pbes2(iterations int) []byte {
	return sequence(pkcs(5, 13), sequence(pbkdf2(iterations, 16), sequence(oid(2, 16, 840, 1, 101, 3, 4, 1, 2), octetString(make([]byte, 16)))))
}

// jks is a store of these entries.
func jks(magic uint32, entries ...[]byte) []byte {
	head := binary.BigEndian.AppendUint32(nil, magic)
	head = binary.BigEndian.AppendUint32(head, 2)
	head = binary.BigEndian.AppendUint32(head, uint32(len(entries)))
	return slices.Concat(head, slices.Concat(entries...), make([]byte, 20))
}

func utf(text string) []byte {
	return append(binary.BigEndian.AppendUint16(nil, uint16(len(text))), text...)
}

func sized(body []byte) []byte {
	return append(binary.BigEndian.AppendUint32(nil, uint32(len(body))), body...)
}

func jksEntry(tag byte, alias string, rest ...[]byte) []byte {
	return slices.Concat([]byte{0, 0, 0, tag}, utf(alias), make([]byte, 8), slices.Concat(rest...))
}

func trusted(alias string, der []byte) []byte {
	return jksEntry(2, alias, utf("X.509"), sized(der))
}

// asBER writes an encoding again as Bouncy Castle and NSS do: with lengths that are not
// known beforehand, and strings in pieces. What the strings hold is written
// so as well, down to a depth.
func asBER(der []byte, depth int) []byte {
	var out []byte
	for rest := der; len(rest) > 0; {
		var e asn1.RawValue
		rest, _ = asn1.Unmarshal(rest, &e)
		body := e.Bytes
		switch {
		case e.IsCompound:
			out = slices.Concat(out, []byte{e.FullBytes[0], 0x80}, asBER(body, depth), []byte{0, 0})
		case e.Class == asn1.ClassUniversal && e.Tag == asn1.TagOctetString:
			if depth > 0 {
				body = asBER(body, depth-1)
			}
			half := len(body) / 2
			out = slices.Concat(out, []byte{0x24, 0x80}, octetString(body[:half]), tlv(0x24, octetString(body[half:])), []byte{0, 0})
		default:
			out = append(out, e.FullBytes...)
		}
	}
	return out
}

// withMAC is a PKCS #12 store with another checksum.
func withMAC(data, mac []byte) []byte {
	var outer, version, content asn1.RawValue
	_, _ = asn1.Unmarshal(data, &outer)
	rest, _ := asn1.Unmarshal(outer.Bytes, &version)
	_, _ = asn1.Unmarshal(rest, &content)
	return sequence(version.FullBytes, content.FullBytes, mac)
}
