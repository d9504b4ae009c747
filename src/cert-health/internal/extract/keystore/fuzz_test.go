package keystore_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"slices"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
	"software.sslmate.com/src/go-pkcs12"

	"cert-health/internal/extract/dercert"
	"cert-health/internal/extract/keystore"
	"cert-health/internal/secret"
)

// The contract of every target: whatever the input, the parser returns; it allocates no
// more than a multiple of the input's size; an error is one of the four, and quotes no
// password; the input stays as it was.

// allocationFactor bounds the memory allocated for one byte of input: a Go certificate
// with its names is about twenty times its encoding, and each safe, of a hundred bytes,
// is tried with three passwords, for each of which a few hashes are made.
const allocationFactor = 256

// fuzzIterations are few, so that the time goes into structures and not into keys.
const fuzzIterations = 5_000

func seeds(f *testing.F) {
	RegisterTestingT(f)
	web := newChain("web")
	for _, encoder := range []*pkcs12.Encoder{pkcs12.LegacyRC2, pkcs12.LegacyDES, pkcs12.Modern2023, pkcs12.Modern2026} {
		f.Add(encode(encoder.WithIterations(1), web, password))
	}
	f.Add(trustStore(pkcs12.Passwordless, "", web.root, web.intermediate))
	f.Add(asBER(trustStore(pkcs12.Passwordless, "", web.root), 2))
	f.Add(pfx(nil, clearSafe(sequence(pkcs(12, 10, 1, 6), field(sequence(certBag(web.leaf.X509.Raw)))))))
	f.Add(pfx(nil, encryptedSafe(pbe1([]byte("salt"), 1), make([]byte, 16)), encryptedSafe(pbes2(1<<31), make([]byte, 16))))
	f.Add(jks(0xfeedfeed, trusted("root", web.root.X509.Raw), jksEntry(1, "web", sized(nil), []byte{0, 0, 0, 1}, utf("X.509"), sized(web.leaf.X509.Raw))))
	f.Add(jks(0xcececece, jksEntry(3, "secret", []byte("\xac\xed\x00\x05\x73\x72\x00\x01A\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\x02I\x00\x01f"+
		"L\x00\x01g\x74\x00\x02LX\x78\x70\x00\x00\x00\x00\x74\x00\x01x")), trusted("root", web.root.X509.Raw)))
	f.Add(sequence(pkcs(7, 2), field(sequence(number(1), tlv(0x31), sequence(pkcs(7, 1)), field(web.leaf.X509.Raw), tlv(0xa1, crlDER(web.root)), tlv(0x31)))))
	f.Add(crlDER(web.root))
}

func FuzzOpen(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, input []byte) {
		original := bytes.Clone(input)
		var contents keystore.Contents
		var err error
		size := allocated(func() {
			contents, err = keystore.OpenWithin(fuzzIterations, input, []secret.Value{secret.New(""), secret.New(password)}, dercert.Parse)
		})
		if size > uint64(allocationFactor*len(input)+1<<20) {
			t.Fatalf("%d bytes allocated for an input of %d", size, len(input))
		}
		if !bytes.Equal(original, input) {
			t.Fatal("the input was changed")
		}
		if err != nil && (!reasons(err) || strings.Contains(err.Error(), password)) {
			t.Fatalf("not one of the errors: %v", err)
		}
		if keystore.Recognise(input) == keystore.None && !errors.Is(err, keystore.ErrUnsupported) {
			t.Fatal("opened what was not recognised")
		}
		for _, entry := range contents.Entries {
			if len(entry.Certificates) == 0 || slices.Contains(entry.Certificates, nil) || len(entry.Alias) > keystore.MaxAlias {
				t.Fatalf("entry: %+v", entry)
			}
		}
		for _, broken := range contents.Broken {
			if broken.Reason == "" {
				t.Fatalf("broken: %+v", broken)
			}
		}
	})
}

// FuzzJava is FuzzOpen behind the head of a JCEKS and the tag of a secret key, so that
// the walk over Java objects is reached; whatever it walks over, a certificate in front
// of it is found.
func FuzzJava(f *testing.F) {
	RegisterTestingT(f)
	root := newChain("web").root
	f.Add([]byte("\x73\x72\x00\x01A\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\x00\x78\x70"))
	f.Add([]byte("\x73\x72\x00\x01A\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\x00\x78\x71\x00\x7e\x00\x00"))
	f.Add([]byte("\x75\x72\x00\x02[B\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\x00\x78\x70\x00\x00\x00\x01x"))
	f.Add([]byte("\x73\x72\x00\x01A\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\x02[\x00\x01f\x74\x00\x02[B[\x00\x01g\x71\x00\x7e\x00\x01\x78\x70\x70\x70"))
	f.Fuzz(func(t *testing.T, object []byte) {
		data := jks(0xcececece, trusted("root", root.X509.Raw), jksEntry(3, "secret", binary.BigEndian.AppendUint32(nil, 0xaced0005), object))
		var contents keystore.Contents
		var err error
		if size := allocated(func() { contents, err = keystore.Open(data, nil, dercert.Parse, nil) }); size > uint64(allocationFactor*len(data)+1<<16) {
			t.Fatalf("%d bytes allocated for an input of %d", size, len(data))
		}
		if err != nil && !reasons(err) {
			t.Fatalf("not one of the errors: %v", err)
		}
		if len(contents.Entries) != 1 {
			t.Fatalf("%d entries", len(contents.Entries))
		}
	})
}

// FuzzAssigned: the contract, and that a value was written behind its name in one line.
func FuzzAssigned(f *testing.F) {
	f.Add([]byte("export NAME=\"a\\\"b\"; NAME='x' # NAME=y\n-DNAME=\\\"z\\\" NAME : $x NAME=`id`"))
	f.Fuzz(func(t *testing.T, text []byte) {
		values, err := keystore.Assigned(text, "NAME")
		if (err == nil) != (len(values) > 0) {
			t.Fatalf("%d values and the error %v", len(values), err)
		}
		for i, value := range values {
			if value.IsZero() || strings.Contains(value.Reveal(), "\n") || slices.ContainsFunc(values[:i], value.Equal) {
				t.Fatal("a value is empty, of several lines, or there twice")
			}
		}
		if len(values) > 0 && !bytes.Contains(text, []byte("NAME")) {
			t.Fatal("a value without a name")
		}
	})
}
