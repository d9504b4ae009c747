package issue_test

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"reflect"
	"slices"
	"time"

	"pgregory.net/rapid"

	"cert-health/internal/issue"
)

// drawnCA is the CA that signs a renewal.
type drawnCA struct {
	x            *x509.Certificate
	key          issue.Key
	kind, before string // of its key, and of the key of the CA that signed first
}

// drawSigned draws a certificate that one CA signed, or that signed itself, and the CA that renews it.
func drawSigned(t *rapid.T, kind string, algorithms map[string][]x509.SignatureAlgorithm) (*x509.Certificate, issue.Key, drawnCA) {
	template, key := drawTemplate(t), keys()[kind][0]
	ca := drawnCA{kind: rapid.SampledFrom(keyTypes).Draw(t, "kind of the CA"), before: rapid.SampledFrom(keyTypes).Draw(t, "kind of the first CA")}
	template.SignatureAlgorithm = rapid.SampledFrom(algorithms[ca.before]).Draw(t, "algorithm")
	ca.key = keys()[ca.kind][1]
	ca.x = drawCA(t, ca.key)
	parent := &x509.Certificate{Subject: pkix.Name{CommonName: "first"}, SubjectKeyId: rapid.SampledFrom([][]byte{nil, {9}}).Draw(t, "id of the first CA")}
	return create(template, parent, key.Public(), keys()[ca.before][1]), key, ca
}

// drawCA draws a CA that may sign anything.
func drawCA(t *rapid.T, key issue.Key) *x509.Certificate {
	begin := now.Add(-time.Duration(rapid.IntRange(0, 100).Draw(t, "age of the CA")) * time.Minute)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(7), Subject: pkix.Name{CommonName: "second"}, NotBefore: begin, BasicConstraintsValid: true, IsCA: true,
		NotAfter: now.Add(time.Duration(rapid.IntRange(1, 100_000).Draw(t, "days of the CA")) * time.Hour),
		KeyUsage: rapid.SampledFrom([]x509.KeyUsage{0, x509.KeyUsageCertSign}).Draw(t, "usage of the CA"), SubjectKeyId: rapid.SampledFrom([][]byte{{8}, {7, 7}}).Draw(t, "id of the CA"),
	}
	return create(template, template, key.Public(), key)
}

func equal(t *rapid.T, what string, have, want any) {
	if !reflect.DeepEqual(have, want) {
		t.Fatalf("%s: %v instead of %v", what, have, want)
	}
}

func expectKept(t *rapid.T, old, made *x509.Certificate) {
	equal(t, "the subject", made.RawSubject, old.RawSubject)
	equal(t, "the names", [][]string{made.DNSNames, made.EmailAddresses}, [][]string{old.DNSNames, old.EmailAddresses})
	equal(t, "the URIs", made.URIs, old.URIs)
	equal(t, "the usages", made.KeyUsage, old.KeyUsage)
}

// expectSigned checks what the signer decides.
func expectSigned(t *rapid.T, made, ca *x509.Certificate, by issue.Signing, old *x509.Certificate) {
	equal(t, "the issuer", made.RawIssuer, ca.RawSubject)
	equal(t, "the identifier of the signer's key", made.AuthorityKeyId, ca.SubjectKeyId)
	equal(t, "the serial number", made.SerialNumber.Cmp(by.Serial), 0)
	if err := ca.CheckSignature(made.SignatureAlgorithm, made.RawTBSCertificate, made.Signature); err != nil {
		t.Fatalf("the signature: %v", err)
	}
	if !soundFor(made.SignatureAlgorithm) {
		t.Fatalf("the algorithm %s", made.SignatureAlgorithm)
	}
	begin := now.Add(-5 * time.Minute)
	end := begin.Add(old.NotAfter.Sub(old.NotBefore))
	if begin.Before(ca.NotBefore) {
		begin = ca.NotBefore
	}
	if end.After(ca.NotAfter) {
		end = ca.NotAfter
	}
	equal(t, "the dates", []time.Time{made.NotBefore, made.NotAfter}, []time.Time{begin, end})
}

func soundFor(a x509.SignatureAlgorithm) bool {
	return slices.Contains([]x509.SignatureAlgorithm{x509.SHA256WithRSA, x509.SHA384WithRSA, x509.SHA512WithRSA, x509.SHA384WithRSAPSS,
		x509.ECDSAWithSHA256, x509.ECDSAWithSHA384, x509.ECDSAWithSHA512, x509.PureEd25519}, a)
}
