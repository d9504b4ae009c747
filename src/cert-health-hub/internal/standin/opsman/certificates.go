package opsman

import (
	"net/http"
	"regexp"
	"time"

	"cert-health/hub/internal/standin"
)

func (s *Server) list0(w http.ResponseWriter, r *http.Request) {
	s.list(w, r, func(c Certificate) Certificate {
		c.Deployments, c.Outdated, c.RotationStatus, c.Signs = nil, nil, "", nil
		return c
	})
}

func (s *Server) list1(w http.ResponseWriter, r *http.Request) {
	s.list(w, r, func(c Certificate) Certificate { return c })
}

var within = regexp.MustCompile(`^([1-9]\d*)([dwmy])$`)

func (s *Server) list(w http.ResponseWriter, r *http.Request, shown func(Certificate) Certificate) {
	until := time.Time{}
	if text := r.URL.Query().Get("expires_within"); text != "" {
		match := within.FindStringSubmatch(text)
		if match == nil {
			refuse(w, http.StatusBadRequest, "expires_within", "is invalid")
			return
		}
		until = after(s.now(), match[1], match[2])
	}
	list := []Certificate{}
	for _, c := range s.certificates {
		if end, err := time.Parse(time.RFC3339, c.ValidUntil); until.IsZero() || err == nil && end.Before(until) {
			list = append(list, shown(c))
		}
	}
	standin.JSON(w, http.StatusOK, map[string]any{"certificates": list})
}
