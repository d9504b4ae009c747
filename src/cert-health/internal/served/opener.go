package served

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/tls"
	"encoding/binary"
	"hash"

	"golang.org/x/crypto/chacha20poly1305"
)

// opener decrypts the server's handshake in TLS 1.3, of RFC 8446.
type opener struct {
	aead  cipher.AEAD
	nonce []byte
	count uint64 // records so far
}

// newOpener returns nil if it does not know the cipher suite.
func newOpener(suite uint16, secret []byte) *opener {
	digest, size, cipherOf := sha256.New, 16, galois
	switch suite {
	case tls.TLS_AES_128_GCM_SHA256:
	case tls.TLS_AES_256_GCM_SHA384:
		digest, size = sha512.New384, 32
	case tls.TLS_CHACHA20_POLY1305_SHA256:
		size, cipherOf = chacha20poly1305.KeySize, chacha20poly1305.New
	default:
		return nil
	}
	if len(secret) != digest().Size() {
		return nil
	}
	key, err1 := expand(digest, secret, "key", size)
	nonce, err2 := expand(digest, secret, "iv", 12)
	aead, err3 := cipherOf(key)
	if err1 != nil || err2 != nil || err3 != nil {
		return nil
	}
	return &opener{aead: aead, nonce: nonce}
}

// galois is AES-GCM.
func galois(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

// expand is HKDF-Expand-Label without a context.
func expand(digest func() hash.Hash, secret []byte, label string, size int) ([]byte, error) {
	label = "tls13 " + label
	return hkdf.Expand(digest, secret, string([]byte{byte(size >> 8), byte(size), byte(len(label))})+label+"\x00", size)
}

// handshake decrypts records and joins the parts of the handshake in them, up to the first record
// that cannot be decrypted.
func (o *opener) handshake(encrypted []tlsRecord) (plain []byte) {
	for _, r := range encrypted {
		nonce := make([]byte, len(o.nonce))
		binary.BigEndian.PutUint64(nonce[len(nonce)-8:], o.count)
		for i := range nonce {
			nonce[i] ^= o.nonce[i]
		}
		o.count++
		text, err := o.aead.Open(nil, nonce, r[5:], r[:5])
		if err != nil {
			return plain
		}
		end := len(text)
		for end > 0 && text[end-1] == 0 { // padding
			end--
		}
		if end > 0 && text[end-1] == recordHandshake {
			plain = append(plain, text[:end-1]...)
		}
	}
	return plain
}
