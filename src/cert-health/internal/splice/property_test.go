package splice_test

import (
	"bytes"
	"encoding/base64"
	"encoding/pem"
	"flag"
	"strings"
	"sync"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"pgregory.net/rapid"

	"cert-health/internal/cert"
	"cert-health/internal/extract"
	"cert-health/internal/extract/found"
	"cert-health/internal/scenario"
	"cert-health/internal/splice"
)

// pool holds certificates of every kind: making new ones for every draw would be most of the time.
var pool = sync.OnceValue(func() []*scenario.Pair {
	ca := scenario.Issue(scenario.Spec{CommonName: "ca", CA: true})
	pairs := []*scenario.Pair{ca}
	for i, kind := range []scenario.KeyKind{scenario.ECDSA, scenario.RSA, scenario.Ed25519, scenario.P384} {
		intermediate := scenario.Issue(scenario.Spec{CommonName: "intermediate", CA: true, Key: kind, Issuer: ca})
		pairs = append(pairs, intermediate)
		for n := range 5 {
			pairs = append(pairs, scenario.Issue(scenario.Spec{
				CommonName: strings.Repeat("x", 1+i*20+n), SANs: []string{"a.internal", "127.0.0.1"}, Key: kind, Issuer: intermediate}))
		}
	}
	return pairs
})

func draw(t *rapid.T, name string) *scenario.Pair {
	return pool()[rapid.IntRange(0, len(pool())-1).Draw(t, name)]
}

// leaf draws a pair that is no CA.
func leaf(t *rapid.T, name string) *scenario.Pair {
	for n := rapid.IntRange(0, len(pool())-1).Draw(t, name); ; n = (n + 1) % len(pool()) {
		if !pool()[n].X509.IsCA {
			return pool()[n]
		}
	}
}

func key(pair *scenario.Pair) *splice.Key {
	k, err := splice.ParseKey([]byte(pair.KeyPEM()))
	if err != nil {
		panic("the key of a scenario cannot be read")
	}
	return k
}

// forms are all writers of the forms that are written back.
func forms() []scenario.Wrapping {
	list := scenario.Wrappings()
	list = append(list,
		scenario.Wrapping{Name: "wrapped base64", Form: cert.PEMBase64, Wrap: func(pem string) string {
			return "wrapped:\n" + scenario.WrappedBase64(pem, "  ") + "\n"
		}},
		scenario.Wrapping{Name: "base64 twice", Form: cert.PEMBase64, OneLine: true, Wrap: func(pem string) string {
			return "cert: " + base64Of(base64Of(pem)) + "\n"
		}},
		scenario.Wrapping{Name: "base64 of YAML", Form: cert.PEMBase64, OneLine: true, Wrap: func(pem string) string {
			return "config: '" + base64Of("a: 1\ncert: |\n"+scenario.Indent(pem, "    ")+"b: 2\n") + "'\n"
		}},
		scenario.Wrapping{Name: "a body on one line", Form: cert.PEM, Wrap: oneLine},
		scenario.Wrapping{Name: "lines of 76", Form: cert.PEM, Wrap: func(pem string) string { return widthOf(pem, 76) }})
	return append(list, lines()...)
}

// lines are writers of one string for each line.
func lines() []scenario.Wrapping {
	style := func(name, before, join, after string) scenario.Wrapping {
		return scenario.Wrapping{Name: name, Form: cert.PEMLines, Wrap: func(pem string) string {
			return before + strings.Join(strings.Split(strings.TrimSuffix(pem, "\n"), "\n"), join) + after
		}}
	}
	return []scenario.Wrapping{
		style("a list of JSON", "{\"cert\":[\n  \"", "\",\n  \"", "\"]}\n"),
		style("a list of YAML", "cert:\n- \"", "\"\n- \"", "\"\n"),
		style("echo", "echo \"", "\" >>cert.pem\necho \"", "\" >>cert.pem\n"),
		style("literals", "x := \"", "\\n\" +\n\t\"", "\\n\"\n"),
	}
}

