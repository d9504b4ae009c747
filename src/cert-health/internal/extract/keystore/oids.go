package keystore

import (
	"crypto/x509"
	"encoding/hex"
)

// Encoded object identifiers, by their names in RFC 7292, 8018, 9579 and 5652. They are
// strings, because slices cannot be constants.
const (
	pkcs   = "\x2a\x86\x48\x86\xf7\x0d\x01" // 1.2.840.113549.1
	rsadsi = "\x2a\x86\x48\x86\xf7\x0d"     // 1.2.840.113549
	nist   = "\x60\x86\x48\x01\x65\x03\x04" // 2.16.840.1.101.3.4

	oidData          = pkcs + "\x07\x01"
	oidSignedData    = pkcs + "\x07\x02"
	oidEncryptedData = pkcs + "\x07\x06"

	oidCertBag         = pkcs + "\x0c\x0a\x01\x03"
	oidSafeContentsBag = pkcs + "\x0c\x0a\x01\x06"
	oidX509Certificate = pkcs + "\x09\x16\x01"
	oidFriendlyName    = pkcs + "\x09\x14"
	oidLocalKeyID      = pkcs + "\x09\x15"
	// Java's mark of trusted certificates: 2.16.840.1.113894.746875.1.1.
	oidTrustedKeyUsage = "\x60\x86\x48\x01\x86\xf9\x66\xad\xca\x7b\x01\x01"

	oidSHAAnd3DES     = pkcs + "\x0c\x01\x03"
	oidSHAAnd2Key3DES = pkcs + "\x0c\x01\x04"
	oidSHAAndRC2      = pkcs + "\x0c\x01\x05"
	oidSHAAndRC2Of40  = pkcs + "\x0c\x01\x06"
	oidPBES2          = pkcs + "\x05\x0d"
	oidPBKDF2         = pkcs + "\x05\x0c"
	oidPBMAC1         = pkcs + "\x05\x0e"

	oid3DES   = rsadsi + "\x03\x07"
	oidAES128 = nist + "\x01\x02"
	oidAES192 = nist + "\x01\x16"
	oidAES256 = nist + "\x01\x2a"

	oidHMACSHA1   = rsadsi + "\x02\x07"
	oidHMACSHA224 = rsadsi + "\x02\x08"
	oidHMACSHA256 = rsadsi + "\x02\x09"
	oidHMACSHA384 = rsadsi + "\x02\x0a"
	oidHMACSHA512 = rsadsi + "\x02\x0b"

	oidSHA1   = "\x2b\x0e\x03\x02\x1a" // 1.3.14.3.2.26
	oidSHA256 = nist + "\x02\x01"
	oidSHA384 = nist + "\x02\x02"
	oidSHA512 = nist + "\x02\x03"
	oidSHA224 = nist + "\x02\x04"
)

// dotted is an object identifier in the usual notation.
func dotted(oid string) string {
	var parsed x509.OID
	if err := parsed.UnmarshalBinary([]byte(oid)); err != nil {
		return hex.EncodeToString([]byte(oid))
	}
	return parsed.String()
}
