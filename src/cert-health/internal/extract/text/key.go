package text

import (
	"bytes"

	"cert-health/internal/cert"
	"cert-health/internal/publickey"
)

// private tells whether the label announces a private key that may be readable without a
// password. OpenSSH's own format is not used together with certificates.
func (b block) private() bool {
	switch b.label {
	case "PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY":
		return true
	}
	return false
}

// publicHalf reads the private key in a block and returns the digest of its public half. It
// is not ok when the key is encrypted, or cannot be read for another reason. The key is wiped
// before the function returns.
func (p *Parser) publicHalf(text []byte, b *block) (digest cert.KeyDigest, ok bool) {
	if p.room == nil {
		p.room = new(publickey.Workspace)
	}
	defer p.room.Wipe()
	body := skipHeaders(text[:b.end], b.body)
	if bytes.Contains(text[b.body:body], []byte("ENCRYPTED")) {
		return cert.KeyDigest{}, false
	}
	size := 0
	walk := runs{data: text[:b.end], pos: body}
	for run, _ := walk.next(); run != nil; run, _ = walk.next() {
		if size+len(run) > len(p.room.Base64) {
			return cert.KeyDigest{}, false
		}
		size += copy(p.room.Base64[size:], run)
	}
	b.escaped = walk.escaped
	if !b.endsAt(text, walk.pos) {
		return cert.KeyDigest{}, false
	}
	return p.room.Digest(size)
}

// endsAt tells whether there is an END with the label of the block.
func (b block) endsAt(text []byte, at int) bool {
	if !bytes.HasPrefix(text[at:], []byte(endMarker)) {
		return false
	}
	label, _ := readLabel(text, at+len(endMarker))
	return label == b.label
}
