package opsman

import (
	"net/http"
	"slices"
	"strconv"
	"time"

	"cert-health/hub/internal/standin"
	"cert-health/internal/scenario"
)

// authority is a CA as the API shows it.
type authority struct {
	GUID      string `json:"guid"`
	Issuer    string `json:"issuer"`
	CreatedOn string `json:"created_on"`
	ExpiresOn string `json:"expires_on"`
	Active    bool   `json:"active"`
	PEM       string `json:"cert_pem"`
	NatsPEM   string `json:"nats_cert_pem"`
}

func (s *Server) authority(pair *scenario.Pair) *authority {
	return &authority{GUID: "ca-" + pair.Noun().Serial, Issuer: pair.X509.Issuer.CommonName, PEM: pair.CertPEM(), NatsPEM: pair.CertPEM(),
		CreatedOn: pair.X509.NotBefore.UTC().Format(time.RFC3339), ExpiresOn: pair.X509.NotAfter.UTC().Format(time.RFC3339)}
}

// AddAuthority adds a CA that is not active.
func (s *Server) AddAuthority(pair *scenario.Pair) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.authorities = append(s.authorities, s.authority(pair))
}

func (s *Server) listAuthorities(w http.ResponseWriter, _ *http.Request) {
	standin.JSON(w, http.StatusOK, map[string]any{"certificate_authorities": s.authorities})
}

func (s *Server) generate(w http.ResponseWriter, _ *http.Request) {
	a := s.authority(scenario.Issue(scenario.Spec{CommonName: "opsmgr root", CA: true}))
	s.authorities = append(s.authorities, a)
	standin.JSON(w, http.StatusOK, a)
}

// find finds a CA, or answers.
func (s *Server) find(w http.ResponseWriter, r *http.Request) *authority {
	for _, a := range s.authorities {
		if a.GUID == r.PathValue("guid") {
			return a
		}
	}
	refuse(w, http.StatusNotFound, "base", "The certificate authority does not exist.")
	return nil
}

func (s *Server) activate(w http.ResponseWriter, r *http.Request) {
	chosen := s.find(w, r)
	if chosen == nil {
		return
	}
	for _, a := range s.authorities {
		a.Active = a == chosen
	}
	standin.JSON(w, http.StatusOK, map[string]any{})
}

// regenerate renews what the active CA signs: certificates that are not configurable.
func (s *Server) regenerate(w http.ResponseWriter, _ *http.Request) {
	for i := range s.certificates {
		if c := &s.certificates[i]; !c.Configurable && !c.IsCA {
			c.ValidFrom = s.now().UTC().Format(time.RFC3339)
			c.ValidUntil = s.now().AddDate(2, 0, 0).UTC().Format(time.RFC3339)
		}
	}
	standin.JSON(w, http.StatusOK, map[string]any{})
}

// remove deletes a CA. The active one is protected; "migitation" is how Ops Manager spells it.
func (s *Server) remove(w http.ResponseWriter, r *http.Request) {
	chosen := s.find(w, r)
	if chosen == nil {
		return
	}
	if chosen.Active {
		standin.JSON(w, http.StatusUnprocessableEntity, map[string]any{"error": "The operation is not safe.", "safety_violations": []any{map[string]any{
			"violation": "the certificate authority is active", "certificate_names": []string{chosen.GUID}, "migitation": "activate another one"}}})
		return
	}
	s.authorities = slices.DeleteFunc(s.authorities, func(a *authority) bool { return a == chosen })
	standin.JSON(w, http.StatusOK, map[string]any{})
}

// after adds a number of days, weeks, months or years.
func after(now time.Time, number, unit string) time.Time {
	n, _ := strconv.Atoi(number) // digits
	switch unit {
	case "w":
		return now.AddDate(0, 0, 7*n)
	case "m":
		return now.AddDate(0, n, 0)
	case "y":
		return now.AddDate(n, 0, 0)
	}
	return now.AddDate(0, 0, n)
}
