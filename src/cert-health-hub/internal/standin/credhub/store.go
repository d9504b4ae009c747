package credhub

import (
	"cmp"
	"crypto/x509"
	"encoding/pem"
	"slices"
	"strings"
	"time"

	"cert-health/internal/scenario"
)

// credential is a name with its versions, the newest first.
type credential struct {
	id       string
	name     string
	kind     string
	versions []*version
}

// version is one value of a credential.
type version struct {
	id           string
	created      time.Time
	value        any // of other credentials than certificates
	metadata     any
	transitional bool

	// Of a certificate:
	pair        *scenario.Pair // nil if it was set, not generated
	parameters  parameters
	certificate string
	ca          string
	signing     string // the CA that signed it
	caName      string
	privateKey  string
	facts       *facts // of the certificate, once they are computed
}

// facts are what the list tells of a version.
type facts struct {
	expiry           string // empty when it is not known
	selfSigned, isCA bool
}

// parsed is the certificate; nil if the value is not one.
func (v *version) parsed() *x509.Certificate {
	block, _ := pem.Decode([]byte(v.certificate))
	if block == nil {
		return nil
	}
	parsed, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil
	}
	return parsed
}

// told are the facts. They are computed once: to verify a signature takes long.
func (v *version) told() facts {
	if v.facts == nil {
		v.facts = &facts{}
		if c := v.parsed(); c != nil {
			self := c.CheckSignature(c.SignatureAlgorithm, c.RawTBSCertificate, c.Signature) == nil
			v.facts = &facts{c.NotAfter.UTC().Format(time.RFC3339), self, c.IsCA}
		}
	}
	return *v.facts
}

func (v *version) expiry() string   { return v.told().expiry }
func (v *version) selfSigned() bool { return v.told().selfSigned }
func (v *version) isCA() bool       { return v.told().isCA }

// active is the version that signs: the newest one that is not transitional.
func (c *credential) active() *version {
	for _, v := range c.versions {
		if !v.transitional {
			return v
		}
	}
	return c.versions[0]
}

// transitional is the transitional version, or nil.
func (c *credential) transitional() *version {
	i := slices.IndexFunc(c.versions, func(v *version) bool { return v.transitional })
	if i < 0 {
		return nil
	}
	return c.versions[i]
}

// current are the versions that are handed out: the active one and the transitional one, as
// data?current=true has them.
func (c *credential) current() []*version {
	if t := c.transitional(); t != nil && t != c.active() {
		return []*version{c.active(), t}
	}
	return []*version{c.active()}
}

func (s *Server) add(c *credential, v *version) *version {
	v.id, v.created = uuid(), s.options.Now()
	c.versions = append([]*version{v}, c.versions...)
	return v
}

// named returns the credential of a name, and makes it if there is none.
func (s *Server) named(name, kind string) *credential {
	c := s.credentials[name]
	if c == nil {
		c = &credential{id: uuid(), name: name, kind: kind}
		s.credentials[name] = c
	}
	return c
}

// sorted are all credentials that an actor may read, by name.
func (s *Server) sorted(actor string) (list []*credential) {
	for _, c := range s.credentials {
		if s.may(actor, "read", c.name) {
			list = append(list, c)
		}
	}
	slices.SortFunc(list, func(a, b *credential) int { return cmp.Compare(a.name, b.name) })
	return list
}

// byID returns a certificate that an actor may read.
func (s *Server) byID(actor, id string) (*credential, error) {
	for _, c := range s.credentials {
		if c.id == id && c.kind == "certificate" && s.may(actor, "read", c.name) {
			return c, nil
		}
	}
	return nil, notFound()
}

// signedBy is the name of the CA of a certificate: its own name if it signed itself.
func (c *credential) signedBy() string {
	v := c.versions[0]
	if v.caName == "" && v.selfSigned() {
		return c.name
	}
	return v.caName
}

// children are the certificates that a CA signs.
func (s *Server) children(ca string) []*credential { return s.signed()[ca] }

// signed are the certificates that each CA signs, by name.
func (s *Server) signed() map[string][]*credential {
	signed := map[string][]*credential{}
	for _, c := range s.credentials {
		if by := c.signedBy(); c.kind == "certificate" && by != c.name {
			signed[by] = append(signed[by], c)
		}
	}
	for _, list := range signed {
		slices.SortFunc(list, func(a, b *credential) int { return cmp.Compare(a.name, b.name) })
	}
	return signed
}

// absolute adds the slash that every name begins with.
func absolute(name string) string { return "/" + strings.TrimPrefix(name, "/") }
