package text_test

import (
	"encoding/base64"
	"encoding/hex"
	"flag"
	"slices"
	"strings"
	"sync"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"pgregory.net/rapid"

	"cert-health/internal/cert"
	"cert-health/internal/extract/found"
	"cert-health/internal/scenario"
)

// pool holds certificates of every kind for the property: making new ones for
// every draw would be most of its time.
var pool = sync.OnceValue(func() []*scenario.Pair {
	ca := scenario.Issue(scenario.Spec{CommonName: "ca", CA: true})
	pairs := []*scenario.Pair{ca}
	for i, kind := range []scenario.KeyKind{scenario.ECDSA, scenario.RSA, scenario.Ed25519} {
		intermediate := scenario.Issue(scenario.Spec{CommonName: "intermediate", CA: true, Key: kind, Issuer: ca})
		pairs = append(pairs, intermediate)
		for n := range 7 {
			pairs = append(pairs, scenario.Issue(scenario.Spec{
				CommonName: strings.Repeat("x", 1+i*20+n), SANs: []string{"a.internal", "127.0.0.1"}, Key: kind, Issuer: intermediate,
			}))
		}
	}
	return pairs
})

// expectation is a certificate that has to come out, and where.
type expectation struct {
	fingerprint cert.Fingerprint
	line        int
	form        cert.Form
}

// segment is a part of a file: its text, and the certificates in it with their
// lines relative to its first, from 0, and the public halves of its keys.
type segment struct {
	text     string
	expected []expectation
	keys     []cert.KeyDigest
}

// value draws PEM text of certificates with keys and CRLs in between, and the
// offsets of its certificates.
func value(t *rapid.T) (pem string, pairs []*scenario.Pair, offsets []int, keys []cert.KeyDigest) {
	count := rapid.IntRange(1, 4).Draw(t, "certificates")
	for range count {
		// Draws numbers, not pairs, because rapid prints drawn values on failure.
		pair := pool()[rapid.IntRange(0, len(pool())-1).Draw(t, "certificate")]
		switch rapid.IntRange(0, 5).Draw(t, "neighbour") {
		case 0:
			spellings := pair.Spellings()
			pem += spellings[rapid.IntRange(0, len(spellings)-1).Draw(t, "spelling")].PEM
			keys = append(keys, pair.KeyDigest())
		case 1:
			pem += pool()[0].CRL()
		case 2:
			locked := pair.Locked()
			pem += locked[rapid.IntRange(0, len(locked)-1).Draw(t, "locked")].PEM
		}
		offsets = append(offsets, len(pem))
		pairs = append(pairs, pair)
		pem += pair.CertPEM()
	}
	return pem, pairs, offsets, keys
}

