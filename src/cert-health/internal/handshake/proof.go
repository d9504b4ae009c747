package handshake

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	_ "crypto/sha256" // the hashes of signatures
	_ "crypto/sha512"
	"crypto/tls"
	"crypto/x509"
	"slices"
	"strings"

	"cert-health/internal/extract/lenient"
)

// A certificate is public: every server can send it. Only what a server makes with the private
// key in this handshake proves that it has the key:
//
//   - TLS 1.3: the signature in CertificateVerify. The server's Finished follows it, and both
//     come before the server asks for a certificate of the client or refuses that.
//   - TLS 1.2 and older with ECDHE: the signature in ServerKeyExchange, before the client answers.
//   - TLS 1.2 and older with RSA key exchange: only the server's Finished, which shows that it
//     could decrypt what the client sent. A server that refuses a client without a certificate
//     sends none, and has proven nothing.
//
// A server that passes all messages on to another server proves the key of that server. No client
// can see that.

// provenBy tells whether a handshake that crypto/tls ended with an error had proven the key before.
// The secrets that crypto/tls logs tell how far it came: it logs those of TLS 1.3 for data after the
// server's Finished, and that of older versions after ServerKeyExchange.
func provenBy(secrets []byte, suite uint16) bool {
	return bytes.Contains(secrets, []byte("CLIENT_TRAFFIC_SECRET_0 ")) ||
		bytes.HasPrefix(secrets, []byte("CLIENT_RANDOM ")) && ephemeral(suite)
}

// ephemeral tells whether the server signs its part of the key exchange.
func ephemeral(suite uint16) bool { return strings.HasPrefix(tls.CipherSuiteName(suite), "TLS_ECDHE_") }

// The types of handshake messages, and the context of a signature in TLS 1.3.
const (
	messageExchange = 12 // ServerKeyExchange
	messageVerify   = 15 // CertificateVerify
	verifyContext   = "TLS 1.3, server CertificateVerify\x00"
)

// proof13 checks CertificateVerify of TLS 1.3 in the decrypted part of a handshake. The signature
// covers all messages before it. The hellos are those of the client and of the server.
func proof13(client, server, decrypted []byte, suite uint16, key crypto.PublicKey) bool {
	digest := crypto.SHA256
	if suite == tls.TLS_AES_256_GCM_SHA384 {
		digest = crypto.SHA384
	}
	body, ok := message(decrypted, messageVerify)
	before := len(decrypted) - len(from(decrypted, messageVerify))
	hellos := transcript(client, server, digest)
	if !ok || len(body) < 4 || hellos == nil {
		return false
	}
	sum := digest.New()
	sum.Write(hellos)
	sum.Write(decrypted[:before])
	signed := slices.Concat(bytes.Repeat([]byte{' '}, 64), []byte(verifyContext), sum.Sum(nil))
	return signature(body).verifies(key, signed)
}

// proof12 checks ServerKeyExchange of TLS 1.2 with ECDHE: its signature covers the random values
// of both hellos and the server's half of the key exchange.
func proof12(client, server, plain []byte, key crypto.PublicKey) bool {
	const random, size = 2, 32 // after the version
	asked, ok1 := message(client, messageClientHello)
	answered, ok2 := message(server, messageHello)
	exchange, ok3 := message(plain, messageExchange)
	if !ok1 || !ok2 || !ok3 || len(asked) < random+size || len(answered) < random+size || len(exchange) < 4 {
		return false
	}
	parameters := 4 + int(exchange[3]) // kind and number of the curve, length and point
	if answered[0] != 3 || answered[1] != 3 || len(exchange) < parameters {
		return false // older versions sign in another way
	}
	signed := slices.Concat(asked[random:random+size], answered[random:random+size], exchange[:parameters])
	return signature(exchange[parameters:]).verifies(key, signed)
}

// transcript joins the hellos. If the server asked for a second hello of the client, the hash of the
// first stands for it.
func transcript(client, server []byte, digest crypto.Hash) []byte {
	first, rest := split(client)
	if first == nil {
		return nil
	}
	if len(rest) == 0 {
		return slices.Concat(client, server)
	}
	sum := digest.New()
	sum.Write(first)
	retry, last := split(server)
	return slices.Concat([]byte{254, 0, 0, byte(digest.Size())}, sum.Sum(nil), retry, rest, last)
}

// signature is a signature in a handshake: its scheme, its length and itself.
type signature []byte

// maxModulus limits the RSA keys that are used, in bits, as crypto/tls does.
const maxModulus = 8192

func (s signature) verifies(key crypto.PublicKey, signed []byte) bool {
	if len(s) < 4 || len(s) < 4+int(s[2])<<8+int(s[3]) {
		return false
	}
	scheme, value := tls.SignatureScheme(s[0])<<8|tls.SignatureScheme(s[1]), s[4:4+int(s[2])<<8+int(s[3])]
	hash := hashOf(scheme)
	switch key := key.(type) {
	case ed25519.PublicKey:
		return scheme == tls.Ed25519 && ed25519.Verify(key, signed, value)
	case *ecdsa.PublicKey:
		return hash != 0 && ecdsa.VerifyASN1(key, sumOf(hash, signed), value)
	case *rsa.PublicKey:
		if hash == 0 || key.N.BitLen() > maxModulus {
			return false
		}
		sum := sumOf(hash, signed)
		return rsa.VerifyPSS(key, hash, sum, value, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash}) == nil ||
			rsa.VerifyPKCS1v15(key, hash, sum, value) == nil
	}
	return false
}

func sumOf(hash crypto.Hash, data []byte) []byte {
	sum := hash.New()
	sum.Write(data)
	return sum.Sum(nil)
}

// hashOf is the hash of a scheme; 0 for none, or one that is too weak to prove anything.
func hashOf(scheme tls.SignatureScheme) crypto.Hash {
	switch scheme {
	case tls.ECDSAWithP256AndSHA256, tls.PSSWithSHA256, tls.PKCS1WithSHA256, 0x0809:
		return crypto.SHA256
	case tls.ECDSAWithP384AndSHA384, tls.PSSWithSHA384, tls.PKCS1WithSHA384, 0x080a:
		return crypto.SHA384
	case tls.ECDSAWithP521AndSHA512, tls.PSSWithSHA512, tls.PKCS1WithSHA512, 0x080b:
		return crypto.SHA512
	}
	return 0
}

// keyOf is the public key of a certificate, which Go may refuse; nil if Go has no such keys.
func keyOf(certificate []byte) crypto.PublicKey {
	parsed, err := x509.ParseCertificate(certificate)
	if err == nil {
		return parsed.PublicKey
	}
	if read, err := lenient.Parse(certificate, err); err == nil {
		return read.X509.PublicKey
	}
	return nil
}
