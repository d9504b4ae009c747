package cert

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/binary"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
)

// IdentityDigest ties a certificate to its successor or predecessor: the digest of
// role, subject, alternative names and key usages, which a renewal keeps while
// key, serial, issuer and dates change. Two certificates may share an identity
// and be different things all the same; only the fingerprint is proof, so half of
// a SHA-256 is enough, which counts where it is published.
type IdentityDigest [sha256.Size / 2]byte

// String returns 32 lower-case hex digits.
func (i IdentityDigest) String() string { return hex.EncodeToString(i[:]) }

// MarshalText writes the digits into JSON.
func (i IdentityDigest) MarshalText() ([]byte, error) { return []byte(i.String()), nil }

// UnmarshalText reads them back.
func (i *IdentityDigest) UnmarshalText(text []byte) error { return unhex(i[:], text) }

// IdentityDigest computes the certificate's identity. A member of a trust bundle has
// the identity of the CA that it is, so that both are found in the same place.
func (c *Certificate) IdentityDigest() IdentityDigest {
	names := slices.Clone(c.SANs)
	for i, name := range names {
		names[i] = strings.ToLower(name)
	}
	slices.Sort(names)
	usages := slices.Sorted(slices.Values(c.ExtKeyUsage))

	digest := sha256.New()
	field := func(values ...string) {
		// Each list and each value carries its length, so that no two
		// different certificates run together into the same bytes.
		_ = binary.Write(digest, binary.BigEndian, uint32(len(values)))
		for _, value := range values {
			_ = binary.Write(digest, binary.BigEndian, uint32(len(value)))
			digest.Write([]byte(value))
		}
	}
	class := "leaf"
	if c.CA {
		class = "ca"
	}
	field(class, c.Subject)
	field(names...)
	field(usages...)
	_ = binary.Write(digest, binary.BigEndian, uint32(c.KeyUsage))
	return IdentityDigest(digest.Sum(nil)[:len(IdentityDigest{})])
}

// extKeyUsageName is the short name that OpenSSL's configuration uses too.
func extKeyUsageName(usage x509.ExtKeyUsage) string {
	switch usage {
	case x509.ExtKeyUsageAny:
		return "anyExtendedKeyUsage"
	case x509.ExtKeyUsageServerAuth:
		return "serverAuth"
	case x509.ExtKeyUsageClientAuth:
		return "clientAuth"
	case x509.ExtKeyUsageCodeSigning:
		return "codeSigning"
	case x509.ExtKeyUsageEmailProtection:
		return "emailProtection"
	case x509.ExtKeyUsageTimeStamping:
		return "timeStamping"
	case x509.ExtKeyUsageOCSPSigning:
		return "OCSPSigning"
	}
	// What is left are vendors' and withdrawn usages: crypto/x509's number
	// keeps them apart, and that is all an identity needs.
	return "usage-" + strconv.Itoa(int(usage))
}

func extKeyUsages(x *x509.Certificate) []string {
	if len(x.ExtKeyUsage)+len(x.UnknownExtKeyUsage) == 0 {
		return nil
	}
	usages := make([]string, 0, len(x.ExtKeyUsage)+len(x.UnknownExtKeyUsage))
	for _, usage := range x.ExtKeyUsage {
		usages = append(usages, extKeyUsageName(usage))
	}
	for _, oid := range x.UnknownExtKeyUsage {
		usages = append(usages, oid.String())
	}
	return usages
}

// ServerAuth and ClientAuth tell for which side of a handshake the certificate
// was issued. Without any extended key usage it serves for both.
func (c *Certificate) ServerAuth() bool { return c.usableFor("serverAuth") }

// ClientAuth is ServerAuth's other side.
func (c *Certificate) ClientAuth() bool { return c.usableFor("clientAuth") }

func (c *Certificate) usableFor(usage string) bool {
	return len(c.ExtKeyUsage) == 0 ||
		slices.Contains(c.ExtKeyUsage, usage) || slices.Contains(c.ExtKeyUsage, "anyExtendedKeyUsage")
}