func drawSegment(t *rapid.T) segment {
	switch rapid.IntRange(0, 9).Draw(t, "kind") {
	case 0:
		noise := []string{
			"", "\n", "key: value\n", "# ----- \n", "grep -- '-----BEGIN CERTIFICATE-----' \"$1\"\n",
			"password: LS0tLS1hYmM=\n", pool()[1].KeyPEM()[:150] + "\n# cut off\n", "token: " + strings.Repeat("Ab3/", 40) + "\n", "\t\r\n",
		}
		return segment{text: noise[rapid.IntRange(0, len(noise)-1).Draw(t, "noise")]}
	case 1:
		pem, pairs, offsets, keys := value(t)
		s := segment{text: "wrapped:\n" + scenario.WrappedBase64(pem, "  ") + "\n", keys: keys}
		for i, offset := range offsets {
			s.expected = append(s.expected, expectation{pairs[i].Fingerprint(), 1 + offset/3*4/scenario.WrappedAt, cert.PEMBase64})
		}
		return s
	case 2:
		pair := pool()[rapid.IntRange(0, len(pool())-1).Draw(t, "certificate")]
		width := rapid.IntRange(60, 2000).Draw(t, "width")
		if rapid.Bool().Draw(t, "hexadecimal") {
			return segment{text: "der:\n" + wrapAt(width, hex.EncodeToString(pair.X509.Raw), "  "),
				expected: []expectation{{pair.Fingerprint(), 1, cert.DERHex}}}
		}
		return segment{text: "der:\n" + wrapAt(width, base64.StdEncoding.EncodeToString(pair.X509.Raw), "  "),
			expected: []expectation{{pair.Fingerprint(), 1, cert.DERBase64}}}
	case 3:
		first, second := pool()[rapid.IntRange(0, len(pool())-1).Draw(t, "certificate")], pool()[1]
		styles := stringStyles()
		text := styles[rapid.IntRange(0, len(styles)-1).Draw(t, "style")].write(first.CertPEM() + second.CertPEM())
		begins := beginLines(text)
		return segment{text: text, expected: []expectation{
			{first.Fingerprint(), begins[0], cert.PEMLines}, {second.Fingerprint(), begins[1], cert.PEMLines}}}
	}
	wrappings := scenario.Wrappings()
	wrapping := wrappings[rapid.IntRange(0, len(wrappings)-1).Draw(t, "wrapping")]
	pem, pairs, _, keys := value(t)
	s := segment{text: wrapping.Wrap(pem), keys: keys}
	begins := beginLines(s.text)
	for i, pair := range pairs {
		line := 0
		if !wrapping.OneLine {
			line = begins[i]
		}
		s.expected = append(s.expected, expectation{pair.Fingerprint(), line, wrapping.Form})
	}
	return s
}

// beginLines are the lines, from 0, on which certificates begin.
func beginLines(text string) []int {
	var lines []int
	for i, line := range strings.Split(text, "\n") {
		for range strings.Count(line, "-----BEGIN CERTIFICATE-----") {
			lines = append(lines, i)
		}
	}
	return lines
}

var _ = Describe("Parse", func() {
	BeforeEach(func() {
		// A failing example is reproduced by its seed; no file is left behind.
		Expect(flag.Set("rapid.nofailfile", "true")).To(Succeed())
	})

	It("finds exactly the certificates of a file, with their lines, in any mix of forms", func() {
		rapid.Check(GinkgoT(), func(t *rapid.T) {
			var file strings.Builder
			var expected []expectation
			var digests []cert.KeyDigest
			line := 1
			for range rapid.IntRange(1, 5).Draw(t, "segments") {
				s := drawSegment(t)
				for _, e := range s.expected {
					e.line += line
					expected = append(expected, e)
				}
				digests = append(digests, s.keys...)
				file.WriteString(s.text)
				line += strings.Count(s.text, "\n")
			}
			if got := digestsOf(keys(file.String())); !slices.Equal(got, digests) {
				t.Fatalf("found %d keys, expected %d:\n%x\n%x", len(got), len(digests), got, digests)
			}
			result := parse(file.String())
			var found []expectation
			for _, f := range result.Certificates {
				found = append(found, expectation{f.Certificate.Fingerprint, f.Line, f.Form})
			}
			if len(result.Broken) > 0 {
				t.Fatalf("broken: %v", result.Broken)
			}
			if !slices.Equal(found, expected) {
				t.Fatalf("found %d, expected %d:\n%v\n%v", len(found), len(expected), found, expected)
			}
		})
	})

	It("finds base64 of a value at every alignment", func() {
		pair := pool()[2]
		for prefix := range 7 {
			text := base64.StdEncoding.EncodeToString([]byte(strings.Repeat("#", prefix) + pair.CertPEM()))
			result := parse(text)
			Expect(result.Certificates).To(HaveLen(1), "behind %d characters", prefix)
		}
	})
})

func digestsOf(keys []found.Key) []cert.KeyDigest {
	var digests []cert.KeyDigest
	for _, key := range keys {
		digests = append(digests, key.Digest)
	}
	return digests
}
