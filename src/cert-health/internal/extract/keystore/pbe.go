package keystore

import (
	"crypto/aes"
	"crypto/des"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"fmt"
	"hash"
	"math"

	"cert-health/internal/der"
)

// decrypter is the part of a block cipher that is used here.
type decrypter interface {
	BlockSize() int
	Decrypt(dst, src []byte)
}

// scheme is a way of encryption. Its cost is known before anything is derived.
type scheme struct {
	cost   int // of one derivation, in iterations
	derive func(candidate) (key, iv []byte)
	cipher func(key []byte) (decrypter, error)
}

// readScheme reads an AlgorithmIdentifier.
func readScheme(algorithm *der.Reader) (scheme, error) {
	switch oid := algorithm.OID(); oid {
	case oidSHAAnd3DES:
		return pkcs12Scheme(algorithm, 24, tripleDES)
	case oidSHAAnd2Key3DES:
		return pkcs12Scheme(algorithm, 16, tripleDES)
	case oidSHAAndRC2:
		return pkcs12Scheme(algorithm, 16, rc2Cipher)
	case oidSHAAndRC2Of40:
		return pkcs12Scheme(algorithm, 5, rc2Cipher)
	case oidPBES2:
		return pbes2Scheme(algorithm)
	default:
		return scheme{}, unsupported(algorithm, "encryption", oid)
	}
}

func unsupported(r *der.Reader, what, oid string) error {
	if err := r.Err(); err != nil {
		return err
	}
	return fmt.Errorf("%w: its %s %s is not known; `keytool -importkeystore -deststoretype pkcs12` converts it",
		ErrUnsupported, what, dotted(oid))
}

// pkcs12Scheme is one of RFC 7292, appendix C.
func pkcs12Scheme(algorithm *der.Reader, keySize int, cipher func([]byte) (decrypter, error)) (scheme, error) {
	const ivSize = 8
	params := algorithm.Enter(der.Sequence)
	with := stretch{hash: sha1.New, salt: salt(params), iterations: iterations(params)}
	return scheme{
		cost:   with.rounds(keySize) + with.rounds(ivSize),
		cipher: cipher,
		derive: func(password candidate) (key, iv []byte) {
			return with.pkcs12(password, purposeKey, keySize), with.pkcs12(password, purposeIV, ivSize)
		},
	}, algorithm.Err()
}

// pbes2Scheme is one of RFC 8018, with a separate derivation and cipher.
func pbes2Scheme(algorithm *der.Reader) (scheme, error) {
	params := algorithm.Enter(der.Sequence)
	with, _, err := readPBKDF2(params.Enter(der.Sequence))
	if err != nil {
		return scheme{}, err
	}
	encryption := params.Enter(der.Sequence)
	oid := encryption.OID()
	keySize, cipher := 0, aesCipher
	switch oid {
	case oidAES128:
		keySize = 16
	case oidAES192:
		keySize = 24
	case oidAES256:
		keySize = 32
	case oid3DES:
		keySize, cipher = 24, tripleDES
	default:
		return scheme{}, unsupported(algorithm, "cipher", oid)
	}
	iv := encryption.Bytes(der.OctetString)
	return scheme{
		cost:   with.rounds(keySize),
		cipher: cipher,
		derive: func(password candidate) ([]byte, []byte) {
			return with.pbkdf2(password, keySize), iv
		},
	}, algorithm.Err()
}

// readPBKDF2 reads the AlgorithmIdentifier of the derivation, and the length of the key if
// there is one.
func readPBKDF2(algorithm *der.Reader) (stretch, int, error) {
	if oid := algorithm.OID(); oid != oidPBKDF2 {
		return stretch{}, 0, unsupported(algorithm, "key derivation", oid)
	}
	params := algorithm.Enter(der.Sequence)
	with := stretch{hash: sha1.New, salt: salt(params), iterations: iterations(params)}
	keySize := 0
	if params.Peek() == der.Integer {
		keySize = params.Integer()
	}
	if params.More() {
		oid := params.Enter(der.Sequence).OID()
		if with.hash = hmacHash(oid); with.hash == nil {
			return stretch{}, 0, unsupported(algorithm, "pseudo-random function", oid)
		}
	}
	return with, keySize, algorithm.Err()
}

// hmacHash is the hash of an HMAC; nil if it is not known.
func hmacHash(oid string) func() hash.Hash {
	switch oid {
	case oidHMACSHA1:
		return sha1.New
	case oidHMACSHA224:
		return sha256.New224
	case oidHMACSHA256:
		return sha256.New
	case oidHMACSHA384:
		return sha512.New384
	case oidHMACSHA512:
		return sha512.New
	}
	return nil
}

func aesCipher(key []byte) (decrypter, error) { return aes.NewCipher(key) }

// tripleDES uses the first of two keys twice.
func tripleDES(key []byte) (decrypter, error) {
	if len(key) == 16 {
		key = append(key, key[:8]...)
		defer clear(key)
	}
	return des.NewTripleDESCipher(key)
}

func rc2Cipher(key []byte) (decrypter, error) { return newRC2(key), nil }

// salt takes a salt, which is hashed as a whole for each block of a key.
func salt(r *der.Reader) []byte {
	value := r.Bytes(der.OctetString)
	if len(value) > maxSalt {
		r.Fail(fmt.Errorf("%w: a salt of it has more than %d bytes", ErrLimit, maxSalt))
	}
	return value
}

// iterations takes a number of iterations, at least one.
func iterations(r *der.Reader) int {
	return min(max(r.Integer(), 1), math.MaxInt32)
}
