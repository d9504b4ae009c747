package uaa

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"
)

// Claims are the contents of an access token.
type Claims struct {
	ID       string   `json:"jti"`
	Scope    []string `json:"scope"`
	Client   string   `json:"client_id"`
	User     string   `json:"user_name,omitempty"`
	Grant    string   `json:"grant_type"`
	IssuedAt int64    `json:"iat"`
	Expires  int64    `json:"exp"`
}

// Has tells whether the token has all scopes.
func (c Claims) Has(scopes ...string) bool {
	for _, scope := range scopes {
		if !slices.Contains(c.Scope, scope) {
			return false
		}
	}
	return true
}

// The errors of Check.
var (
	ErrExpired = errors.New("the token has expired")
	ErrInvalid = errors.New("the token is not valid")
)

// header is that of a signed JWT. UAA signs with RSA; no client looks.
var header = base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"HS256","typ":"JWT"}`))

func (s *Server) sign(claims Claims) string {
	encoded, _ := json.Marshal(claims) // strings and numbers
	body := header + "." + base64.RawURLEncoding.EncodeToString(encoded)
	return body + "." + base64.RawURLEncoding.EncodeToString(s.mac(body))
}

func (s *Server) mac(body string) []byte {
	mac := hmac.New(sha256.New, s.key)
	mac.Write([]byte(body))
	return mac.Sum(nil)
}

// Check returns the claims of a token that this server has issued, as resource servers verify it. skew
// is how long they accept a token after its end.
func (s *Server) Check(token string, skew time.Duration) (claims Claims, err error) {
	body, signature, _ := cutLast(token)
	given, err := base64.RawURLEncoding.DecodeString(signature)
	if err != nil || !hmac.Equal(given, s.mac(body)) {
		return claims, ErrInvalid
	}
	_, payload, _ := strings.Cut(body, ".")
	decoded, err := base64.RawURLEncoding.DecodeString(payload)
	if err != nil || json.Unmarshal(decoded, &claims) != nil {
		return claims, ErrInvalid
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	switch {
	case s.revoked[claims.ID]:
		return claims, ErrInvalid
	case claims.Expires <= s.endedBefore, s.now().After(time.Unix(claims.Expires, 0).Add(skew)):
		return claims, ErrExpired
	}
	return claims, nil
}

func cutLast(token string) (before, after string, found bool) {
	if i := strings.LastIndexByte(token, '.'); i >= 0 {
		return token[:i], token[i+1:], true
	}
	return token, "", false
}

func identifier() string {
	id := make([]byte, 16)
	_, _ = rand.Read(id) // never fails
	return hex.EncodeToString(id)
}
