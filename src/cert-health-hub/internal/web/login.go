package web

import (
	"net/http"

	"cert-health/hub/internal/people"
)

// LoginPage is what the login page shows.
type LoginPage = people.LoginPage

// Login shows the login page.
func (p *Pages) Login(w http.ResponseWriter, r *http.Request, status int, body LoginPage) {
	p.render(w, r, status, "login", page{Title: "Log in", Self: r.URL.RequestURI(), Secret: true, Body: body})
}

// DevicePage is what a person sees who logs in a command line.
type DevicePage = people.DevicePage

// Device shows the page on which a person lets a command line log in.
func (p *Pages) Device(w http.ResponseWriter, r *http.Request, status int, body DevicePage) {
	shown := p.page(r, "device", "Log in a command line")
	shown.Secret, shown.Body = true, body
	p.render(w, r, status, "device", shown)
}
