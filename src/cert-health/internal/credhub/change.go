package credhub

import (
	"context"
	"net/http"
	"net/url"
	"time"
)

// Regeneration says how CredHub issues a certificate again, with a new key.
type Regeneration struct {
	// Transitional makes the new version one that is handed out and does not sign: the first step of a
	// rotation of a CA. The answer is an error if there is a transitional version already.
	Transitional bool `json:"set_as_transitional"`
	// ByTransitional lets the CA's transitional version sign if it is the newer one.
	ByTransitional bool `json:"allow_transitional_parent_to_sign,omitempty"`
	Days           int  `json:"duration,omitempty"`   // 0: as before
	KeyLength      int  `json:"key_length,omitempty"` // 2048, 3072 or 4096; 0: as before
}

// Regenerate has CredHub issue a certificate again, and returns the identifier of the new version. id is that of the certificate.
func (c *Client) Regenerate(ctx context.Context, id string, r Regeneration) (version string, err error) {
	var answer struct {
		ID string `json:"id"`
	}
	err = c.call(ctx, http.MethodPost, at(id)+"/regenerate", nil, r, &answer)
	return answer.ID, err
}

// SetTransitional moves the transitional flag to a version of a certificate; empty takes it away. With
// certificates.concatenate_cas CredHub writes a new version of everything that the CA signs: the same certificate with other CAs.
func (c *Client) SetTransitional(ctx context.Context, id, version string) error {
	chosen := map[string]any{"version": nil}
	if version != "" {
		chosen["version"] = version
	}
	return c.call(ctx, http.MethodPut, at(id)+"/update_transitional_version", nil, chosen, nil)
}

// Delete deletes a version for good. The last version of a certificate cannot be deleted.
func (c *Client) Delete(ctx context.Context, id, version string) error {
	return c.call(ctx, http.MethodDelete, at(id)+"/versions/"+url.PathEscape(version), nil, nil, nil)
}

func at(id string) string { return "/api/v1/certificates/" + url.PathEscape(id) }

// Days is a duration as CredHub takes it, rounded up.
func Days(d time.Duration) int { return int((d + 24*time.Hour - 1) / (24 * time.Hour)) }
