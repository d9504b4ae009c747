package people

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strings"
	"time"
	"unicode"

	"golang.org/x/crypto/bcrypt"

	"cert-health/hub/internal/db"
)

const (
	// cost is the exponent of the work that bcrypt does: a quarter of a second.
	cost = 12
	// A password has at least 12 characters. bcrypt looks at no more than 72 bytes.
	minPassword = 12
	maxPassword = 72
	maxUserName = 100
)

// NewUser makes a user of the hub. It checks the name, the password and the role.
func NewUser(name, password string, role Role, now time.Time) (db.User, error) {
	if err := checkName(name); err != nil {
		return db.User{}, err
	}
	if role != Viewer && role != Operator {
		return db.User{}, errors.New("the role must be viewer or operator")
	}
	hash, err := HashPassword(password)
	return db.User{Name: name, Hash: hash, Role: string(role), Created: now}, err
}

func checkName(name string) error {
	if name == "" || len(name) > maxUserName || strings.TrimSpace(name) != name || strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsGraphic(r) }) {
		return errors.New("the name of a user must have 1 to 100 bytes of visible characters, without space at its ends")
	}
	return nil
}

// HashPassword checks a new password and hashes it.
func HashPassword(password string) ([]byte, error) {
	if len([]rune(password)) < minPassword || len(password) > maxPassword {
		return nil, errors.New("the password must have at least 12 characters and at most 72 bytes; choose some random words")
	}
	return bcrypt.GenerateFromPassword([]byte(password), cost)
}

// checkPassword returns the user of a name and a password: ErrRefused if there is none.
func (s *Service) checkPassword(ctx context.Context, name, password string) (db.User, error) {
	user, err := s.Store.User(ctx, name)
	known := err == nil
	if err != nil && !errors.Is(err, db.ErrNotFound) {
		return db.User{}, err
	}
	hash := user.Hash
	if !known {
		hash = []byte(unusable) // the answer takes as long as for a user
	}
	if bcrypt.CompareHashAndPassword(hash, []byte(password)) != nil || !known || user.Disabled {
		return db.User{}, ErrRefused
	}
	return user, nil
}

// unusable is a hash that no password has: the salt is all zeroes, and the rest is not a result.
const unusable = "$2a$12$....................................................."

// generation changes when the password does: a session of an earlier one ends. It tells nothing about
// the hash.
func generation(user db.User) string {
	sum := sha256.Sum256(user.Hash)
	return hex.EncodeToString(sum[:8])
}
