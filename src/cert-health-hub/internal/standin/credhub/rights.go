package credhub

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// Permission lets an actor do something with credentials.
type Permission struct {
	ID         string   `json:"uuid"`
	Actor      string   `json:"actor"`
	Path       string   `json:"path"` // a name, or a prefix and /*
	Operations []string `json:"operations"`
}

// covers tells whether a permission is for a name.
func (p Permission) covers(name string) bool {
	prefix, isPrefix := strings.CutSuffix(p.Path, "*")
	return p.Path == name || isPrefix && strings.HasPrefix(name, prefix)
}

// Permit gives an actor permissions at a path.
func (s *Server) Permit(actor, path string, operations ...string) Permission {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.permit(Permission{Actor: actor, Path: path, Operations: operations})
}

// Forbid takes all permissions of an actor at a path away.
func (s *Server) Forbid(actor, path string) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.permissions = slices.DeleteFunc(s.permissions, func(p Permission) bool { return p.Actor == actor && p.Path == path })
}

func (s *Server) permit(p Permission) Permission {
	p.ID = uuid()
	s.permissions = append(s.permissions, p)
	return p
}

// may tells whether an actor has a permission for a name.
func (s *Server) may(actor, operation, name string) bool {
	return slices.ContainsFunc(s.permissions, func(p Permission) bool {
		return p.Actor == actor && p.covers(name) && slices.Contains(p.Operations, operation)
	})
}

// writable is an error if an actor may not write a credential.
func (s *Server) writable(actor, name string) error {
	switch {
	case s.may(actor, "write", name):
		return nil
	case s.may(actor, "read", name):
		return fail(http.StatusForbidden, "The request could not be completed because the credential does not exist or you do not have sufficient authorization.")
	}
	return notFound()
}

func (s *Server) addPermission(actor string, r *http.Request) (any, error) {
	var p Permission
	if err := decode(r, &p); err != nil {
		return nil, err
	}
	if !s.may(actor, "write_acl", p.Path) {
		return nil, notFound()
	}
	return s.permit(p), nil
}

func (s *Server) getPermission(actor string, r *http.Request) (any, error) {
	for _, p := range s.permissions {
		if q := r.URL.Query(); p.Actor == q.Get("actor") && p.Path == q.Get("path") && s.may(actor, "read_acl", p.Path) {
			return p, nil
		}
	}
	return nil, notFound()
}

// uuid makes a random identifier of version 4.
func uuid() string {
	b := make([]byte, 16)
	_, _ = rand.Read(b) // never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
