package splice_test

import (
	"bytes"
	"testing"

	"cert-health/internal/scenario"
	"cert-health/internal/splice"
)

// FuzzSplice hides a known certificate in anything, in any form: it is replaced or refused, and what is around it stays.
func FuzzSplice(f *testing.F) {
	old, issued := scenario.Issue(scenario.Spec{CommonName: "old"}), scenario.Issue(scenario.Spec{CommonName: "new"})
	all := forms()
	for i := range all {
		f.Add([]byte("key: value\n"), []byte("other: value\n"), uint8(i))
	}
	f.Fuzz(func(t *testing.T, before, after []byte, form uint8) {
		before = append(before, '\n')
		contents := append(append(bytes.Clone(before), all[int(form)%len(all)].Wrap(old.CertPEM())...), after...)
		result := read(contents)
		var edits splice.Edits
		for _, c := range result.Certificates {
			if c.Certificate.Fingerprint == old.Fingerprint() {
				edits.Certificates = append(edits.Certificates, splice.Certificate{Line: c.Line, Old: old.Fingerprint(), New: issued.X509.Raw})
			}
		}
		written, err := splice.Splice(contents, edits)
		if err != nil {
			return
		}
		if !bytes.HasPrefix(written, before) && !bytes.Contains(before, []byte("LS0")) && !bytes.Contains(before, []byte("-----")) || !bytes.HasSuffix(written, after) && len(edits.Certificates) == 1 && !bytes.Contains(after, []byte("=")) {
			t.Fatalf("it changed what is around the certificate, in the form %q", all[int(form)%len(all)].Name)
		}
	})
}
