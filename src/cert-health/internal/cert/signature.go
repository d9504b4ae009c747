package cert

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"math/bits"
	"slices"
)

// MaxKeyBits is the size of the largest key with which signatures are verified. OpenSSL has the
// same limit. To verify a signature with an RSA key of two million bits takes more than a minute.
const MaxKeyBits = 16_384

// SignatureCheck is the answer to whether a CA signed a certificate.
type SignatureCheck int

// The answers. Unverifiable proves nothing about either certificate.
const (
	Unverifiable SignatureCheck = iota
	NotSigned
	Signed
)

// SignedBy tells whether ca's key signed the certificate, like
// (*x509.Certificate).CheckSignatureFrom. It ignores names and dates.
//
// The answer is Unverifiable if crypto/x509 does not know or refuses the algorithm or the
// key, if the key has more than MaxKeyBits, if ca is not a CA or must not sign certificates, or if one of the two was not made
// by New.
func (c *Certificate) SignedBy(ca *Certificate) SignatureCheck {
	if !ca.Signs() {
		return Unverifiable
	}
	return c.verify(ca)
}

// Signs tells whether the certificate is a CA that may sign certificates, with a key of an
// algorithm and a size with which signatures are verified. All such CAs with one key give the
// same answer about a certificate.
func (c *Certificate) Signs() bool {
	may := c.CA && (c.KeyUsage == 0 || c.KeyUsage&x509.KeyUsageCertSign != 0)
	return may && c.key != nil && keyBits(c.key) <= MaxKeyBits
}

// SignedList tells whether the key of a CA signed a revocation list. If the signature cannot be
// verified, the list proves nothing.
func (c *Certificate) SignedList(list *x509.RevocationList) bool {
	s, known := schemeOf(list.SignatureAlgorithm)
	if !known || !c.CA || c.key == nil || c.KeyAlgorithm != s.key {
		return false
	}
	return s.verify(c.key, s.digest(list.RawTBSRevocationList), list.Signature) == Signed
}

// SelfSigned tells whether the certificate was signed with its own key. The same name as
// subject and issuer does not prove it: a CA may have the name of its leaf. If the signature
// cannot be verified, the key identifiers decide, and without them the names.
func (c *Certificate) SelfSigned() bool {
	if !c.SelfIssued {
		return false
	}
	switch c.verify(c) {
	case Signed:
		return true
	case NotSigned:
		return false
	}
	return !c.RulesOut(c)
}

// VerificationCost is how long it takes to verify one signature of a CA, in the time that an RSA
// key of 4096 bits needs. Key and exponent may be chosen to be slow.
func (c *Certificate) VerificationCost() int {
	switch key := c.key.(type) {
	case *rsa.PublicKey:
		if keyBits(key) > MaxKeyBits {
			return 1 // it is not verified
		}
		size := (keyBits(key) + 4095) / 4096
		steps := bits.Len(uint(key.E)) + bits.OnesCount(uint(key.E)) // of the exponentiation
		return max(1, size*size*steps/19)                            // the usual exponent has 19
	case *ecdsa.PublicKey:
		switch bits := keyBits(key); { // larger curves have no fast implementation
		case bits > 384:
			return 20
		case bits > 256:
			return 8
		}
	}
	return 1
}

// verify tells whether the signature was made with a certificate's key, whatever that key
// may be used for.
func (c *Certificate) verify(signer *Certificate) SignatureCheck {
	s, known := schemeOf(c.SignatureAlgorithm)
	switch {
	case !known || c.proof.bytes == nil || signer.key == nil || keyBits(signer.key) > MaxKeyBits:
		return Unverifiable
	case signer.KeyAlgorithm != s.key:
		return NotSigned
	}
	return s.verify(signer.key, c.proof.bytes[:c.proof.signed], c.proof.bytes[c.proof.signed:])
}

// proof is what is kept of a certificate to verify its signature: the digest of what was
// signed, or for Ed25519 all of it. One allocation holds digest and signature, because
// there are thousands of them: 288 bytes with RSA 2048.
type proof struct {
	bytes  []byte // what was signed, followed by the signature
	signed int    // length of what was signed
}

