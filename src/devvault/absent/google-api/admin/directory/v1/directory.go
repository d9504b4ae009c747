// Package admin replaces Google's directory API, which Vault's JWT method asks for
// the groups of G Suite users. No service can be created, so that nothing else is
// ever called.
package admin

import (
	"context"
	"encoding/json"
	"errors"

	"google.golang.org/api/option"
)

// Scopes of the API.
const (
	AdminDirectoryGroupReadonlyScope = "absent"
	AdminDirectoryUserReadonlyScope  = "absent"
)

var errAbsent = errors.New("Google's directory is not part of devvault")

// Service has the parts that Vault calls.
type Service struct {
	Groups GroupsService
	Users  UsersService
}

// NewService always fails.
func NewService(context.Context, ...option.ClientOption) (*Service, error) { return nil, errAbsent }

// GroupsService lists groups.
type GroupsService struct{}

// List returns a request that fails.
func (GroupsService) List() GroupsRequest { return GroupsRequest{} }

// GroupsRequest is a request for groups.
type GroupsRequest struct{}

// UserKey has no effect.
func (r GroupsRequest) UserKey(string) GroupsRequest { return r }

// Domain has no effect.
func (r GroupsRequest) Domain(string) GroupsRequest { return r }

// Fields has no effect.
func (r GroupsRequest) Fields(...string) GroupsRequest { return r }

// Pages always fails.
func (GroupsRequest) Pages(context.Context, func(*Groups) error) error { return errAbsent }

// Groups is one page of groups.
type Groups struct{ Groups []*Group }

// Group is one group.
type Group struct{ Email string }

// UsersService finds users.
type UsersService struct{}

// Get returns a request that fails.
func (UsersService) Get(string) UserRequest { return UserRequest{} }

// UserRequest is a request for one user.
type UserRequest struct{}

// Context has no effect.
func (r UserRequest) Context(context.Context) UserRequest { return r }

// Projection has no effect.
func (r UserRequest) Projection(string) UserRequest { return r }

// CustomFieldMask has no effect.
func (r UserRequest) CustomFieldMask(string) UserRequest { return r }

// Fields has no effect.
func (r UserRequest) Fields(...string) UserRequest { return r }

// Do always fails.
func (UserRequest) Do() (*User, error) { return nil, errAbsent }

// User is one user.
type User struct{ CustomSchemas map[string]json.RawMessage }