func noise(t *rapid.T, name string) string {
	list := []string{"", "\n", "key: value\n", "# ----- \n", "grep -- '-----BEGIN CERTIFICATE-----' \"$1\"\n", "password: LS0tLS1hYmM=\n",
		"token: " + strings.Repeat("Ab3/", 40) + "\n", "\t\r\n", "Bag Attributes\n    friendlyName: x\n"}
	return list[rapid.IntRange(0, len(list)-1).Draw(t, name)]
}

func read(contents []byte) found.Result {
	result, _ := extract.ForFiles(nil).File(bytes.Clone(contents), "") // a key store that a fuzzer makes may stay closed
	return result
}

// edits are those that replace one pair by another one, wherever it is in a file.
func edits(contents []byte, old, issued *scenario.Pair, chain [][]byte) (e splice.Edits) {
	result := read(contents)
	for _, f := range result.Certificates {
		if f.Certificate.Fingerprint == old.Fingerprint() {
			e.Certificates = append(e.Certificates, splice.Certificate{Line: f.Line, Old: old.Fingerprint(), New: issued.X509.Raw, Chain: chain})
		}
	}
	if result.Clues != nil {
		for _, k := range result.Clues.Keys {
			if k.Digest == old.KeyDigest() {
				e.Keys = append(e.Keys, splice.PrivateKey{Line: k.Line, Old: k.Digest, New: key(issued)})
			}
		}
	}
	return e
}

