package keystore

import (
	"bytes"

	"cert-health/internal/der"
)

// decrypt decrypts a sequence in CBC mode. Two blocks are enough to detect a wrong password:
// the first one announces the length of the sequence, and the padding of the last one must
// match it. A hostile store of megabytes is therefore not decrypted for every password. When
// it is not ok, nothing but the two blocks was decrypted.
func (s scheme) decrypt(encrypted []byte, password candidate) (plain []byte, ok bool) {
	key, iv := s.derive(password)
	defer clear(key)
	block, err := s.cipher(key)
	if err != nil {
		return nil, false
	}
	size := block.BlockSize()
	if len(iv) != size || len(encrypted) == 0 || len(encrypted)%size != 0 {
		return nil, false
	}
	ends := make([]byte, 2*size)
	defer clear(ends)
	last := len(encrypted) - size
	before := iv
	if last > 0 {
		before = encrypted[last-size : last]
	}
	decryptCBC(block, iv, ends[:size], encrypted[:size])
	decryptCBC(block, before, ends[size:], encrypted[last:])
	padding := int(ends[len(ends)-1])
	if padding == 0 || padding > size || !allEqual(ends[len(ends)-padding:]) || !announces(ends[:size], len(encrypted)-padding) {
		return nil, false
	}
	plain = make([]byte, len(encrypted))
	decryptCBC(block, iv, plain, encrypted)
	return plain[:len(plain)-padding], true
}

// announces tells whether head begins a sequence of that total size.
func announces(head []byte, size int) bool {
	h, ok := der.ReadHeader(head)
	return ok && h.Tag == der.Sequence && (h.Length == der.Indefinite || h.Size+h.Length == size)
}

func allEqual(data []byte) bool { return bytes.Count(data, data[:1]) == len(data) }

// decryptCBC decrypts whole blocks of src into dst. The two must not overlap.
func decryptCBC(block decrypter, iv, dst, src []byte) {
	size := block.BlockSize()
	for at := 0; at < len(src); at += size {
		block.Decrypt(dst[at:at+size], src[at:at+size])
		for i, b := range iv {
			dst[at+i] ^= b
		}
		iv = src[at : at+size]
	}
}
