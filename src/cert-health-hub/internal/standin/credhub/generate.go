package credhub

import (
	"encoding/json"
	"net/http"
	"slices"

	"cert-health/internal/scenario"
)

// rawValue is a value, as data and as a certificate.
type rawValue struct {
	any         any
	certificate certificateValue
}

// UnmarshalJSON reads both.
func (v *rawValue) UnmarshalJSON(encoded []byte) error {
	_ = json.Unmarshal(encoded, &v.certificate) // other types have other values
	return json.Unmarshal(encoded, &v.any)
}

// parameters say what to generate.
type parameters struct {
	CommonName       string   `json:"common_name"`
	Organization     string   `json:"organization"`
	AlternativeNames []string `json:"alternative_names"`
	ExtendedKeyUsage []string `json:"extended_key_usage"`
	KeyLength        int      `json:"key_length"`
	Duration         int      `json:"duration"` // days
	CA               string   `json:"ca"`
	IsCA             bool     `json:"is_ca"`
	SelfSign         bool     `json:"self_sign"`
}

// generateData answers POST /api/v1/data: it generates, or regenerates as an older client asks.
func (s *Server) generateData(actor string, r *http.Request) (any, error) {
	var body struct {
		Name       string     `json:"name"`
		Type       string     `json:"type"`
		Regenerate bool       `json:"regenerate"`
		Overwrite  bool       `json:"overwrite"`
		Mode       string     `json:"mode"`
		Parameters parameters `json:"parameters"`
	}
	if err := decode(r, &body); err != nil {
		return nil, err
	}
	name := absolute(body.Name)
	if body.Regenerate {
		return s.regenerateNamed(actor, name)
	}
	if err := s.acceptable(actor, name, body.Type); err != nil {
		return nil, err
	}
	if c := s.credentials[name]; c != nil && !body.Overwrite && body.Mode != "overwrite" {
		return c.shown(c.versions[0]), nil
	}
	if body.Type != "certificate" {
		c := s.named(name, body.Type)
		return c.shown(s.add(c, &version{value: uuid()})), nil
	}
	v, err := s.issue(name, body.Parameters, nil)
	if err != nil {
		return nil, err
	}
	c := s.named(name, "certificate")
	return c.shown(s.add(c, v)), nil
}

// Generate generates a certificate as an administrator does. It is for tests that need many.
func (s *Server) Generate(name, ca string, spec scenario.Spec) (*scenario.Pair, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	v, err := s.issued(name, ca, spec, nil)
	if err != nil {
		return nil, err
	}
	s.add(s.named(name, "certificate"), v)
	return v.pair, nil
}

// issue issues a certificate. signer is the version of the CA that signs; nil is the active one.
func (s *Server) issue(name string, p parameters, signer *version) (*version, error) {
	if p.KeyLength != 0 && !slices.Contains([]int{2048, 3072, 4096}, p.KeyLength) {
		return nil, fail(http.StatusBadRequest, "The provided key length is not supported. Valid values include '2048', '3072' and '4096'.")
	}
	now := s.options.Now()
	if p.Duration == 0 {
		p.Duration = 365
	}
	if p.CA == "" && !p.IsCA && !p.SelfSign {
		return nil, fail(http.StatusBadRequest, "You must specify a signing CA, the is_ca parameter, or self_sign parameter.")
	}
	spec := scenario.Spec{CommonName: p.CommonName, Organization: p.Organization, SANs: p.AlternativeNames, CA: p.IsCA, NotBefore: now, NotAfter: now.AddDate(0, 0, p.Duration)}
	if len(p.ExtendedKeyUsage) == 1 {
		spec.Client, spec.Server = p.ExtendedKeyUsage[0] == "client_auth", p.ExtendedKeyUsage[0] == "server_auth"
	}
	v, err := s.issued(name, p.CA, spec, signer)
	if err == nil {
		v.parameters = p
	}
	return v, err
}

// issued issues the certificate of a spec, by a CA or by itself.
func (s *Server) issued(name, ca string, spec scenario.Spec, signer *version) (*version, error) {
	v := &version{}
	if ca != "" && absolute(ca) != name {
		issuer := s.credentials[absolute(ca)]
		if issuer == nil {
			return nil, notFound()
		}
		if signer == nil {
			signer = issuer.active()
		}
		if signer.pair == nil || !signer.isCA() {
			return nil, fail(http.StatusBadRequest, "The certificate specified by the 'ca' parameter cannot be used because it is not a CA with a private key.")
		}
		s.sign(v, issuer, signer)
		spec.Issuer = signer.pair
	}
	v.pair = scenario.Issue(spec)
	v.certificate, v.privateKey = v.pair.CertPEM(), v.pair.KeyPEM()
	if v.caName == "" {
		v.ca, v.signing = v.certificate, v.certificate
	}
	v.parameters = parameters{CommonName: spec.CommonName, Organization: spec.Organization, AlternativeNames: spec.SANs, IsCA: spec.CA, CA: ca, SelfSign: ca == ""}
	return v, nil
}