var _ = Describe("Splice", func() {
	BeforeEach(func() { Expect(flag.Set("rapid.nofailfile", "true")).To(Succeed()) })

	It("leaves every other byte as it was when a certificate and its key are replaced, and again when that is undone", func() {
		all := forms()
		rapid.Check(GinkgoT(), func(t *rapid.T) {
			wrapping := all[rapid.IntRange(0, len(all)-1).Draw(t, "form")]
			old, issued := leaf(t, "old"), leaf(t, "new")
			bystander, ca := draw(t, "bystander"), pool()[0]
			if old == issued || bystander == old || bystander == issued {
				return
			}
			pem := old.CertPEM()
			withKey := wrapping.Form != cert.PEMLines && rapid.Bool().Draw(t, "key")
			if withKey {
				spellings := old.Spellings()
				text := spellings[rapid.IntRange(0, min(1, len(spellings)-1)).Draw(t, "spelling")].PEM
				pem += text
				if !strings.Contains(text, "BEGIN PRIVATE KEY") && old.X509.PublicKeyAlgorithm != issued.X509.PublicKeyAlgorithm {
					return
				}
			}
			if rapid.Bool().Draw(t, "chain") {
				pem += ca.CertPEM()
			}
			before, after := noise(t, "before"), noise(t, "after")
			file := []byte(before + wrapping.Wrap(pem) + bystander.CertPEM() + after)
			wanted := edits(file, old, issued, nil)
			if len(wanted.Certificates) == 0 || withKey != (len(wanted.Keys) > 0) {
				t.Fatalf("%s: found %d certificates and %d keys", wrapping.Name, len(wanted.Certificates), len(wanted.Keys))
			}
			original := bytes.Clone(file)
			written, err := splice.Splice(file, wanted)
			if err != nil {
				t.Fatalf("%s between %q and %q: %v", wrapping.Name, before, after, err)
			}
			if !bytes.Equal(file, original) {
				t.Fatal("the contents were changed")
			}
			if !bytes.HasPrefix(written, []byte(before)) || !bytes.HasSuffix(written, []byte(bystander.CertPEM()+after)) {
				t.Fatalf("%s: it changed what is around the block", wrapping.Name)
			}
			if read(written).Certificates[0].Certificate.Fingerprint != issued.Fingerprint() {
				t.Fatalf("%s: another certificate", wrapping.Name)
			}
			undone, err := splice.Splice(written, edits(written, issued, old, nil))
			if err != nil {
				t.Fatalf("%s: undo: %v", wrapping.Name, err)
			}
			if !bytes.Equal(plain(undone), plain(file)) {
				t.Fatalf("%s: undone, it is another file", wrapping.Name)
			}
		})
	})

	It("writes what the writer of the form writes", func() {
		for _, wrapping := range forms() {
			for i := 2; i < len(pool()); i++ {
				old, issued := pool()[2], pool()[i]
				if old == issued || issued.X509.IsCA {
					continue
				}
				file := []byte("a\n" + wrapping.Wrap(old.CertPEM()) + "z\n")
				written, err := splice.Splice(file, edits(file, old, issued, nil))
				Expect(err).NotTo(HaveOccurred(), wrapping.Name)
				Expect(plain(written)).To(Equal(plain([]byte("a\n"+wrapping.Wrap(issued.CertPEM())+"z\n"))), wrapping.Name)
			}
		}
	})

	It("writes a chain as the writer of the form does: longer, shorter, and the same", func() {
		ca, first, second := pool()[0], pool()[1], pool()[7]
		old, issued := pool()[2], pool()[8]
		chains := [][]*scenario.Pair{{}, {first}, {first, ca}, {second}, {second, ca}}
		for _, wrapping := range forms() {
			for _, before := range chains {
				for _, after := range chains {
					file := []byte("a\n" + wrapping.Wrap(old.CertPEM()+texts(before)) + "# z\n")
					written, err := splice.Splice(file, edits(file, old, issued, ders(after)))
					Expect(err).NotTo(HaveOccurred(), wrapping.Name)
					Expect(plain(written)).To(Equal(plain([]byte("a\n"+wrapping.Wrap(issued.CertPEM()+texts(after))+"# z\n"))), wrapping.Name)
				}
			}
		}
	})

	It("writes a key as the writer of the form does, in each encoding", func() {
		for _, wrapping := range forms() {
			if wrapping.Form == cert.PEMLines {
				continue // a key in such a form is not found
			}
			for i := range pool() {
				old, issued := pool()[2], pool()[i]
				for n, spelling := range old.Spellings()[:2] {
					if n >= len(issued.Spellings()) || old == issued {
						continue
					}
					file := []byte(wrapping.Wrap(spelling.PEM))
					written, err := splice.Splice(file, edits(file, old, issued, nil))
					Expect(err).NotTo(HaveOccurred(), wrapping.Name)
					Expect(plain(written)).To(Equal(plain([]byte(wrapping.Wrap(issued.Spellings()[n].PEM)))), wrapping.Name)
				}
			}
		}
	})
})

// plain replaces the escapes of characters that a short block need not show: a reader understands both.
func plain(contents []byte) []byte {
	return []byte(strings.NewReplacer(`\u003d`, "=", `\u002b`, "+", `\/`, "/", "%2F", "/", "%2B", "+", "%3D", "=", "%252F", "/", "%252B", "+",
		"%253D", "=", "&#x2B;", "+", "&#61;", "=", `\=`, "=").Replace(string(contents)))
}

func texts(pairs []*scenario.Pair) (text string) {
	for _, pair := range pairs {
		text += pair.CertPEM()
	}
	return text
}

func ders(pairs []*scenario.Pair) [][]byte {
	list := [][]byte{}
	for _, pair := range pairs {
		list = append(list, pair.X509.Raw)
	}
	return list
}

// widthOf writes the blocks of a PEM text with lines of another width.
func widthOf(text string, width int) (out string) {
	for block, rest := pem.Decode([]byte(text)); block != nil; block, rest = pem.Decode(rest) {
		body := base64Of(string(block.Bytes))
		out += "-----BEGIN " + block.Type + "-----\n"
		for len(body) > 0 {
			n := min(width, len(body))
			out, body = out+body[:n]+"\n", body[n:]
		}
		out += "-----END " + block.Type + "-----\n"
	}
	return out
}

func oneLine(text string) string { return widthOf(text, 1<<20) }

func base64Of(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }
