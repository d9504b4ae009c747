package scenario

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"strings"

	"cert-health/internal/cert"
)

// KeyKind chooses a key algorithm.
type KeyKind int

// The algorithms that BOSH deployments use, and others that certificates may have.
const (
	ECDSA KeyKind = iota // on P-256
	RSA
	Ed25519
	P224
	P384
	P521
)

// KeyKinds lists all algorithms.
func KeyKinds() []KeyKind { return []KeyKind{ECDSA, RSA, Ed25519, P224, P384, P521} }

func generate(kind KeyKind) (crypto.Signer, error) {
	curve := elliptic.P256()
	switch kind {
	case RSA:
		return rsa.GenerateKey(rand.Reader, 2048)
	case Ed25519:
		_, key, err := ed25519.GenerateKey(rand.Reader)
		return key, err
	case P224:
		curve = elliptic.P224()
	case P384:
		curve = elliptic.P384()
	case P521:
		curve = elliptic.P521()
	}
	return ecdsa.GenerateKey(curve, rand.Reader)
}

// KeyDigest is the digest that a parser must compute from the private key.
func (p *Pair) KeyDigest() cert.KeyDigest {
	return sha256.Sum256(must(x509.MarshalPKIXPublicKey(p.key.Public())))
}

// Secrets are the secret parts of the private key.
func (p *Pair) Secrets() [][]byte {
	switch key := p.key.(type) {
	case *rsa.PrivateKey:
		return [][]byte{key.D.Bytes(), key.Primes[0].Bytes(), key.Primes[1].Bytes()}
	case *ecdsa.PrivateKey:
		return [][]byte{must(key.Bytes())}
	}
	return [][]byte{p.key.(ed25519.PrivateKey).Seed()}
}

// KeyPEM is the private key as PEM of PKCS #8.
func (p *Pair) KeyPEM() string {
	return Armour("PRIVATE KEY", must(x509.MarshalPKCS8PrivateKey(p.key)))
}

// Spelling is one way to write a private key down.
type Spelling struct{ Name, PEM string }

// Spellings are all ways in which the private key is written without a password.
func (p *Pair) Spellings() []Spelling {
	list := []Spelling{{"PKCS #8", p.KeyPEM()}}
	switch key := p.key.(type) {
	case *rsa.PrivateKey:
		list = append(list, Spelling{"PKCS #1", Armour("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(key))})
	case *ecdsa.PrivateKey:
		sec1 := must(x509.MarshalECPrivateKey(key))
		parameters := Armour("EC PARAMETERS", must(asn1.Marshal(asn1.ObjectIdentifier{1, 2, 840, 10045, 3, 1, 7})))
		list = append(list,
			Spelling{"SEC 1", Armour("EC PRIVATE KEY", sec1)},
			Spelling{"SEC 1 behind its parameters, as OpenSSL writes it", parameters + Armour("EC PRIVATE KEY", sec1)},
			Spelling{"SEC 1 without the public key", Armour("EC PRIVATE KEY", withoutPublic(sec1))},
			Spelling{"PKCS #8 without the public key, as Java writes it", Armour("PRIVATE KEY", pkcs8WithoutPublic(key))})
	}
	return list
}

// Locked are ways to write the private key with a password. Their contents are not encrypted here:
// a reader must skip them because of their headers.
func (p *Pair) Locked() []Spelling {
	body := p.KeyPEM()
	header := "-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,6A2B7E0F6C0B4C5F8E1D3A9B7C5D2E1F\n\n"
	return []Spelling{
		{"encrypted PKCS #8", strings.ReplaceAll(body, "PRIVATE KEY", "ENCRYPTED PRIVATE KEY")},
		{"encrypted as RFC 1421 has it", strings.Replace(strings.ReplaceAll(body, "PRIVATE KEY", "RSA PRIVATE KEY"), "-----\n", header, 1)},
		{"OpenSSH's", strings.ReplaceAll(body, "PRIVATE KEY", "OPENSSH PRIVATE KEY")},
	}
}

// ecPrivateKey is RFC 5915's, without the public key that is optional there.
type ecPrivateKey struct {
	Version    int
	PrivateKey []byte
	Curve      asn1.ObjectIdentifier `asn1:"optional,explicit,tag:0"`
}

func withoutPublic(sec1 []byte) []byte {
	var key struct {
		Version    int
		PrivateKey []byte
		Curve      asn1.ObjectIdentifier `asn1:"optional,explicit,tag:0"`
		PublicKey  asn1.BitString        `asn1:"optional,explicit,tag:1"`
	}
	must(asn1.Unmarshal(sec1, &key))
	return must(asn1.Marshal(ecPrivateKey{key.Version, key.PrivateKey, key.Curve}))
}

func pkcs8WithoutPublic(key *ecdsa.PrivateKey) []byte {
	var info struct {
		Version   int
		Algorithm asn1.RawValue
		Key       []byte
	}
	must(asn1.Unmarshal(must(x509.MarshalPKCS8PrivateKey(key)), &info))
	info.Key = must(asn1.Marshal(ecPrivateKey{Version: 1, PrivateKey: must(key.Bytes())}))
	return must(asn1.Marshal(info))
}
