package validate

import (
	"slices"
	"time"

	"cert-health/internal/cert"
	"cert-health/internal/issue"
	"cert-health/internal/verdict"
)

// Facts are what there is to know of a secret. Times are in UTC.
type Facts struct {
	Path        string    `json:"path"`
	Version     int       `json:"version,omitempty"`
	Name        string    `json:"name"`
	Fingerprint string    `json:"sha256"`
	Subject     string    `json:"subject"`
	Issuer      string    `json:"issuer"`
	Serial      string    `json:"serial"`
	SANs        []string  `json:"sans"`
	NotBefore   time.Time `json:"not_before"`
	NotAfter    time.Time `json:"not_after"`
	State       string    `json:"state"` // a code, or ok
	CA          bool      `json:"ca"`
	Key         string    `json:"key"`
	Usages      []string  `json:"usages"` // the words that x509 issue takes; other extended usages as they are
	Signature   string    `json:"signature_algorithm"`
	KeyID       string    `json:"key_id,omitempty"`
	AuthorityID string    `json:"authority_key_id,omitempty"`

	SelfSigned bool       `json:"self_signed"`
	SignedBy   *Signature `json:"signed_by,omitempty"` // nil if it signed itself, or if its CA was not read
	PrivateKey PrivateKey `json:"private_key"`
	Chain      []string   `json:"chain,omitempty"` // the names of the certificates behind it
	Counter    string     `json:"counter,omitempty"`
	List       *ListFacts `json:"crl,omitempty"`
}

// Signature says who signed a certificate, as the verified signature proves.
type Signature struct {
	Path string `json:"path"`
	Name string `json:"name"`
}

// ListFacts are what there is to know of a revocation list.
type ListFacts struct {
	Number     string    `json:"number,omitempty"`
	Revoked    int       `json:"revoked"`
	ThisUpdate time.Time `json:"this_update"`
	NextUpdate time.Time `json:"next_update,omitzero"`
	Signed     bool      `json:"signed"` // with the key of the CA
}

// Describe returns the facts of all secrets that hold a certificate.
func Describe(secrets, beside []*Secret, o Options) []Facts {
	j := newJudge(secrets, beside, o)
	list := []Facts{}
	for _, s := range secrets {
		if s.Main() != nil {
			list = append(list, j.facts(s))
		}
	}
	return list
}

func (j *judge) facts(s *Secret) Facts {
	c := s.Main()
	f := Facts{
		Path: s.Path, Version: s.Version, Name: c.Name(), Fingerprint: c.Fingerprint.String(), Subject: c.Subject, Issuer: c.Issuer, Serial: c.Serial,
		SANs: append([]string{}, c.SANs...), NotBefore: c.NotBefore.UTC(), NotAfter: c.NotAfter.UTC(), State: j.state(c), CA: c.CA, Key: c.KeyName(),
		Usages: append([]string{}, usages(c)...), Signature: c.SignatureAlgorithm.String(), KeyID: c.KeyID, AuthorityID: c.AuthorityKeyID, SelfSigned: c.SelfSigned(),
		Counter: s.Serial,
	}
	f.PrivateKey, _ = s.privateKey()
	if signers := j.signers(c); len(signers) > 0 && !f.SelfSigned {
		f.SignedBy = &Signature{signers[0].secret.Path, signers[0].Name()}
		if found, err := j.signerOf(c); err == nil {
			f.SignedBy = &Signature{found.secret.Path, found.Name()}
		}
	}
	for _, behind := range s.at(certificateKey).Certificates[min(1, len(s.at(certificateKey).Certificates)):] {
		f.Chain = append(f.Chain, behind.Name())
	}
	f.List = s.listFacts(c)
	return f
}

func (j *judge) state(c *cert.Certificate) string {
	if code := j.Thresholds.Validity(c, j.Now); code != "" {
		return string(code)
	}
	return verdict.OK.String()
}

func (s *Secret) listFacts(ca *cert.Certificate) *ListFacts {
	if s.List == nil {
		return nil
	}
	f := &ListFacts{Revoked: len(s.List.RevokedCertificateEntries), ThisUpdate: s.List.ThisUpdate.UTC(), NextUpdate: s.List.NextUpdate.UTC(), Signed: ca.SignedList(s.List)}
	if s.List.Number != nil {
		f.Number = s.List.Number.String()
	}
	return f
}

// usages are the key usages in words.
func usages(c *cert.Certificate) []string {
	return slices.Concat(issue.UsageWords(c.KeyUsage), issue.ExtendedWords(c.ExtKeyUsage))
}
