package keystore

import (
	"crypto/sha256"

	"cert-health/internal/secret"
)

// OpenWithin is Open with a budget of iterations, so that fuzzing is not spent on them.
func OpenWithin(budget int, data []byte, passwords []secret.Value, parse Parse) (Contents, error) {
	return open(data, passwords, opening{parse: parse, budget: budget})
}

// PBKDF2 derives a key with SHA-256.
func PBKDF2(password string, salt []byte, iterations, size int) []byte {
	with := stretch{hash: sha256.New, salt: salt, iterations: iterations}
	return with.pbkdf2(candidate{password: secret.New(password), ended: func() bool { return false }}, size)
}

// Assigned finds the values that a text gives to a variable.
func Assigned(text []byte, name string) ([]secret.Value, error) { return assigned(text, name) }

// DecryptRC2 decrypts one block.
func DecryptRC2(key, block []byte) []byte {
	plain := make([]byte, len(block))
	newRC2(key).Decrypt(plain, block)
	return plain
}

// Kinds are the kinds of the table.
func Kinds() (list []Kind) {
	for _, info := range kinds() {
		list = append(list, info.kind)
	}
	return list
}
