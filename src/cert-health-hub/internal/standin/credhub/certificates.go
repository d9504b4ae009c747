package credhub

import (
	"net/http"
	"slices"
	"time"
)

// listCertificates answers GET /api/v1/certificates. There are no pages and no fingerprints.
func (s *Server) listCertificates(actor string, r *http.Request) (any, error) {
	name := r.URL.Query().Get("name")
	list := []any{}
	signed := s.signed()
	for _, c := range s.sorted(actor) {
		if c.kind == "certificate" && (name == "" || c.name == absolute(name)) {
			list = append(list, c.described(signed[c.name]))
		}
	}
	if name != "" && len(list) == 0 {
		return nil, notFound()
	}
	return map[string]any{"certificates": list}, nil
}

func (c *credential) described(children []*credential) any {
	signs, versions := []string{}, []any{}
	for _, child := range children {
		signs = append(signs, child.name)
	}
	for _, v := range c.versions {
		described := map[string]any{"id": v.id, "expiry_date": v.expiry(), "transitional": v.transitional, "certificate_authority": v.isCA(), "self_signed": v.selfSigned()}
		if v.pair != nil {
			described["generated"] = true
		}
		versions = append(versions, described)
	}
	return map[string]any{"name": c.name, "id": c.id, "signed_by": c.signedBy(), "signs": signs, "versions": versions}
}

// shown is a version as data and .../versions have it.
func (c *credential) shown(v *version) map[string]any {
	shown := map[string]any{"version_created_at": v.created.UTC().Format(time.RFC3339), "id": v.id, "name": c.name, "type": c.kind, "metadata": v.metadata, "value": v.value}
	if c.kind == "certificate" {
		shown["value"] = map[string]any{"ca": v.ca, "certificate": v.certificate, "private_key": v.privateKey}
		shown["expiry_date"], shown["certificate_authority"] = v.expiry(), v.isCA()
		shown["self_signed"], shown["transitional"], shown["generated"] = v.selfSigned(), v.transitional, v.pair != nil
	}
	return shown
}

// listVersions answers GET .../versions with an array.
func (s *Server) listVersions(actor string, r *http.Request) (any, error) {
	c, err := s.byID(actor, r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	versions := c.versions
	if r.URL.Query().Get("current") == "true" {
		versions = c.current()
	}
	list := []any{}
	for _, v := range versions {
		list = append(list, c.shown(v))
	}
	return list, nil
}

// addVersion answers POST .../versions.
func (s *Server) addVersion(actor string, r *http.Request) (any, error) {
	c, err := s.byID(actor, r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	var body struct {
		Value        certificateValue `json:"value"`
		Transitional bool             `json:"transitional"`
	}
	if err := decode(r, &body); err != nil {
		return nil, err
	}
	if err := s.writable(actor, c.name); err != nil {
		return nil, err
	}
	if body.Transitional && c.transitional() != nil {
		return nil, tooManyTransitional()
	}
	v := body.Value.version()
	v.transitional = body.Transitional
	return c.shown(s.add(c, v)), nil
}

func tooManyTransitional() error {
	return fail(http.StatusBadRequest, "The maximum number of transitional versions for a given CA is 1.")
}

// deleteVersion answers DELETE .../versions/{version}. The last version stays.
func (s *Server) deleteVersion(actor string, r *http.Request) (any, error) {
	c, err := s.byID(actor, r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(c.versions, func(v *version) bool { return v.id == r.PathValue("version") })
	switch {
	case i < 0:
		return nil, notFound()
	case s.writable(actor, c.name) != nil:
		return nil, s.writable(actor, c.name)
	case len(c.versions) == 1:
		return nil, fail(http.StatusBadRequest, "The minimum number of versions for a Certificate is 1.")
	}
	deleted, transitional := c.shown(c.versions[i]), c.versions[i].transitional
	c.versions = slices.Delete(c.versions, i, i+1)
	if transitional {
		s.concatenate(c)
	}
	return deleted, nil
}

// updateTransitional answers PUT .../update_transitional_version.
func (s *Server) updateTransitional(actor string, r *http.Request) (any, error) {
	c, err := s.byID(actor, r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	var body struct {
		Version *string `json:"version"`
	}
	if err := decode(r, &body); err != nil {
		return nil, err
	}
	if err := s.writable(actor, c.name); err != nil {
		return nil, err
	}
	var chosen *version
	for i, v := range c.versions {
		if body.Version != nil && (*body.Version == v.id || *body.Version == "latest" && i == 0) {
			chosen = v
		}
	}
	if body.Version != nil && chosen == nil {
		return nil, fail(http.StatusBadRequest, "The provided version does not exist or is not associated with the certificate.")
	}
	for _, v := range c.versions {
		v.transitional = v == chosen
	}
	s.concatenate(c)
	list := []any{}
	for _, v := range c.current() {
		list = append(list, c.shown(v))
	}
	return list, nil
}

// concatenate writes a new version of every direct child of a CA: the same leaf, with other CAs.
func (s *Server) concatenate(ca *credential) {
	if !s.options.ConcatenateCAs {
		return
	}
	for _, child := range s.children(ca.name) {
		again := *child.versions[0]
		again.transitional = false
		again.ca = again.signing + trustedBeside(ca, again.signing)
		s.add(child, &again)
	}
}

// trustedBeside is the CA that is handed out beside the one that signed a certificate; empty without one. After the
// transitional flag is taken away, a certificate of the old CA comes with the old CA alone.
func trustedBeside(ca *credential, signing string) string {
	active, transitional := ca.active(), ca.transitional()
	switch {
	case transitional == nil || transitional == active && active.certificate == signing:
		return ""
	case active.certificate != signing:
		return active.certificate
	}
	return transitional.certificate
}

// sign notes which CA signed a version, and what is handed out with it.
func (s *Server) sign(v *version, ca *credential, signer *version) {
	v.caName, v.signing, v.ca = ca.name, signer.certificate, signer.certificate
	if !s.options.ConcatenateCAs {
		return
	}
	if active := ca.active(); signer != active {
		v.ca += active.certificate
	} else if t := ca.transitional(); t != nil && t != active {
		v.ca += t.certificate
	}
}
