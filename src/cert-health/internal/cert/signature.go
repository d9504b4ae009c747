package cert

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"slices"
)

// SignatureCheck is the answer to whether a CA signed a certificate.
type SignatureCheck int

// The answers. Unverifiable is no fault of either certificate: nothing may be
// concluded from it.
const (
	Unverifiable SignatureCheck = iota
	NotSigned
	Signed
)

// SignedBy tells whether ca's key signed the certificate, as
// (*x509.Certificate).CheckSignatureFrom does. It looks at neither names nor dates.
// It cannot be told where crypto/x509 refuses or does not know the algorithm or the
// key, where ca is no CA or may not sign certificates, or where one of both was not
// parsed but put together from what was remembered of it.
func (c *Certificate) SignedBy(ca *Certificate) SignatureCheck {
	s, known := schemeOf(c.SignatureAlgorithm)
	switch {
	case !known || c.proof.octets == nil || ca.key == nil:
		return Unverifiable
	case ca.KeyUsage != 0 && ca.KeyUsage&x509.KeyUsageCertSign == 0:
		return Unverifiable
	case ca.KeyAlgorithm != s.key:
		return NotSigned
	}
	return s.verify(ca.key, c.proof.octets[:c.proof.signed], c.proof.octets[c.proof.signed:])
}

// proof is what is kept of a certificate to verify its signature: not what was
// signed but its digest, with which all but Ed25519 are content. One allocation
// holds both, for there are thousands of them: 288 octets with RSA 2048.
type proof struct {
	octets []byte // what the signature is verified against, and the signature behind it
	signed int    // length of the former
}

func proofOf(x *x509.Certificate) proof {
	s, known := schemeOf(x.SignatureAlgorithm)
	if !known {
		return proof{}
	}
	signed := x.RawTBSCertificate
	if s.hash != 0 {
		digest := s.hash.New() // crypto/x509 links all that schemeOf names
		digest.Write(signed)
		signed = digest.Sum(nil)
	}
	return proof{octets: slices.Concat(signed, x.Signature), signed: len(signed)}
}

// publicKey is the key that verifies what a CA signed; nil when crypto/x509 would
// verify nothing with it. Ed25519's is copied: it is a part of the DER encoding,
// and the parser's buffer of that is used again.
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
	hash crypto.Hash // 0: not a digest is signed but all of it
	pss  bool
}

// schemeOf knows what crypto/x509 verifies: neither MD5 nor SHA-1 nor DSA.
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

// verifyRSA tells a wrong signature from a key that crypto/rsa refuses to use, one
// of 512 bits for instance.
func (s scheme) verifyRSA(key *rsa.PublicKey, digest, signature []byte) SignatureCheck {
	var err error
	if s.pss {
		// crypto/x509 gives this name to no other parameters.
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
