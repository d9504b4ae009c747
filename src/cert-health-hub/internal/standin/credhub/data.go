package credhub

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Reads counts the values that were read.
func (s *Server) Reads() int {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.reads
}

// getData answers GET /api/v1/data.
func (s *Server) getData(actor string, r *http.Request) (any, error) {
	q := r.URL.Query()
	if !q.Has("name") {
		return s.find(actor, q)
	}
	c := s.credentials[absolute(q.Get("name"))]
	if c == nil || !s.may(actor, "read", c.name) {
		return nil, notFound()
	}
	if q.Get("current") == "true" && q.Has("versions") {
		return nil, fail(http.StatusBadRequest, "The query parameters current and versions cannot be provided in the same request.")
	}
	versions := c.versions
	if q.Get("current") == "true" {
		versions = c.current()
	}
	if n, err := strconv.Atoi(q.Get("versions")); err == nil {
		versions = versions[:min(n, len(versions))]
	}
	data := []any{}
	for _, v := range versions {
		data = append(data, c.shown(v))
	}
	s.reads++
	return map[string]any{"data": data}, nil
}

// find lists names. With expires-within-days it looks at the newest version of a certificate only, and
// so overlooks the old CA during a rotation.
func (s *Server) find(actor string, q url.Values) (any, error) {
	found := []map[string]string{}
	prefix := absolute(q.Get("path"))
	prefix = strings.TrimSuffix(prefix, "/") + "/"
	days, err := strconv.Atoi(q.Get("expires-within-days"))
	for _, c := range s.sorted(actor) {
		newest := c.versions[0]
		if !strings.HasPrefix(c.name, prefix) || !strings.Contains(strings.ToLower(c.name), strings.ToLower(q.Get("name-like"))) {
			continue
		}
		if own := newest.parsed(); err == nil && (own == nil || own.NotAfter.After(s.options.Now().AddDate(0, 0, days))) {
			continue
		}
		found = append(found, map[string]string{"name": c.name, "version_created_at": newest.created.UTC().Format(time.RFC3339)})
	}
	return map[string]any{"credentials": found}, nil
}

// getVersion answers GET /api/v1/data/{id}.
func (s *Server) getVersion(actor string, r *http.Request) (any, error) {
	for _, c := range s.credentials {
		for _, v := range c.versions {
			if v.id == r.PathValue("id") && s.may(actor, "read", c.name) {
				s.reads++
				return c.shown(v), nil
			}
		}
	}
	return nil, notFound()
}

// certificateValue is the value of a certificate that is set.
type certificateValue struct {
	CA          string `json:"ca"`
	CAName      string `json:"ca_name"`
	Certificate string `json:"certificate"`
	PrivateKey  string `json:"private_key"`
}

func (v certificateValue) version() *version {
	return &version{certificate: v.Certificate, ca: v.CA, caName: v.CAName, privateKey: v.PrivateKey}
}

// setData answers PUT /api/v1/data.
func (s *Server) setData(actor string, r *http.Request) (any, error) {
	var body struct {
		Name     string         `json:"name"`
		Type     string         `json:"type"`
		Value    rawValue       `json:"value"`
		Metadata map[string]any `json:"metadata"`
	}
	if err := decode(r, &body); err != nil {
		return nil, err
	}
	name := absolute(body.Name)
	if err := s.acceptable(actor, name, body.Type); err != nil {
		return nil, err
	}
	v := &version{value: body.Value.any}
	if body.Type == "certificate" {
		v = body.Value.certificate.version()
		if v.caName != "" && s.credentials[v.caName] == nil {
			return nil, notFound()
		}
		if v.caName != "" {
			s.sign(v, s.credentials[v.caName], s.credentials[v.caName].active())
		}
	}
	v.metadata = body.Metadata
	c := s.named(name, body.Type)
	return c.shown(s.add(c, v)), nil
}

// maxName is the longest name.
const maxName = 1024

// acceptable is an error if an actor may not write the name, or not with this type.
func (s *Server) acceptable(actor, name, kind string) error {
	c := s.credentials[name]
	switch {
	case !slices.Contains([]string{"value", "json", "password", "user", "certificate", "rsa", "ssh"}, kind):
		return fail(http.StatusBadRequest, "The request does not include a valid type. Valid values include 'value', 'json', 'password', 'user', 'certificate', 'ssh' and 'rsa'.")
	case len(name) > maxName:
		return fail(http.StatusBadRequest, "The value provided in the 'name' field must not exceed 1024 characters. Please update this value and retry your request.")
	case !s.may(actor, "write", name):
		return fail(http.StatusForbidden, "The request could not be completed because the credential does not exist or you do not have sufficient authorization.")
	case c != nil && c.kind != kind:
		return fail(http.StatusBadRequest, "The credential type cannot be modified. Please delete the credential if you wish to create it with a different type.")
	}
	return nil
}

// deleteData answers DELETE /api/v1/data.
func (s *Server) deleteData(actor string, r *http.Request) (any, error) {
	name := absolute(r.URL.Query().Get("name"))
	if s.credentials[name] == nil || !s.may(actor, "delete", name) {
		return nil, notFound()
	}
	delete(s.credentials, name)
	return nil, nil
}
