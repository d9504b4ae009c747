package keystore

import "cert-health/internal/secret"

// OpenWithin is Open with a budget of iterations, so that fuzzing is not spent on them.
func OpenWithin(budget int, data []byte, passwords []secret.Value, parse Parse) (Contents, error) {
	return open(data, passwords, parse, budget)
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
