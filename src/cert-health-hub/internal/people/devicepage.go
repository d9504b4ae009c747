package people

import (
	"errors"
	"net/http"

	"cert-health/hub/internal/db"
)

// devicePage shows the code of a program that wants to log in.
func (s *Service) devicePage(w http.ResponseWriter, r *http.Request) {
	page := DevicePage{UserCode: plainCode(r.URL.Query().Get("user_code"))}
	if page.UserCode == "" || !ofPerson(r) {
		s.Pages.Device(w, r, http.StatusOK, page)
		return
	}
	device, err := s.waiting(r, page.UserCode)
	if err != nil {
		s.failDevice(w, r, page, err)
		return
	}
	page.From = device.Client
	s.Pages.Device(w, r, http.StatusOK, page)
}

// ofPerson tells whether a browser of a person asks: the token of a script must make no other tokens.
func ofPerson(r *http.Request) bool {
	return Current(r.Context()).Session
}

// waiting is the device that waits for a code.
func (s *Service) waiting(r *http.Request, code string) (db.Device, error) {
	person := Current(r.Context())
	if err := s.tryCode(person); err != nil {
		return db.Device{}, err
	}
	device, err := s.Store.DeviceOf(r.Context(), code, s.Now())
	if errors.Is(err, db.ErrNotFound) {
		s.guard.users.count(person.Name)
		err = ErrExpired
	}
	return device, err
}

// device lets a program log in, or refuses it.
func (s *Service) device(w http.ResponseWriter, r *http.Request) {
	if !ofPerson(r) {
		s.refuse(w, r, http.StatusForbidden, "a command line is let in by a person in a browser; log in there")
		return
	}
	if err := r.ParseForm(); err != nil {
		s.refuse(w, r, http.StatusBadRequest, "the form was not readable; open /device")
		return
	}
	page, person := DevicePage{UserCode: plainCode(r.PostForm.Get("user_code"))}, Current(r.Context())
	var err error
	switch r.PostForm.Get("answer") {
	case "approve":
		page.Done = "The command line is logged in as " + person.Name + ". You can close this page."
		err = s.confirm(r.Context(), person, page.UserCode)
	case "deny":
		page.Done = "The command line was refused. Its code is not valid any more."
		err = s.deny(r.Context(), person, page.UserCode)
	default:
		s.refuse(w, r, http.StatusBadRequest, "the form has no answer; open /device")
		return
	}
	if err != nil {
		page.Done = ""
		s.failDevice(w, r, page, err)
		return
	}
	s.Pages.Device(w, r, http.StatusOK, page)
}

// failDevice shows the page again.
func (s *Service) failDevice(w http.ResponseWriter, r *http.Request, page DevicePage, err error) {
	status := s.status(w, err)
	page.Error = sentence(err)
	switch {
	case errors.Is(err, ErrExpired):
		status, page.Error = http.StatusNotFound, "No command line waits for this code. Begin the login there again."
	case status == http.StatusServiceUnavailable:
		s.Log.Error("a command line was not logged in", "error", err)
		page.Error = "The hub cannot answer now. Try again, and look into its log."
	}
	s.Pages.Device(w, r, status, page)
}
