package uaa

import (
	"net/http"
	"slices"
	"time"

	"cert-health/hub/internal/standin"
)

// token answers POST /oauth/token.
func (s *Server) token(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		refuse(w, http.StatusBadRequest, "invalid_request", "The request cannot be parsed")
		return
	}
	id, secret := credentials(r)
	client, known := s.options.Clients[id]
	if !known || client.Secret != secret {
		refuse(w, http.StatusUnauthorized, "unauthorized", "Bad credentials")
		return
	}
	grant := r.PostForm.Get("grant_type")
	if grant == "" {
		refuse(w, http.StatusBadRequest, "invalid_request", "Missing grant type")
		return
	}
	if !slices.Contains(client.grants(), grant) {
		refuse(w, http.StatusUnauthorized, "invalid_client", "Unauthorized grant type: "+grant)
		return
	}
	claims, granted := s.claims(client, r)
	if !granted {
		refuse(w, http.StatusUnauthorized, "unauthorized", "Bad credentials")
		return
	}
	claims.Client, claims.Grant = id, grant
	s.issue(w, claims)
}

func (c Client) grants() []string {
	if len(c.Grants) == 0 {
		return []string{"client_credentials"}
	}
	return c.Grants
}

// claims says who the token is for.
func (s *Server) claims(client Client, r *http.Request) (claims Claims, granted bool) {
	switch r.PostForm.Get("grant_type") {
	case "client_credentials":
		return Claims{Scope: client.Scopes}, true
	case "password":
		name := r.PostForm.Get("username")
		user, known := s.options.Users[name]
		return Claims{Scope: user.Scopes, User: name}, known && user.Password == r.PostForm.Get("password")
	case "refresh_token":
		s.mutex.Lock()
		defer s.mutex.Unlock()
		claims, granted = s.refresh[r.PostForm.Get("refresh_token")]
		return claims, granted
	}
	return claims, false
}

// issue answers with a token. A grant of a user comes with a refresh token.
func (s *Server) issue(w http.ResponseWriter, claims Claims) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	now := s.now()
	claims.ID, claims.IssuedAt, claims.Expires = identifier(), now.Unix(), now.Add(s.options.Lifetime).Unix()
	s.issued++
	answer := map[string]any{"access_token": s.sign(claims), "token_type": "bearer", "expires_in": int(s.options.Lifetime / time.Second), "jti": claims.ID}
	if claims.Grant != "client_credentials" {
		refresh := identifier() + "-r"
		s.refresh[refresh] = claims
		answer["refresh_token"] = refresh
	}
	standin.JSON(w, http.StatusOK, answer)
}
