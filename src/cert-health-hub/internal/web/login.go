package web

import "net/http"

// LoginPage is what the login page shows. The form sends name, password and next to /login.
type LoginPage struct {
	Next  string // where the person wanted to go
	Name  string // what the person has typed
	Error string // what was wrong with the last try
	// Local offers a name and a password; OIDC is the address that begins a login at the identity
	// provider, empty if there is none. It must be a link, because the policy of the pages forbids forms
	// that lead to another host.
	Local bool
	OIDC  string
}

// Login shows the login page.
func (p *Pages) Login(w http.ResponseWriter, r *http.Request, status int, body LoginPage) {
	p.render(w, r, status, "login", page{Title: "Log in", Self: r.URL.RequestURI(), Secret: true, Body: body})
}

// DevicePage is what a person sees who logs in a command line. The form sends user_code and answer
// (approve or deny) to /device.
type DevicePage struct {
	UserCode string // what the command line shows
	Error    string
	// Done is a sentence that says how it ended; empty until then.
	Done string
	// From says which device asks, as far as known.
	From string
}

// Device shows the page on which a person lets a command line log in.
func (p *Pages) Device(w http.ResponseWriter, r *http.Request, status int, body DevicePage) {
	shown := p.page(r, "device", "Log in a command line")
	shown.Secret, shown.Body = true, body
	p.render(w, r, status, "device", shown)
}
