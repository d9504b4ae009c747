package publication_test

import (
	"flag"
	"fmt"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"pgregory.net/rapid"

	"cert-health/internal/cert"
	"cert-health/internal/reference"
	"cert-health/internal/vault/publication"
)

func TestPublication(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "Publication")
}

var _ = BeforeSuite(func() {
	// A failing example is reproduced by its seed; no file is left behind.
	Expect(flag.Set("rapid.nofailfile", "true")).To(Succeed())
})

// when is a moment to the second, as it is published.
var when = time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)

// held is a certificate under a key, made up from a number.
func held(key string, n byte) reference.Entry {
	return reference.Entry{Key: key, Summary: cert.Summary{
		Fingerprint: cert.Fingerprint{n, 1}, IdentityDigest: cert.IdentityDigest{n, 2},
		NotBefore: when, NotAfter: when.AddDate(1, 0, 0), CA: n%2 == 0,
	}}
}

// older is a version that held one certificate.
func older(number int, n byte) reference.Version {
	h := held("", n)
	return reference.Version{Number: number, Created: when.AddDate(0, -1, 0), Entries: []reference.PastEntry{{Fingerprint: h.Fingerprint, IdentityDigest: h.IdentityDigest}}}
}

// custom is custom metadata that holds values.
func custom(values ...string) map[string]string {
	all := map[string]string{}
	for i, value := range values {
		all[fmt.Sprintf("cert-health.%d", i)] = value
	}
	return all
}

func encode(d publication.Document) []string {
	GinkgoHelper()
	values, err := d.Encode(publication.MaxValues)
	Expect(err).NotTo(HaveOccurred())
	return values
}

// drawDocument draws what may be published: a few or many certificates and versions,
// under keys of any name, with any time that a certificate can have.
func drawDocument(t *rapid.T) publication.Document {
	d := publication.Document{Version: rapid.IntRange(1, 1<<40).Draw(t, "version"), Created: drawTime(t, "created")}
	for range rapid.IntRange(0, 40).Draw(t, "certificates") {
		d.Entries = append(d.Entries, reference.Entry{Key: drawKey(t), Summary: cert.Summary{
			Fingerprint:    cert.Fingerprint(rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "fingerprint")),
			IdentityDigest: drawIdentity(t),
			NotBefore:      drawTime(t, "not before"), NotAfter: drawTime(t, "not after"),
			CA: rapid.Bool().Draw(t, "ca"), PublicKey: drawMark(t),
		}})
	}
	for range rapid.SampledFrom([]int{0, 1, 30, 500}).Draw(t, "revocations") {
		d.Revoked = append(d.Revoked, reference.Revocation{Signer: cert.Mark{rapid.SampledFrom([]byte{1, 2}).Draw(t, "signer")}, Serial: drawMark(t), At: when})
	}
	for number := d.Version; rapid.IntRange(0, 9).Draw(t, "more versions") > 0 && number > 1; {
		number = rapid.IntRange(max(1, number-3), number-1).Draw(t, "older")
		version := reference.Version{Number: number, Created: drawTime(t, "written")}
		for range rapid.IntRange(0, 12).Draw(t, "certificates") {
			version.Entries = append(version.Entries, reference.PastEntry{
				Fingerprint:    cert.Fingerprint(rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "fingerprint")),
				IdentityDigest: drawIdentity(t),
			})
		}
		d.Older = append(d.Older, version)
	}
	return d
}

// drawIdentity draws one of a few, as certificates are renewed and copied.
func drawIdentity(t *rapid.T) cert.IdentityDigest {
	return cert.IdentityDigest{rapid.SampledFrom([]byte{1, 2, 250}).Draw(t, "identity")}
}

// drawMark draws a mark; zero is one that is not known.
func drawMark(t *rapid.T) cert.Mark {
	return cert.Mark{rapid.Byte().Draw(t, "mark")}
}

func drawKey(t *rapid.T) string {
	odd := []string{"certificate", "", "-", "+", "a b", "a;b", "ä/ö", "%", "1", "\n\r\t\x00", "日本語", strings.Repeat("x", 100), strings.Repeat("ü", 100)}
	if rapid.Bool().Draw(t, "odd key") {
		return rapid.SampledFrom(odd).Draw(t, "key")
	}
	return rapid.String().Draw(t, "key")
}

func drawTime(t *rapid.T, label string) time.Time {
	special := []time.Time{{}, time.Unix(0, 0), time.Unix(-1, 0), time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC),
		time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC), when.Add(999 * time.Millisecond), when.In(time.FixedZone("", 3600))}
	if rapid.Bool().Draw(t, "special time") {
		return rapid.SampledFrom(special).Draw(t, label)
	}
	return time.Unix(rapid.Int64Range(-1<<34, 1<<35).Draw(t, label), 0)
}
