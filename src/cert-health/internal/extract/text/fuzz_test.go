package text_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"reflect"
	"runtime"
	"strings"
	"testing"

	"cert-health/internal/cert"
	"cert-health/internal/extract/dercert"
	"cert-health/internal/extract/found"
	"cert-health/internal/extract/text"
	"cert-health/internal/scenario"
)

// The contract of every target: whatever the input, the parser returns; each
// line that it names is one of the input's; what it found was in the input; it
// allocates no more than a multiple of the input's size; it finds the same
// certificates whether it looks for keys or not, and keeps nothing of these.

// allocationFactor bounds the memory allocated for one byte of input. A Go
// certificate with its names is about twenty times the size of its encoding; the
// rest is for base64 inside of base64.
const allocationFactor = 128

func seeds(f *testing.F) {
	pair := scenario.Issue(scenario.Spec{CommonName: "seed", SANs: []string{"seed.internal", "10.0.0.1"}})
	ca := scenario.Issue(scenario.Spec{CommonName: "ca", CA: true})
	for _, wrapping := range scenario.Wrappings() {
		f.Add([]byte(wrapping.Wrap(pair.CertPEM() + pair.KeyPEM() + ca.CertPEM() + ca.CRL())))
		f.Add([]byte(wrapping.Wrap(strings.ReplaceAll(ca.CertPEM(), "CERTIFICATE", "PKCS7"))))
	}
	for _, kind := range scenario.KeyKinds() {
		other := scenario.Issue(scenario.Spec{Key: kind})
		for _, spelling := range append(other.Spellings(), other.Locked()...) {
			f.Add([]byte(fmt.Sprintf(`{"a":{"cert":%q,"key":%q}}`, pair.CertPEM(), spelling.PEM)))
		}
	}
	f.Add([]byte("a: {cert_file: /var/vcap/jobs/a/b.crt, key_file: /var/vcap/jobs/a/b.key}\n- --key\n- /var/vcap/jobs/c\n"))
	f.Add([]byte(scenario.WrappedBase64(pair.CertPEM(), "  ")))
	for _, style := range stringStyles() {
		f.Add([]byte(style.write(pair.CertPEM() + pair.KeyPEM() + ca.CertPEM())))
	}
	single := base64.StdEncoding.EncodeToString(pair.X509.Raw)
	f.Add([]byte(`{"x5c":["` + single + `","` + single + `"]}`))
	f.Add([]byte(wrapAt(64, single, " ")))
	f.Add([]byte(base64.StdEncoding.EncodeToString([]byte(single))))
	f.Add([]byte(base64.StdEncoding.EncodeToString([]byte(scenario.WrappedBase64(pair.CertPEM(), "")))))
	f.Add(pair.X509.Raw)
	f.Add(append(bytes.Clone(pair.X509.Raw), ca.X509.Raw...))
	f.Add([]byte("-----BEGIN CERTIFICATE-----\n\\u003d\\x41\\/\\\\n====-----END CERTIFICATE-----"))
	f.Add([]byte(strings.Repeat("-----BEGIN CERTIFICATE-----", 9)))
	f.Add([]byte(strings.Repeat("LS0t", 9) + "\n" + strings.Repeat("LS0t", 19)))
	f.Add([]byte{0x30, 0x84, 0xff, 0xff, 0xff, 0xff, 0x30, 0x82})
}

func check(t *testing.T, input []byte, parse func(*text.Parser, []byte) (found.Result, []text.Encoded)) {
	parser := text.Parser{Keys: true}
	parser.Soil()
	var before, after runtime.MemStats
	original := bytes.Clone(input)
	runtime.ReadMemStats(&before)
	result, _ := parse(&parser, input)
	runtime.ReadMemStats(&after)
	if allocated := after.TotalAlloc - before.TotalAlloc; allocated > uint64(allocationFactor*len(input)+1<<20) {
		t.Fatalf("%d bytes allocated for an input of %d", allocated, len(input))
	}
	if !bytes.Equal(original, input) {
		t.Fatal("the input was changed")
	}
	height := bytes.Count(input, []byte("\n")) + 1
	last := 0
	for _, f := range result.Certificates {
		if f.Line < last || f.Line > height || f.Line == 0 {
			t.Fatalf("line %d of %d, after line %d, in form %s", f.Line, height, last, f.Form)
		}
		last = f.Line
	}
	for _, broken := range result.Broken {
		if broken.Line > height || broken.Reason == "" {
			t.Fatalf("broken: %+v in %d lines", broken, height)
		}
	}
	if len(result.Roles()) != len(result.Certificates) {
		t.Fatal("not one role for each certificate")
	}
	checkClues(t, result.Clues, height)
	if result.Clues != nil && len(result.Clues.Keys) > 0 && !parser.Clean() {
		t.Fatal("a key was left behind")
	}
	plain, _ := parse(new(text.Parser), input)
	if result.Clues = nil; !reflect.DeepEqual(summary(plain), summary(result)) {
		t.Fatal("keys make a difference to certificates")
	}
}

// summary is what is found, with its certificates by their fingerprints.
func summary(result found.Result) (list []any) {
	for _, f := range result.Certificates {
		list = append(list, f.Certificate.Fingerprint, f.Line, f.Form, f.Group, f.Run)
	}
	return append(list, result.Broken, result.Omitted)
}

func checkClues(t *testing.T, clues *found.Clues, height int) {
	if clues == nil {
		return
	}
	last := 1
	for _, key := range clues.Keys {
		if key.Line < last || key.Line > height || key.Digest == (cert.KeyDigest{}) || key.Run < 1 {
			t.Fatalf("line %d of %d, after line %d, in run %d", key.Line, height, last, key.Run)
		}
		last = key.Line
	}
	for _, mention := range clues.Mentions {
		if mention.Name == "" || !strings.HasPrefix(mention.Path, "/var/vcap/jobs/") {
			t.Fatalf("%q at %q", mention.Path, mention.Name)
		}
	}
}

func FuzzPEM(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, input []byte) { check(t, input, (*text.Parser).PEM) })
}

func FuzzText(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, input []byte) { check(t, input, (*text.Parser).Parse) })
}

// FuzzWrapped hides a known certificate behind anything, in any form: it has to
// come out, unless what stands before it swallows it.
func FuzzWrapped(f *testing.F) {
	pair := scenario.Issue(scenario.Spec{CommonName: "needle"})
	wrappings := scenario.Wrappings()
	for i := range wrappings {
		f.Add([]byte("key: value\n"), uint8(i))
	}
	f.Fuzz(func(t *testing.T, before []byte, form uint8) {
		wrapping := wrappings[int(form)%len(wrappings)]
		if bytes.Contains(before, []byte("-----")) || bytes.Contains(before, []byte("LS0t")) || dercert.Recognise(before) {
			t.Skip("it may rightly swallow what follows")
		}
		var parser text.Parser
		result, _ := parser.Parse([]byte(string(before) + "\n" + wrapping.Wrap(pair.CertPEM())))
		if len(result.Certificates) != 1 || len(result.Broken) != 0 {
			t.Fatalf("%d found, %d broken, in the form %q", len(result.Certificates), len(result.Broken), wrapping.Name)
		}
	})
}
