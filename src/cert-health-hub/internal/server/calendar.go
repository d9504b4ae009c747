package server

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"net/http"

	"cert-health/hub/internal/catalog"
	"cert-health/hub/internal/db"
	"cert-health/hub/internal/people"
	"cert-health/hub/internal/remind"
)

// calendarPath is where programs fetch the calendar. They cannot log in: the key in the URL is a
// secret of one person.
const calendarPath = "/calendar.ics"

// calendars are the secret URLs of people's calendars. The database keeps only their checksums.
type calendars struct{ *Server }

// CreateCalendar implements web.Calendars.
func (c calendars) CreateCalendar(ctx context.Context, person string) (string, error) {
	key := rand.Text()
	if err := c.db.SetCalendar(ctx, person, checksum(key), c.clock.Now()); err != nil {
		return "", err
	}
	return c.settings.URL() + calendarPath + "?key=" + key, deeds(c).note(ctx, "calendar", person, person, "made a URL for a calendar")
}

// RemoveCalendar implements web.Calendars.
func (c calendars) RemoveCalendar(ctx context.Context, person string) error {
	if err := c.db.RemoveCalendar(ctx, person); err != nil && !errors.Is(err, db.ErrNotFound) {
		return err
	}
	return deeds(c).note(ctx, "calendar", person, person, "removed the URL of a calendar")
}

func checksum(key string) []byte {
	sum := sha256.Sum256([]byte(key))
	return sum[:]
}

// calendar answers with the ends of all certificates. A hub without log-in needs no key: it sends the
// calendar to its own machine.
func (s *Server) calendar(methods people.Methods) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if !methods.None() {
			_, err := s.db.CalendarOf(r.Context(), checksum(r.URL.Query().Get("key")))
			if errors.Is(err, db.ErrNotFound) {
				http.Error(w, "This URL is not valid any more: make another one on the page /tokens.", http.StatusNotFound)
				return
			}
			if err != nil {
				http.Error(w, "The hub cannot read its database.", http.StatusServiceUnavailable)
				return
			}
		}
		view := s.loadedView()
		if view == nil {
			http.Error(w, "The hub has just started: try again in a minute.", http.StatusServiceUnavailable)
			return
		}
		w.Header().Set("Content-Type", "text/calendar; charset=utf-8")
		w.Header().Set("Cache-Control", "private, no-cache")
		_, _ = w.Write(remind.Calendar(s.ends(view), view.Now()))
	}
}

// ends are the certificates in use, as entries.
func (s *Server) ends(view *catalog.View) (entries []remind.Entry) {
	for _, e := range view.All(catalog.Query{}) {
		if e.State == catalog.History {
			continue
		}
		entries = append(entries, s.entry(e))
	}
	return entries
}
