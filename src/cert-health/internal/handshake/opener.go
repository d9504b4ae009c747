package handshake

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/tls"
	"encoding/binary"
	"hash"

	"golang.org/x/crypto/chacha20"
)

// opener decrypts the server's handshake in TLS 1.3, of RFC 8446.
type opener struct {
	aead  aead
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
		size, cipherOf = chacha20.KeySize, chaCha
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

// aead decrypts a record, as cipher.AEAD does.
type aead interface {
	Open(into, nonce, sealed, header []byte) ([]byte, error)
}

// chaCha20 is ChaCha20-Poly1305 without a check of the tag, which would add 80 KB to the agent. The
// check would protect what the server says from others. Here the server's signature does that.
type chaCha20 struct{ key []byte }

func chaCha(key []byte) (aead, error) { return chaCha20{key}, nil }

// tagSize is the size of the tag at the end of a record.
const tagSize = 16

// Open decrypts a record.
func (c chaCha20) Open(into, nonce, sealed, _ []byte) ([]byte, error) {
	stream, err := chacha20.NewUnauthenticatedCipher(c.key, nonce)
	if err != nil {
		return nil, err
	}
	stream.SetCounter(1) // the first block is the key of the tag
	text := make([]byte, max(len(sealed)-tagSize, 0))
	stream.XORKeyStream(text, sealed[:len(text)])
	return append(into, text...), nil
}

// galois is AES-GCM.
func galois(key []byte) (aead, error) {
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
