package credhub

import (
	"net/http"
)

// regeneration says how a certificate is issued again.
type regeneration struct {
	SetAsTransitional             bool           `json:"set_as_transitional"`
	AllowTransitionalParentToSign bool           `json:"allow_transitional_parent_to_sign"`
	KeyLength                     int            `json:"key_length"`
	Duration                      int            `json:"duration"`
	Metadata                      map[string]any `json:"metadata"`
}

// regenerateByID answers POST /api/v1/certificates/{id}/regenerate.
func (s *Server) regenerateByID(actor string, r *http.Request) (any, error) {
	c, err := s.byID(actor, r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	var options regeneration
	if r.ContentLength != 0 {
		if err := decode(r, &options); err != nil {
			return nil, err
		}
	}
	if err := s.writable(actor, c.name); err != nil {
		return nil, err
	}
	v, err := s.regenerate(c, options)
	if err != nil {
		return nil, err
	}
	shown := c.shown(v)
	shown["duration_overridden"], shown["duration_used"] = options.Duration > 0, v.parameters.Duration
	return shown, nil
}

// regenerate issues a certificate again with a new key.
func (s *Server) regenerate(c *credential, options regeneration) (*version, error) {
	last := c.versions[0]
	if last.pair == nil {
		return nil, fail(http.StatusBadRequest, "The credential could not be regenerated because the value was statically set. Only generated credentials may be regenerated.")
	}
	if options.SetAsTransitional && c.transitional() != nil {
		return nil, tooManyTransitional()
	}
	p := last.parameters
	if options.Duration > 0 {
		p.Duration = options.Duration
	}
	if options.KeyLength > 0 {
		p.KeyLength = options.KeyLength
	}
	var signer *version
	if ca := s.credentials[absolute(p.CA)]; options.AllowTransitionalParentToSign && p.CA != "" && ca != nil {
		signer = ca.versions[0]
	}
	v, err := s.issue(c.name, p, signer)
	if err != nil {
		return nil, err
	}
	v.transitional, v.metadata = options.SetAsTransitional, options.Metadata
	s.add(c, v)
	if options.SetAsTransitional {
		s.concatenate(c)
	}
	return v, nil
}

// regenerateByName answers POST /api/v1/regenerate.
func (s *Server) regenerateByName(actor string, r *http.Request) (any, error) {
	var body struct {
		Name string `json:"name"`
	}
	if err := decode(r, &body); err != nil {
		return nil, err
	}
	return s.regenerateNamed(actor, absolute(body.Name))
}

func (s *Server) regenerateNamed(actor, name string) (any, error) {
	c := s.credentials[name]
	if c == nil {
		return nil, notFound()
	}
	if err := s.writable(actor, name); err != nil {
		return nil, err
	}
	if c.kind != "certificate" {
		return c.shown(s.add(c, &version{value: uuid()})), nil
	}
	v, err := s.regenerate(c, regeneration{})
	if err != nil {
		return nil, err
	}
	return c.shown(v), nil
}

// bulkRegenerate answers POST /api/v1/bulk-regenerate: everything that a CA signs, through CAs below
// it. It changes nothing unless the actor may write all of it.
func (s *Server) bulkRegenerate(actor string, r *http.Request) (any, error) {
	var body struct {
		SignedBy string `json:"signed_by"`
	}
	if err := decode(r, &body); err != nil {
		return nil, err
	}
	ca := absolute(body.SignedBy)
	if s.credentials[ca] == nil || !s.may(actor, "read", ca) {
		return nil, notFound()
	}
	below := s.below(ca, map[string]bool{ca: true})
	for _, c := range below {
		if err := s.writable(actor, c.name); err != nil {
			return nil, err
		}
	}
	names := []string{}
	for _, c := range below {
		if _, err := s.regenerate(c, regeneration{}); err != nil {
			return nil, err
		}
		names = append(names, c.name)
	}
	return map[string]any{"regenerated_credentials": names}, nil
}

// below are all certificates below a CA, each CA before those that it signs.
func (s *Server) below(ca string, seen map[string]bool) (list []*credential) {
	for _, child := range s.children(ca) {
		if !seen[child.name] {
			seen[child.name] = true
			list = append(list, child)
			list = append(list, s.below(child.name, seen)...)
		}
	}
	return list
}