func proofOf(x *x509.Certificate) proof {
	s, known := schemeOf(x.SignatureAlgorithm)
	if !known {
		return proof{}
	}
	signed := s.digest(x.RawTBSCertificate)
	return proof{bytes: slices.Concat(signed, x.Signature), signed: len(signed)}
}

// publicKey is the key that verifies what a CA signed; nil when crypto/x509 verifies
// nothing with it. An Ed25519 key is copied: it is a part of the DER encoding, whose buffer
// the reader uses again.
func publicKey(x *x509.Certificate) crypto.PublicKey {
	switch key := x.PublicKey.(type) {
	case *rsa.PublicKey, *ecdsa.PublicKey:
		return key
	case ed25519.PublicKey:
		return ed25519.PublicKey(bytes.Clone(key))
	}
	return nil
}

// scheme is how a signature algorithm signs.
type scheme struct {
	key  x509.PublicKeyAlgorithm
	hash crypto.Hash // 0: the data itself is signed, not a digest
	pss  bool
}

// digest returns what the signature is made of: the digest of the data, or for Ed25519 the data.
func (s scheme) digest(data []byte) []byte {
	if s.hash == 0 {
		return data
	}
	digest := s.hash.New() // crypto/x509 links all hashes that schemeOf names
	digest.Write(data)
	return digest.Sum(nil)
}

// schemeOf knows the algorithms that crypto/x509 verifies. MD5, SHA-1 and DSA are not among
// them.
func schemeOf(algorithm x509.SignatureAlgorithm) (s scheme, known bool) {
	switch algorithm {
	case x509.SHA256WithRSA:
		return scheme{key: x509.RSA, hash: crypto.SHA256}, true
	case x509.SHA384WithRSA:
		return scheme{key: x509.RSA, hash: crypto.SHA384}, true
	case x509.SHA512WithRSA:
		return scheme{key: x509.RSA, hash: crypto.SHA512}, true
	case x509.SHA256WithRSAPSS:
		return scheme{key: x509.RSA, hash: crypto.SHA256, pss: true}, true
	case x509.SHA384WithRSAPSS:
		return scheme{key: x509.RSA, hash: crypto.SHA384, pss: true}, true
	case x509.SHA512WithRSAPSS:
		return scheme{key: x509.RSA, hash: crypto.SHA512, pss: true}, true
	case x509.ECDSAWithSHA256:
		return scheme{key: x509.ECDSA, hash: crypto.SHA256}, true
	case x509.ECDSAWithSHA384:
		return scheme{key: x509.ECDSA, hash: crypto.SHA384}, true
	case x509.ECDSAWithSHA512:
		return scheme{key: x509.ECDSA, hash: crypto.SHA512}, true
	case x509.PureEd25519:
		return scheme{key: x509.Ed25519}, true
	}
	return scheme{}, false
}

func (s scheme) verify(key crypto.PublicKey, signed, signature []byte) SignatureCheck {
	valid := false
	switch key := key.(type) {
	case *rsa.PublicKey:
		return s.verifyRSA(key, signed, signature)
	case *ecdsa.PublicKey:
		valid = ecdsa.VerifyASN1(key, signed, signature)
	case ed25519.PublicKey:
		valid = ed25519.Verify(key, signed, signature)
	}
	if valid {
		return Signed
	}
	return NotSigned
}

// verifyRSA distinguishes a wrong signature from a key that crypto/rsa refuses to use, for
// example one of 512 bits.
func (s scheme) verifyRSA(key *rsa.PublicKey, digest, signature []byte) SignatureCheck {
	var err error
	if s.pss {
		// crypto/x509 uses this algorithm name for these parameters only.
		err = rsa.VerifyPSS(key, s.hash, digest, signature, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash})
	} else {
		err = rsa.VerifyPKCS1v15(key, s.hash, digest, signature)
	}
	switch {
	case err == nil:
		return Signed
	case errors.Is(err, rsa.ErrVerification):
		return NotSigned
	}
	return Unverifiable
}
