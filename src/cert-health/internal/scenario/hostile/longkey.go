package hostile

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"math/big"
	"time"

	"cert-health/internal/scenario"
)

// LongKey is a CA with an RSA key of so many bits, and a leaf that it seems to have signed.
// It has no private key: a reader verifies the signature all the same.
func LongKey(bits int) scenario.Files {
	modulus := random(bits / 8)
	modulus[0] |= 0x80 // as long as it says
	modulus[len(modulus)-1] |= 1
	ca := certificateOf(&rsa.PublicKey{N: new(big.Int).SetBytes(modulus), E: 1<<31 - 1})

	signature := random(bits / 8)
	signature[0] = 1 // less than the modulus
	issuer := scenario.Issue(scenario.Spec{CommonName: "ca", CA: true, Key: scenario.RSA})
	leaf := scenario.Issue(scenario.Spec{CommonName: "leaf", Issuer: issuer, Unlinked: true})
	return scenario.Files{
		"config/ca.pem":   scenario.Armour("CERTIFICATE", ca),
		"config/leaf.pem": scenario.Armour("CERTIFICATE", signedWith(leaf.X509.Raw, signature)),
	}
}

// certificateOf is a certificate of a CA with this public key, which another key signed.
func certificateOf(key *rsa.PublicKey) []byte {
	signer := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	now := time.Now()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(now.UnixNano()), Subject: pkix.Name{CommonName: "ca"}, NotBefore: now.Add(-time.Hour), NotAfter: now.AddDate(1, 0, 0),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign, SubjectKeyId: []byte("long"),
	}
	root := *template
	root.Subject = pkix.Name{CommonName: "root"}
	return must(x509.CreateCertificate(rand.Reader, template, &root, key, signer))
}

// signedWith is the certificate with another signature.
func signedWith(der, signature []byte) []byte {
	var parts struct {
		Signed    asn1.RawValue
		Algorithm asn1.RawValue
		Signature asn1.BitString
	}
	must(asn1.Unmarshal(der, &parts))
	parts.Signature = asn1.BitString{Bytes: signature, BitLength: 8 * len(signature)}
	return must(asn1.Marshal(parts))
}

func random(size int) []byte {
	data := make([]byte, size)
	must(rand.Read(data))
	return data
}

func must[T any](value T, err error) T {
	if err != nil {
		panic("hostile: " + err.Error())
	}
	return value
}
