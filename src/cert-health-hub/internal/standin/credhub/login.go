package credhub

import (
	"crypto/x509"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"cert-health/hub/internal/standin/uaa"
	"cert-health/internal/scenario"
)

// refusal is an answer that refuses a log-in.
type refusal struct {
	status      int
	Code        string `json:"error"`
	Description string `json:"error_description"`
}

// skew is how long a token is accepted after its end.
const skew = time.Minute

// actor says who asks: a client or user of UAA with both scopes, or an app with a client certificate.
func (s *Server) actor(r *http.Request) (string, *refusal) {
	token, bearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	switch {
	case bearer:
		return s.actorOfToken(token)
	case r.TLS != nil && len(r.TLS.PeerCertificates) > 0:
		return actorOfCertificate(r.TLS.PeerCertificates[0])
	}
	return "", &refusal{http.StatusUnauthorized, "access_denied", "Access is denied"}
}

func (s *Server) actorOfToken(token string) (string, *refusal) {
	claims, err := s.options.UAA.Check(token, skew)
	switch {
	case err == uaa.ErrExpired:
		return "", &refusal{http.StatusUnauthorized, "access_token_expired", "Access token expired"}
	case err != nil:
		return "", &refusal{http.StatusUnauthorized, "invalid_token", "The request token signature could not be verified. Please validate that your request token was issued by the UAA server authorized by CredHub."}
	case !claims.Has("credhub.read", "credhub.write"):
		return "", &refusal{http.StatusForbidden, "insufficient_scope", "Insufficient scope for this resource"}
	case claims.User != "":
		return "uaa-user:" + claims.User, nil
	}
	return "uaa-client:" + claims.Client, nil
}

var app = regexp.MustCompile(`^app:([a-fA-F0-9]{8}-[a-fA-F0-9]{4}-4[a-fA-F0-9]{3}-[aAbB89][a-fA-F0-9]{3}-[a-fA-F0-9]{12})$`)

func actorOfCertificate(c *x509.Certificate) (string, *refusal) {
	if !slices.Contains(c.ExtKeyUsage, x509.ExtKeyUsageClientAuth) {
		return "", &refusal{http.StatusUnauthorized, "invalid_certificate", "The provided authentication mechanism does not include client authentication."}
	}
	for _, unit := range c.Subject.OrganizationalUnit {
		if match := app.FindStringSubmatch(unit); match != nil {
			return "mtls-app:" + match[1], nil
		}
	}
	return "", &refusal{http.StatusUnauthorized, "invalid_certificate", "The provided certificate does not have a valid app id in its organizational unit."}
}

// ClientCertificate issues the certificate of an app, with its id in the organizational unit.
func ClientCertificate(spec scenario.Spec, id string) *scenario.Pair {
	spec.Client, spec.Organization = true, "app:"+id
	spec.Patch = func(tbs *scenario.Node) {
		for _, set := range tbs.At(5).Children {
			if oid := set.At(0, 0); string(oid.Contents) == "\x55\x04\x0a" { // organization
				oid.Contents = []byte("\x55\x04\x0b") // organizational unit
			}
		}
	}
	return scenario.Issue(spec)
}
