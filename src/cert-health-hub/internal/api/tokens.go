package api

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"cert-health/hub/internal/catalog"
	"cert-health/hub/internal/people"
)

// APIToken is what is known of a token.
type APIToken struct {
	ID       string      `json:"id"`
	Name     string      `json:"name"`
	Role     people.Role `json:"role" enum:"viewer,operator"`
	Owner    string      `json:"owner"`
	Created  *time.Time  `json:"created,omitempty"`
	Expires  *time.Time  `json:"expires,omitempty" doc:"without it, never"`
	LastUsed *time.Time  `json:"last_used,omitempty"`
}

// Tokens are the tokens that a person may see.
type Tokens struct {
	Tokens []APIToken `json:"tokens" nullable:"false"`
}

// NewToken is a request for a token.
type NewToken struct {
	Name    string      `json:"name" minLength:"1" maxLength:"100" doc:"what it is for"`
	Role    people.Role `json:"role,omitempty" enum:"viewer,operator" default:"viewer"`
	Expires string      `json:"expires_in,omitempty" maxLength:"40" default:"90d" doc:"how long it is valid, at most 1y"`
}

// CreatedToken is a new token. It is shown this once.
type CreatedToken struct {
	APIToken
	Token string `json:"token" doc:"it is shown only now"`
}

// maxToken is how long a token may be valid.
const maxToken = 366 * 24 * time.Hour

const tokensTag = "tokens"

func (s *service) tokens() {
	huma.Register(s.api, operation(http.MethodGet, "/v1/tokens", "list-tokens", "List your tokens, or all as an operator", tokensTag, people.Viewer), s.listTokens)
	add := operation(http.MethodPost, "/v1/tokens", "create-token", "Make a token for a script", tokensTag, people.Viewer)
	add.DefaultStatus = http.StatusCreated
	add.Errors = append(add.Errors, http.StatusUnprocessableEntity)
	huma.Register(s.api, add, s.createToken)
	end := operation(http.MethodDelete, "/v1/tokens/{id}", "remove-token", "End a token", tokensTag, people.Viewer)
	end.Errors = append(end.Errors, http.StatusNotFound)
	huma.Register(s.api, end, s.removeToken)
}

func (s *service) listTokens(ctx context.Context, _ *struct{}) (*body[Tokens], error) {
	list, err := s.People.Tokens(ctx, people.Current(ctx))
	if err != nil {
		return nil, s.failure(ctx, err)
	}
	answer := Tokens{make([]APIToken, len(list))}
	for i, t := range list {
		answer.Tokens[i] = tokenOf(t)
	}
	return &body[Tokens]{answer}, nil
}

func tokenOf(t people.Token) APIToken {
	return APIToken{t.ID, t.Name, t.Role, t.Owner, moment(t.Created), moment(t.Expires), moment(t.LastUsed)}
}

func (s *service) createToken(ctx context.Context, in *body[NewToken]) (*body[CreatedToken], error) {
	person := people.Current(ctx)
	if !person.Role.Includes(in.Body.Role) {
		return nil, s.failure(ctx, people.ErrForbidden)
	}
	valid, err := catalog.ParseDuration(in.Body.Expires)
	if err != nil || valid <= 0 || valid > maxToken {
		return nil, huma.Error400BadRequest("expires_in: it must be a duration of at most 1y: write 90d", &huma.ErrorDetail{Location: "body.expires_in", Message: "it must be a duration of at most 1y"})
	}
	name := strings.TrimSpace(in.Body.Name)
	if name == "" {
		return nil, huma.Error400BadRequest("the name is empty: say what the token is for")
	}
	token, issued, err := s.People.NewToken(ctx, person, name, in.Body.Role, s.Now().Add(valid))
	if err != nil {
		return nil, s.failure(ctx, err)
	}
	return &body[CreatedToken]{CreatedToken{tokenOf(token), issued.Token}}, nil
}

func (s *service) removeToken(ctx context.Context, in *struct {
	ID string `path:"id"`
}) (*struct{}, error) {
	if err := s.People.RemoveToken(ctx, people.Current(ctx), in.ID); err != nil {
		return nil, s.failure(ctx, err)
	}
	return nil, nil
}
