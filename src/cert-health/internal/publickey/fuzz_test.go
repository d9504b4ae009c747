package publickey_test

import (
	"bytes"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"testing"

	"cert-health/internal/publickey"
	"cert-health/internal/scenario"
)

// FuzzKey decodes anything as a private key. Where crypto/x509 takes it for one too,
// both have the same opinion of its public half; of an elliptic curve's, ours is what
// the key itself says, which need not be true.
func FuzzKey(f *testing.F) {
	for _, kind := range scenario.KeyKinds() {
		for _, spelling := range scenario.Issue(scenario.Spec{Key: kind}).Spellings() {
			block, rest := pem.Decode([]byte(spelling.PEM))
			if len(rest) > 0 {
				block, _ = pem.Decode(rest)
			}
			f.Add(block.Bytes)
		}
	}
	f.Fuzz(func(t *testing.T, input []byte) {
		original := bytes.Clone(input)
		digest, ok := publickey.Digest(input)
		if !bytes.Equal(original, input) {
			t.Fatal("the input was changed")
		}
		key, err := x509.ParsePKCS1PrivateKey(input)
		if wrapped, wrong := x509.ParsePKCS8PrivateKey(input); wrong == nil {
			key, _ = wrapped.(*rsa.PrivateKey)
		} else if err != nil {
			return
		}
		if ok && key != nil && digest != sha256.Sum256(must(x509.MarshalPKIXPublicKey(&key.PublicKey))) {
			t.Fatal("crypto/x509 is of another opinion")
		}
	})
}

func must(encoded []byte, err error) []byte {
	if err != nil {
		panic(err)
	}
	return encoded
}
