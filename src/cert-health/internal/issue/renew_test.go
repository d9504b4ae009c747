package issue_test

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"math/big"
	"net"
	"net/url"
	"time"

	. "github.com/onsi/ginkgo/v2"
	"pgregory.net/rapid"

	"cert-health/internal/issue"
)

// some draws a part of a list.
func some[T any](t *rapid.T, label string, list ...T) (chosen []T) {
	for _, one := range list {
		if rapid.Bool().Draw(t, label) {
			chosen = append(chosen, one)
		}
	}
	return chosen
}

// drawTemplate draws a certificate with what crypto/x509 can write, and extensions that it does not know.
func drawTemplate(t *rapid.T) *x509.Certificate {
	uri := &url.URL{Scheme: "spiffe", Host: "cf", Path: "/x"}
	_, network, _ := net.ParseCIDR("10.0.0.0/8")
	begin := now.Add(-time.Duration(rapid.IntRange(0, 2000).Draw(t, "age")) * time.Hour)
	x := &x509.Certificate{
		SerialNumber: big.NewInt(rapid.Int64Range(1, 1<<60).Draw(t, "serial")),
		Subject: pkix.Name{CommonName: rapid.SampledFrom([]string{"", "a", "Büro", "a,b+c"}).Draw(t, "cn"), Organization: some(t, "o", "x", "y"),
			ExtraNames: some(t, "extra", pkix.AttributeTypeAndValue{Type: asn1.ObjectIdentifier{2, 5, 4, 5}, Value: asn1.RawValue{Tag: asn1.TagUTF8String, Bytes: []byte("é")}})},
		NotBefore: begin, NotAfter: begin.Add(time.Duration(rapid.IntRange(1, 90_000).Draw(t, "lifetime")) * time.Hour),
		KeyUsage:    x509.KeyUsage(rapid.IntRange(0, 511).Draw(t, "usage")),
		ExtKeyUsage: some(t, "usages", x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth), UnknownExtKeyUsage: some(t, "other", asn1.ObjectIdentifier{1, 3, 6, 1, 5, 2, 3, 5}),
		DNSNames: some(t, "names", "a.internal", "*.b.internal"), IPAddresses: some(t, "addresses", net.IP{10, 0, 0, 1}, net.ParseIP("fd00::2")),
		EmailAddresses: some(t, "mails", "a@b.c"), URIs: some(t, "uris", uri),
		OCSPServer: some(t, "ocsp", "http://ocsp"), CRLDistributionPoints: some(t, "crls", "http://crl"), PolicyIdentifiers: some(t, "policies", asn1.ObjectIdentifier{1, 2, 3}),
		SubjectKeyId: rapid.SampledFrom([][]byte{nil, {1, 2, 3}, {0xff}}).Draw(t, "id"), BasicConstraintsValid: rapid.Bool().Draw(t, "constrained"),
		ExtraExtensions: some(t, "unknown", pkix.Extension{Id: asn1.ObjectIdentifier{1, 2, 3, 4}, Critical: true, Value: []byte{5, 0}},
			pkix.Extension{Id: asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 1, 24}, Value: []byte{0x30, 3, 2, 1, 5}}),
	}
	if x.BasicConstraintsValid && rapid.Bool().Draw(t, "CA") {
		x.IsCA, x.MaxPathLen, x.MaxPathLenZero = true, rapid.IntRange(-1, 2).Draw(t, "length"), true
		x.PermittedDNSDomains, x.ExcludedIPRanges = some(t, "permitted", "internal"), some(t, "excluded", network)
	}
	return x
}

// rest are the extensions without those of an identifier.
func rest(list []pkix.Extension, without asn1.ObjectIdentifier) (kept []pkix.Extension) {
	for _, extension := range list {
		if !extension.Id.Equal(without) {
			kept = append(kept, extension)
		}
	}
	return kept
}

var authorityKeyID, subjectKeyID = asn1.ObjectIdentifier{2, 5, 29, 35}, asn1.ObjectIdentifier{2, 5, 29, 14}

var _ = Describe("Renew, of any certificate and by any CA", func() {
	algorithms := map[string][]x509.SignatureAlgorithm{
		"rsa:2048": {x509.SHA256WithRSA, x509.SHA384WithRSA, x509.SHA512WithRSA, x509.SHA1WithRSA, x509.SHA384WithRSAPSS},
		"ec:256":   {x509.ECDSAWithSHA256, x509.ECDSAWithSHA1}, "ec:384": {x509.ECDSAWithSHA384, x509.ECDSAWithSHA512}, "ec:521": {x509.ECDSAWithSHA512}, "ed25519": {x509.PureEd25519},
	}

	It("keeps everything but serial number, dates, the signer's key identifier and the signature", func() {
		rapid.Check(GinkgoT(), func(t *rapid.T) {
			kind := rapid.SampledFrom(keyTypes).Draw(t, "kind of the key")
			old, key, ca := drawSigned(t, kind, algorithms)
			signing := by(ca.x, ca.key)
			made, err := issue.Renew(old, issue.Changes{}, signing)
			if err != nil {
				t.Fatalf("renew: %v", err)
			}
			expectKept(t, old, made)
			equal(t, "the public key", made.RawSubjectPublicKeyInfo, old.RawSubjectPublicKeyInfo)
			equal(t, "the other extensions", rest(made.Extensions, authorityKeyID), rest(old.Extensions, authorityKeyID))
			expectSigned(t, made, ca.x, signing, old)
			if !key.Matches(made) {
				t.Fatalf("the key does not match")
			}
			if soundFor(old.SignatureAlgorithm) && ca.kind == ca.before {
				equal(t, "the algorithm", made.SignatureAlgorithm, old.SignatureAlgorithm)
			}
		})
	})

	It("is like that with a new key, except for the identifier of its own key", func() {
		rapid.Check(GinkgoT(), func(t *rapid.T) {
			kind := rapid.SampledFrom(keyTypes).Draw(t, "kind of the key")
			old, _, ca := drawSigned(t, kind, algorithms)
			signing := by(ca.x, ca.key)
			other := keys()[rapid.SampledFrom(keyTypes).Draw(t, "new kind")][1]
			made, err := issue.Reissue(old, other, issue.Changes{}, signing)
			if err != nil {
				t.Fatalf("reissue: %v", err)
			}
			expectKept(t, old, made)
			equal(t, "the other extensions", rest(rest(made.Extensions, authorityKeyID), subjectKeyID), rest(rest(old.Extensions, authorityKeyID), subjectKeyID))
			equal(t, "whether there is an identifier", len(made.SubjectKeyId) > 0, len(old.SubjectKeyId) > 0)
			if len(old.SubjectKeyId) > 0 && string(made.SubjectKeyId) == string(old.SubjectKeyId) {
				t.Fatalf("the new key has the identifier of the old one")
			}
			expectSigned(t, made, ca.x, signing, old)
			if !other.Matches(made) {
				t.Fatalf("the new key does not match")
			}
		})
	})
})
