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
)

// decrypter is what is needed of a block cipher.
type decrypter interface {
	BlockSize() int
	Decrypt(dst, src []byte)
}

// scheme is how a password becomes what decrypts: read, and its cost known, before
// anything is derived.
type scheme struct {
	cost   int // of one derivation, in iterations
	derive func(candidate) (key, iv []byte, err error)
	cipher func(key []byte) (decrypter, error)
}

// readScheme reads an AlgorithmIdentifier.
func readScheme(algorithm *reader) (scheme, error) {
	switch oid := algorithm.oid(); oid {
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

func unsupported(r *reader, what, oid string) error {
	if err := r.err(); err != nil {
		return err
	}
	return fmt.Errorf("%w: its %s %s is not known; `keytool -importkeystore -deststoretype pkcs12` converts it",
		ErrUnsupported, what, dotted(oid))
}

// pkcs12Scheme is one of RFC 7292, appendix C.
func pkcs12Scheme(algorithm *reader, keySize int, cipher func([]byte) (decrypter, error)) (scheme, error) {
	const ivSize = 8
	params := algorithm.enter(tagSequence)
	with := stretch{hash: sha1.New, salt: params.salt(), iterations: params.iterations()}
	return scheme{
		cost:   with.rounds(keySize) + with.rounds(ivSize),
		cipher: cipher,
		derive: func(password candidate) (key, iv []byte, err error) {
			return with.pkcs12(password, purposeKey, keySize), with.pkcs12(password, purposeIV, ivSize), nil
		},
	}, algorithm.err()
}

// pbes2Scheme is RFC 8018's: a derivation and a cipher of their own.
func pbes2Scheme(algorithm *reader) (scheme, error) {
	params := algorithm.enter(tagSequence)
	with, _, err := readPBKDF2(params.enter(tagSequence))
	if err != nil {
		return scheme{}, err
	}
	encryption := params.enter(tagSequence)
	oid := encryption.oid()
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
	iv := encryption.octets(tagOctets)
	return scheme{
		cost:   with.rounds(keySize),
		cipher: cipher,
		derive: func(password candidate) ([]byte, []byte, error) {
			key, err := with.pbkdf2(password, keySize)
			return key, iv, err
		},
	}, algorithm.err()
}

// readPBKDF2 reads the derivation's AlgorithmIdentifier, and the length of the key if
// it is given.
func readPBKDF2(algorithm *reader) (stretch, int, error) {
	if oid := algorithm.oid(); oid != oidPBKDF2 {
		return stretch{}, 0, unsupported(algorithm, "key derivation", oid)
	}
	params := algorithm.enter(tagSequence)
	with := stretch{hash: sha1.New, salt: params.salt(), iterations: params.iterations()}
	keySize := 0
	if params.peek() == tagInteger {
		keySize = params.integer()
	}
	if params.more() {
		oid := params.enter(tagSequence).oid()
		if with.hash = hmacHash(oid); with.hash == nil {
			return stretch{}, 0, unsupported(algorithm, "pseudo-random function", oid)
		}
	}
	return with, keySize, algorithm.err()
}

// hmacHash is the hash of an HMAC; nil when it is not known.
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

// tripleDES takes two keys for three, the first of them twice.
func tripleDES(key []byte) (decrypter, error) {
	if len(key) == 16 {
		key = append(key, key[:8]...)
		defer clear(key)
	}
	return des.NewTripleDESCipher(key)
}

func rc2Cipher(key []byte) (decrypter, error) { return newRC2(key), nil }

// salt takes a salt, which all of is hashed for each block of a key.
func (r *reader) salt() []byte {
	salt := r.octets(tagOctets)
	if len(salt) > maxSalt {
		r.fail(fmt.Errorf("%w: a salt of it has more than %d bytes", ErrLimit, maxSalt))
	}
	return salt
}

// iterations takes a number of iterations, at least one.
func (r *reader) iterations() int {
	return min(max(r.integer(), 1), math.MaxInt32)
}
