package credhub

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"cert-health/internal/cert"
	"cert-health/internal/extract"
)

// Certificate is a certificate of CredHub, without any value.
type Certificate struct {
	ID       string    `json:"id"`
	Name     string    `json:"name"`
	SignedBy string    `json:"signed_by"` // the name of the CA; its own name if it signed itself; empty if it was set
	Signs    []string  `json:"signs"`
	Versions []Version `json:"versions"` // the newest first
}

// Version is one version of a certificate, without its value.
type Version struct {
	ID           string `json:"id"`
	Expires      Time   `json:"expiry_date"`
	Transitional bool   `json:"transitional"`
	CA           bool   `json:"certificate_authority"`
	SelfSigned   bool   `json:"self_signed"`
	Generated    bool   `json:"generated"` // by CredHub, which can then regenerate it
}

// Time is a time that CredHub may leave empty.
type Time struct{ time.Time }

// UnmarshalJSON reads a time; one that is not known is zero.
func (t *Time) UnmarshalJSON(encoded []byte) error {
	t.Time, _ = time.Parse(time.RFC3339, strings.Trim(string(encoded), `"`))
	return nil
}

// Active is the version that signs and is handed out: the newest one that is not transitional. It is -1 if there
// is none.
func (c *Certificate) Active() int {
	for i, v := range c.Versions {
		if !v.Transitional {
			return i
		}
	}
	return -1
}

// Transitional is the transitional version, or -1.
func (c *Certificate) Transitional() int {
	for i, v := range c.Versions {
		if v.Transitional {
			return i
		}
	}
	return -1
}

// maxCertificates is how many certificates a list may have.
const maxCertificates = 50_000

// All lists all certificates that CredHub shows. There is no paging.
func (c *Client) All(ctx context.Context) ([]Certificate, error) {
	return c.list(ctx, nil)
}

// Named is the certificate of a name, which may lack its first slash.
func (c *Client) Named(ctx context.Context, name string) (*Certificate, error) {
	list, err := c.list(ctx, url.Values{"name": {"/" + strings.TrimPrefix(name, "/")}})
	switch {
	case IsNotFound(err) || err == nil && len(list) == 0:
		return nil, &Refusal{Status: http.StatusNotFound, sentence: fmt.Sprintf("CredHub shows no certificate %s: correct the name, or permit it (credhub set-permission -a ACTOR -p %[1]s -o read,write,delete)", name)}
	case err != nil:
		return nil, err
	}
	return &list[0], nil
}

func (c *Client) list(ctx context.Context, query url.Values) ([]Certificate, error) {
	var answer struct {
		Certificates []Certificate `json:"certificates"`
	}
	if err := c.call(ctx, http.MethodGet, "/api/v1/certificates/", query, nil, &answer); err != nil {
		return nil, err
	}
	if len(answer.Certificates) > maxCertificates {
		return nil, fmt.Errorf("CredHub lists more than %d certificates: use a client that may read fewer", maxCertificates)
	}
	return answer.Certificates, nil
}

// Contents are the public parts of one version.
type Contents struct {
	Certificate []*cert.Certificate // with what follows it
	CAs         []*cert.Certificate // that CredHub hands out with it: the one that signed it first
}

// Read reads the public parts of one version. CredHub sends its private key, too: it is not decoded.
func (c *Client) Read(ctx context.Context, version string) (Contents, error) {
	var answer struct {
		Value struct {
			Certificate string `json:"certificate"`
			CA          string `json:"ca"`
		} `json:"value"`
	}
	if err := c.call(ctx, http.MethodGet, "/api/v1/data/"+url.PathEscape(version), nil, nil, &answer); err != nil {
		return Contents{}, err
	}
	read := Contents{Certificate: parse(answer.Value.Certificate), CAs: parse(answer.Value.CA)}
	if len(read.Certificate) == 0 {
		return read, fmt.Errorf("version %s holds no certificate that can be read: look at it with credhub get --id %[1]s", version)
	}
	return read, nil
}

func parse(pem string) (list []*cert.Certificate) {
	var extractor extract.Extractor
	result := extractor.Value([]byte(pem))
	for _, found := range result.Certificates {
		list = append(list, found.Certificate)
	}
	return list
}
