package cert

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
)

// KeyDigest is the SHA-256 of a public key as certificates carry it, their
// SubjectPublicKeyInfo: a certificate and a private key with the same one belong
// together. All zero is a key that is not known: nothing may be concluded from it.
type KeyDigest [sha256.Size]byte

// Key is a private key as a parser found it. Nothing of it is kept but the digest of
// its public half, which its certificate shows to everybody.
type Key struct {
	Digest KeyDigest
	Line   int // of its BEGIN line, from 1
	Form   Form
	Run    int // as that of Found
}

// digestOf is the digest of a certificate's public key, of an algorithm of which
// private keys are read too.
func digestOf(x *x509.Certificate) KeyDigest {
	switch x.PublicKey.(type) {
	case *rsa.PublicKey, *ecdsa.PublicKey, ed25519.PublicKey:
		return sha256.Sum256(x.RawSubjectPublicKeyInfo)
	}
	return KeyDigest{}
}

// private tells whether the label announces a private key that can be read without a
// password. OpenSSH's own format is none that anything loads beside a certificate.
func (b block) private() bool {
	switch b.label {
	case "PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY":
		return true
	}
	return false
}

// maxKeyText is the length of the base64 text of the largest private key that is
// read: RSA of 8192 bits has some 6 KB.
const maxKeyText = 16 << 10

// keyRoom is the one place where private keys are decoded. It is made once and never
// grows, so that wiping it leaves no copy behind.
type keyRoom struct {
	text   [maxKeyText]byte         // base64
	der    [maxKeyText / 4 * 3]byte // what that encodes
	scalar [maxScalar]byte          // an elliptic curve's, in its full length
}

func (r *keyRoom) wipe() {
	clear(r.text[:])
	clear(r.der[:])
	clear(r.scalar[:])
}

// publicHalf reads the private key in a block of text and returns the digest of its
// public half; not ok when it is encrypted, or cannot be read for any other reason.
// The key itself is wiped before it returns, and no error is made that could quote it.
func (p *Parser) publicHalf(text []byte, b *block) (digest KeyDigest, ok bool) {
	if p.room == nil {
		p.room = new(keyRoom)
	}
	defer p.room.wipe()
	body := skipHeaders(text[:b.end], b.body)
	if bytes.Contains(text[b.body:body], []byte("ENCRYPTED")) {
		return KeyDigest{}, false
	}
	size := 0
	walk := runs{data: text[:b.end], pos: body}
	for run, _ := walk.next(); run != nil; run, _ = walk.next() {
		if size+len(run) > len(p.room.text) {
			return KeyDigest{}, false
		}
		size += copy(p.room.text[size:], run)
	}
	b.escaped = walk.escaped
	if !b.endsAt(text, walk.pos) {
		return KeyDigest{}, false
	}
	encoded := bytes.TrimRight(p.room.text[:size], "=")
	n, err := base64.RawStdEncoding.Decode(p.room.der[:], encoded)
	if err != nil {
		return KeyDigest{}, false
	}
	return p.room.digest(p.room.der[:n])
}

// endsAt tells whether the END of the block's own label stands there.
func (b block) endsAt(text []byte, at int) bool {
	if !bytes.HasPrefix(text[at:], []byte(endMarker)) {
		return false
	}
	label, _ := readLabel(text, at+len(endMarker))
	return label == b.label
}
