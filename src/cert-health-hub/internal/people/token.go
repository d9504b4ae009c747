package people

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"strings"
	"time"

	"cert-health/hub/internal/db"
)

// Token is what is known of a token: never the token itself.
type Token struct {
	ID       string
	Name     string
	Role     Role
	Owner    string
	Created  time.Time
	Expires  time.Time // zero: never
	LastUsed time.Time // zero: never
}

// Issued is a token that a person or a program has just received. It is never kept or logged.
type Issued struct {
	Token   string
	Expires time.Time
	Person  Person
}

const (
	// tokenPrefix lets people and scanners of leaked secrets recognise a token.
	tokenPrefix = "chh_"
	// noteUse is how exactly the last use is known: each note is a write.
	noteUse = 10 * time.Minute
	// maxTokens bounds the tokens of one person.
	maxTokens = 200
)

// random is text with 256 random bits.
func random() string {
	var bits [32]byte
	_, _ = rand.Read(bits[:]) // it never fails
	return base64.RawURLEncoding.EncodeToString(bits[:])
}

func hashOf(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}

// NewToken makes a token of a person, with a role that is not greater than theirs.
func (s *Service) NewToken(ctx context.Context, by Person, name string, role Role, expires time.Time) (Token, Issued, error) {
	token, issued, err := s.issue(ctx, by, name, role, expires)
	if err == nil {
		s.note(ctx, "token", by.Name, token.ID, "%s makes the token %q with the role %s", by.Name, name, role)
	}
	return token, issued, err
}

func (s *Service) issue(ctx context.Context, owner Person, name string, role Role, expires time.Time) (Token, Issued, error) {
	if role == Anyone || !owner.Role.Includes(role) {
		return Token{}, Issued{}, ErrForbidden
	}
	if owner.Name == "" {
		return Token{}, Issued{}, ErrNoLogin
	}
	if own, err := s.Store.Tokens(ctx, owner.Name); err != nil || len(own) >= maxTokens {
		return Token{}, Issued{}, errors.Join(err, tooMany(len(own)))
	}
	text := tokenPrefix + random()
	kept := db.Token{ID: random()[:16], Name: name, Hash: hashOf(text), Role: string(role), Owner: owner.Name, Created: s.Now(), Expires: expires}
	if err := s.Store.AddToken(ctx, kept); err != nil {
		return Token{}, Issued{}, err
	}
	return tokenOf(kept), Issued{text, expires, Person{Name: owner.Name, Role: role}}, nil
}

func tooMany(tokens int) error {
	if tokens < maxTokens {
		return nil
	}
	return ErrTooMany
}

func tokenOf(t db.Token) Token {
	return Token{t.ID, t.Name, Role(t.Role), t.Owner, t.Created, t.Expires, t.LastUsed}
}

// Tokens are the tokens that a person may see: their own, or all for an operator.
func (s *Service) Tokens(ctx context.Context, by Person) ([]Token, error) {
	owner := by.Name
	if by.Role == Operator {
		owner = ""
	}
	kept, err := s.Store.Tokens(ctx, owner)
	tokens := make([]Token, len(kept))
	for i, t := range kept {
		tokens[i] = tokenOf(t)
	}
	return tokens, err
}

// RemoveToken ends a token: ErrNotFound if the person may not see one of that ID.
func (s *Service) RemoveToken(ctx context.Context, by Person, id string) error {
	tokens, err := s.Tokens(ctx, by)
	if err != nil {
		return err
	}
	for _, t := range tokens {
		if t.ID != id {
			continue
		}
		if err := s.Store.RemoveToken(ctx, id); err != nil {
			return err
		}
		s.note(ctx, "token", by.Name, id, "%s ends the token %q of %s", by.Name, t.Name, t.Owner)
		return nil
	}
	return ErrNotFound
}

// ofToken is the person of a token: ErrNotLoggedIn if it is not valid.
func (s *Service) ofToken(ctx context.Context, text string) (Person, error) {
	if !strings.HasPrefix(text, tokenPrefix) {
		return Person{}, ErrNotLoggedIn
	}
	token, err := s.Store.TokenOf(ctx, hashOf(text))
	now := s.Now()
	if errors.Is(err, db.ErrNotFound) || err == nil && !token.Expires.IsZero() && !now.Before(token.Expires) {
		return Person{}, ErrNotLoggedIn
	}
	if err != nil {
		return Person{}, err
	}
	role, err := s.roleOf(ctx, token)
	if err != nil {
		return Person{}, err
	}
	if now.Sub(token.LastUsed) >= noteUse {
		if err := s.Store.UseToken(ctx, token.ID, now); err != nil && !errors.Is(err, db.ErrNotFound) {
			s.Log.Error("the use of a token was not noted", "error", err)
		}
	}
	return Person{Name: token.Owner, Role: role}, nil
}

// roleOf is the role of a token, and no more than that of the user who owns it now. The hub cannot ask
// the provider about a person who does not log in.
func (s *Service) roleOf(ctx context.Context, token db.Token) (Role, error) {
	user, err := s.Store.User(ctx, token.Owner)
	switch {
	case errors.Is(err, db.ErrNotFound):
		return Role(token.Role), nil
	case err != nil:
		return Anyone, err
	case user.Disabled:
		return Anyone, ErrNotLoggedIn
	}
	return lesser(Role(token.Role), Role(user.Role)), nil
}
