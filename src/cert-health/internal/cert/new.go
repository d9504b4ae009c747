package cert

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"strconv"
	"time"
	"unique"
)

// maxKeyID is the number of bytes of a key identifier that are kept. A digest has 20 or 32.
const maxKeyID = 32

// New is the one constructor of a Certificate. It keeps nothing of the memory of x.
func New(x *x509.Certificate) *Certificate {
	selfIssued := bytes.Equal(x.RawSubject, x.RawIssuer)
	c := &Certificate{
		Fingerprint:        sha256.Sum256(x.Raw),
		Subject:            x.Subject.String(),
		CommonName:         x.Subject.CommonName,
		Issuer:             unique.Make(x.Issuer.String()).Value(), // one copy for all certificates of a CA
		Serial:             x.SerialNumber.Text(16),
		SANs:               sans(x),
		AuthorityKeyID:     keyIDText(x.AuthorityKeyId),
		KeyID:              keyIDText(x.SubjectKeyId),
		NotBefore:          writable(x.NotBefore),
		NotAfter:           writable(x.NotAfter),
		CA:                 x.BasicConstraintsValid && x.IsCA,
		SelfIssued:         selfIssued,
		KeyUsage:           x.KeyUsage,
		ExtKeyUsage:        extKeyUsages(x),
		KeyAlgorithm:       x.PublicKeyAlgorithm,
		KeyBits:            keyBits(x.PublicKey),
		PublicKey:          digestOf(x),
		SignatureAlgorithm: x.SignatureAlgorithm,
		proof:              proofOf(x),
		keyIDs:             keyIDsOf(x),
	}
	if c.CA || selfIssued {
		c.key = publicKey(x)
	}
	c.CA = c.CA || x.Version < 3 && c.SelfSigned()
	if c.CA {
		c.constraints = constraintsOf(x)
	}
	return c
}

// keyIDText has one copy for all certificates that a key signed.
func keyIDText(identifier []byte) string {
	return unique.Make(hex.EncodeToString(identifier[:min(len(identifier), maxKeyID)])).Value()
}

// Parts is the number of names, usages and constraints, which take memory for each.
func (c *Certificate) Parts() int {
	count := len(c.SANs) + len(c.ExtKeyUsage)
	if own := c.constraints; own != nil {
		count += len(own.permittedDNS) + len(own.excludedDNS) + len(own.permittedIPs) + len(own.excludedIPs)
	}
	return count
}

// writable keeps a moment within the years that JSON can hold: a zone or a leap second may
// take it out of them.
func writable(t time.Time) time.Time {
	switch year := t.UTC().Year(); {
	case year < 0:
		return time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC)
	case year > 9999:
		return time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)
	}
	return t
}

func sans(x *x509.Certificate) []string {
	count := len(x.DNSNames) + len(x.IPAddresses) + len(x.EmailAddresses) + len(x.URIs)
	if count == 0 {
		return nil
	}
	names := make([]string, 0, count)
	names = append(names, x.DNSNames...)
	for _, ip := range x.IPAddresses {
		names = append(names, ip.String())
	}
	names = append(names, x.EmailAddresses...)
	for _, uri := range x.URIs {
		// A password in a URI must not get into reports.
		names = append(names, uri.Redacted())
	}
	return names
}

func keyBits(public any) int {
	switch key := public.(type) {
	case *rsa.PublicKey:
		return key.N.BitLen()
	case *ecdsa.PublicKey:
		return key.Curve.Params().BitSize
	case ed25519.PublicKey:
		return len(key) * 8
	}
	return 0
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
	// The rest are usages of vendors and withdrawn ones. The number of crypto/x509
	// distinguishes them, which is enough for an identity digest.
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

// digestOf is the digest of a certificate's public key. It is zero for algorithms whose
// private keys package publickey does not read.
func digestOf(x *x509.Certificate) KeyDigest {
	switch x.PublicKey.(type) {
	case *rsa.PublicKey, *ecdsa.PublicKey, ed25519.PublicKey:
		return sha256.Sum256(x.RawSubjectPublicKeyInfo)
	}
	return KeyDigest{}
}
