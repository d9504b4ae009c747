package cert

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
)

// Fingerprint is the SHA-256 of a certificate's DER encoding. Two certificates are the
// same if their fingerprints are equal.
type Fingerprint [sha256.Size]byte

// String returns 64 lower-case hex digits, as openssl prints them without colons.
func (f Fingerprint) String() string { return hex.EncodeToString(f[:]) }

// MarshalText writes the digits into JSON.
func (f Fingerprint) MarshalText() ([]byte, error) { return []byte(f.String()), nil }

// UnmarshalText reads them back.
func (f *Fingerprint) UnmarshalText(text []byte) error { return unhex(f[:], text) }

// IdentityDigest is the first half of a SHA-256 over what a renewal keeps: CA or leaf,
// subject, alternative names and key usages. Key, serial number, issuer and dates may
// change. Two generations of one certificate have the same identity digest.
//
// Two different certificates may have the same one, too: only the fingerprint is proof.
// Half of a SHA-256 is therefore enough, and saves space where it is published.
type IdentityDigest [sha256.Size / 2]byte

// String returns 32 lower-case hex digits.
func (i IdentityDigest) String() string { return hex.EncodeToString(i[:]) }

// MarshalText writes the digits into JSON.
func (i IdentityDigest) MarshalText() ([]byte, error) { return []byte(i.String()), nil }

// UnmarshalText reads them back.
func (i *IdentityDigest) UnmarshalText(text []byte) error { return unhex(i[:], text) }

// KeyDigest is the SHA-256 of a public key's SubjectPublicKeyInfo, its encoding in
// certificates. A certificate and a private key belong together if they have the same one.
// All zero means that the key is not known, and proves nothing.
type KeyDigest [sha256.Size]byte

// Mark returns the mark of the key; all zero if the key is not known.
func (d KeyDigest) Mark() Mark {
	return Mark(d[:len(Mark{})])
}

// Mark is the first quarter of a SHA-256, of a public key or of a serial number. It tells the few
// of them apart that have everything else in common, and needs little space where it is
// published.
type Mark [sha256.Size / 4]byte

// SerialMark returns the mark of a serial number, which is in hexadecimal, as in a Certificate.
func SerialMark(serial string) Mark {
	digest := sha256.Sum256([]byte(serial))
	return Mark(digest[:len(Mark{})])
}

// String returns 16 lower-case hex digits.
func (m Mark) String() string { return hex.EncodeToString(m[:]) }

// MarshalText writes the digits into JSON.
func (m Mark) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// UnmarshalText reads them back.
func (m *Mark) UnmarshalText(text []byte) error { return unhex(m[:], text) }

// unhex reads exactly as many bytes as digest has.
func unhex(digest, text []byte) error {
	if hex.DecodedLen(len(text)) != len(digest) {
		return fmt.Errorf("%q does not have %d hexadecimal digits", text, 2*len(digest))
	}
	_, err := hex.Decode(digest, text)
	return err
}
