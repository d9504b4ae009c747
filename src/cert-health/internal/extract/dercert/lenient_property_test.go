package dercert_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"flag"
	"math/big"
	"net"
	"net/url"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"pgregory.net/rapid"

	"cert-health/internal/cert"
	"cert-health/internal/extract/dercert"
	"cert-health/internal/scenario"
)

// signers are keys of every kind that crypto/x509 signs with.
var signers = sync.OnceValue(func() (list []crypto.Signer) {
	for _, curve := range []elliptic.Curve{elliptic.P224(), elliptic.P256(), elliptic.P384(), elliptic.P521()} {
		list = append(list, must(ecdsa.GenerateKey(curve, rand.Reader)))
	}
	_, key, err := ed25519.GenerateKey(rand.Reader)
	return append(list, must(rsa.GenerateKey(rand.Reader, 2048)), must(key, err))
})

// drawn draws from a list.
func drawn[T any](t *rapid.T, label string, list ...T) T {
	return list[rapid.IntRange(0, len(list)-1).Draw(t, label)]
}

func some[T any](t *rapid.T, label string, list ...T) (chosen []T) {
	for _, one := range list {
		if rapid.Bool().Draw(t, label) {
			chosen = append(chosen, one)
		}
	}
	return chosen
}

func drawName(t *rapid.T, label string) pkix.Name {
	words := []string{"a", "Büro", "a,b+c", " x ", "#1", "日本", "a@b_c", `"q"\`, "\x00"}
	name := pkix.Name{CommonName: drawn(t, label, append(words, "")...), Organization: some(t, label, words...), Country: some(t, label, "DE", "us"),
		OrganizationalUnit: some(t, label, words[:3]...), Locality: some(t, label, "l"), Province: some(t, label, "p"),
		StreetAddress: some(t, label, "s"), PostalCode: some(t, label, "1"), SerialNumber: drawn(t, label, "", "12")}
	if rapid.Bool().Draw(t, label) {
		name.ExtraNames = []pkix.AttributeTypeAndValue{{Type: asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 1}, Value: "a@b"},
			{Type: asn1.ObjectIdentifier{2, 5, 4, 3}, Value: asn1.RawValue{Tag: asn1.TagT61String, Bytes: []byte("B\xfcro")}},
			{Type: asn1.ObjectIdentifier{2, 5, 4, 10}, Value: asn1.RawValue{Tag: asn1.TagBMPString, Bytes: []byte("\x00B\x00\xfc\x00\x00")}},
			{Type: asn1.ObjectIdentifier{0, 9, 2342, 19200300, 100, 1, 25}, Value: asn1.RawValue{Tag: asn1.TagIA5String, Bytes: []byte("internal")}},
			{Type: asn1.ObjectIdentifier{2, 5, 4, 5}, Value: asn1.RawValue{Tag: asn1.TagNumericString, Bytes: []byte("1 2")}}}
	}
	return name
}

// drawTemplate draws a certificate with everything that crypto/x509 writes.
func drawTemplate(t *rapid.T) *x509.Certificate {
	moments := []time.Time{time.Date(1950, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2049, 12, 31, 23, 59, 59, 0, time.UTC),
		time.Date(2050, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC), time.Date(2026, 2, 28, 1, 2, 3, 0, time.UTC)}
	_, range4, _ := net.ParseCIDR("10.0.0.0/8")
	_, range6, _ := net.ParseCIDR("fd00::/8")
	x := &x509.Certificate{
		SerialNumber: new(big.Int).SetBytes(append([]byte{1}, rapid.SliceOfN(rapid.Byte(), 0, 18).Draw(t, "serial")...)),
		Subject:      drawName(t, "subject"),
		NotBefore:    drawn(t, "begin", moments...), NotAfter: drawn(t, "end", moments...),
		KeyUsage:           x509.KeyUsage(rapid.IntRange(0, 511).Draw(t, "usage")),
		ExtKeyUsage:        some(t, "usages", x509.ExtKeyUsageAny, x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageOCSPSigning, x509.ExtKeyUsageMicrosoftKernelCodeSigning),
		UnknownExtKeyUsage: some(t, "other usages", asn1.ObjectIdentifier{1, 3, 6, 1, 5, 2, 3, 5}, asn1.ObjectIdentifier{2, 16, 2147483647}),
		DNSNames:           some(t, "names", "a.internal", "*.b", "", "a b", "x_y.", "10.0.0.1"),
		EmailAddresses:     some(t, "mails", "a@b", "no"),
		IPAddresses:        some(t, "addresses", net.IP{10, 0, 0, 1}, net.ParseIP("::1"), net.ParseIP("fd00::2")),
		URIs:               some(t, "uris", must(url.Parse("spiffe://a/b")), must(url.Parse("https://u:p@x:1/?q#f")), must(url.Parse("urn:a:b"))),
		OCSPServer:         some(t, "ocsp", "http://ocsp"), IssuingCertificateURL: some(t, "issuers", "http://issuer"),
		CRLDistributionPoints: some(t, "crls", "http://crl"), SubjectKeyId: drawn(t, "id", nil, []byte{1, 2, 3}),
		BasicConstraintsValid: rapid.Bool().Draw(t, "constrained"),
	}
	if x.BasicConstraintsValid && rapid.Bool().Draw(t, "CA") {
		x.IsCA, x.MaxPathLen, x.MaxPathLenZero = true, rapid.IntRange(-1, 3).Draw(t, "length"), true
		x.PermittedDNSDomains, x.ExcludedDNSDomains = some(t, "permitted", "a", ".b"), some(t, "excluded", "c.d")
		x.PermittedIPRanges, x.ExcludedIPRanges = some(t, "permitted ranges", range4), some(t, "excluded ranges", range6)
		x.PermittedEmailAddresses, x.ExcludedURIDomains = some(t, "mail domains", "e.f"), some(t, "URI domains", ".g")
	}
	if rapid.Bool().Draw(t, "unknown extension") {
		x.ExtraExtensions = []pkix.Extension{{Id: asn1.ObjectIdentifier{1, 2, 3}, Critical: rapid.Bool().Draw(t, "critical"), Value: []byte{5, 0}}}
	}
	return x
}

// accepted are changes after which crypto/x509 still reads a certificate.
func accepted() []func(tbs *scenario.Node) {
	return []func(*scenario.Node){
		func(*scenario.Node) {},
		func(tbs *scenario.Node) { tbs.At(0, 0).Contents = []byte{1} }, // version 2
		func(tbs *scenario.Node) { tbs.Children = tbs.Children[1:7] },  // version 1
		func(tbs *scenario.Node) { tbs.At(4, 0).Set(0x17, []byte("2601020304Z")...) },
		func(tbs *scenario.Node) { tbs.At(4, 1).Set(0x17, []byte("260102030405+0200")...) },
		func(tbs *scenario.Node) { tbs.At(4, 1).Set(0x18, []byte("20260102030405-0330")...) },
		func(tbs *scenario.Node) { tbs.At(6, 0, 0).Set(0x06, 0x2b, 0x65, 0x71) }, // an unknown key algorithm
		func(tbs *scenario.Node) { tbs.At(3).Children = nil },
		func(tbs *scenario.Node) {
			tbs.Children = append(tbs.Children[:7:7], node(0x81, 0, 1), node(0x82, 0, 2))
		},
	}
}

// bothWays reads what crypto/x509 accepts by it and without it.
func bothWays(der []byte) (strict, lenient *cert.Certificate) {
	strict, err := dercert.Parse(der)
	if err != nil || strict.Refused != "" {
		return nil, nil
	}
	lenient, err = dercert.ParseRefused(der)
	if err != nil {
		panic(err)
	}
	return strict, lenient
}

// allocatedBy counts the bytes that a call allocates.
func allocatedBy(call func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	call()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

var _ = Describe("reading a certificate without crypto/x509", func() {
	It("gives what crypto/x509 gives, of everything that it accepts", func() {
		Expect(flag.Set("rapid.nofailfile", "true")).To(Succeed())
		read := 0
		rapid.Check(GinkgoT(), func(t *rapid.T) {
			template, parent, signer := drawTemplate(t), drawTemplate(t), drawn(t, "signer", signers()...)
			if rapid.Bool().Draw(t, "self-signed") {
				parent = template
			}
			if _, ok := signer.(*rsa.PrivateKey); ok {
				template.SignatureAlgorithm = drawn(t, "algorithm", x509.SHA256WithRSA, x509.SHA384WithRSAPSS, x509.SHA512WithRSA, x509.SHA256WithRSAPSS)
			}
			der, err := x509.CreateCertificate(rand.Reader, template, parent, drawn(t, "key", signers()...).Public(), signer)
			if err != nil {
				return // crypto/x509 writes fewer names than it reads
			}
			whole := scenario.Nodes(der)[0]
			drawn(t, "change", accepted()...)(whole.At(0))
			strict, lenient := bothWays(whole.DER())
			if strict == nil {
				t.Fatalf("crypto/x509 refuses %x", whole.DER())
			}
			read++
			if !reflect.DeepEqual(strict, lenient) {
				t.Fatalf("read as\n%+v\nand not as\n%+v", lenient, strict)
			}
		})
		Expect(read).To(BeNumerically(">", 30))
	})
})

// FuzzLenient holds the contract of the lenient reader: whatever the input, it returns; it
// gives what crypto/x509 gives of everything that this accepts; of what is refused it says
// why; it allocates no more than a multiple of the input's size.
func FuzzLenient(f *testing.F) {
	ca := scenario.Issue(scenario.Spec{CommonName: "ca", CA: true, Permitted: []string{"a.internal", "10.0.0.0/8"}})
	for _, kind := range []scenario.KeyKind{scenario.ECDSA, scenario.Ed25519, scenario.RSA} {
		f.Add(scenario.Issue(scenario.Spec{CommonName: "a", SANs: []string{"a.internal", "::1"}, Issuer: ca, Key: kind}).X509.Raw)
	}
	f.Add(ca.X509.Raw)
	for _, patch := range []func(*scenario.Node){explicitP256(0), changePoint(compressed), setCurve("\x2b\x81\x04\x00\x0a"),
		setName(0x1e, "\x00h"), addName(0x86, "https://u:p@x/a b%zz"), critical(oidAuthorityKeyID, 1)} {
		_, irregular := twins(scenario.Spec{CommonName: "a", Issuer: ca}, patch)
		f.Add(irregular.X509.Raw)
	}
	f.Fuzz(func(t *testing.T, der []byte) {
		allocated := allocatedBy(func() { _, _ = dercert.ParseRefused(der) })
		if allocated > uint64(128*len(der)+1<<20) {
			t.Fatalf("%d bytes allocated for an input of %d", allocated, len(der))
		}
		strict, lenient := bothWays(der)
		if strict != nil && !reflect.DeepEqual(strict, lenient) {
			t.Fatalf("read as\n%+v\nand not as\n%+v", lenient, strict)
		}
		if c, err := dercert.Parse(der); err == nil && strict == nil && (!strings.Contains(c.Refused, " refuse it: ") || !utf8.ValidString(c.Subject+c.Refused)) {
			t.Fatalf("no reason in %q, of %q", c.Refused, c.Subject)
		}
	})
}
