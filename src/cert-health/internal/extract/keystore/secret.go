package keystore

import "fmt"

// Secret is a password. Whatever formats it prints stars.
type Secret string

const stars = "***"

// String hides the secret.
func (s Secret) String() string { return stars }

// Format hides it from every verb of package fmt: with a String method alone, a wrong
// verb such as %d would print it.
func (s Secret) Format(state fmt.State, _ rune) { _, _ = state.Write([]byte(stars)) }

// MarshalText hides it from JSON, YAML and structured logs.
func (s Secret) MarshalText() ([]byte, error) { return []byte(stars), nil }
