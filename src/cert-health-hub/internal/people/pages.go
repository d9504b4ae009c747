package people

import (
	"html/template"
	"net/http"
)

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

// Pages shows the pages of the login.
type Pages interface {
	Login(w http.ResponseWriter, r *http.Request, status int, body LoginPage)
	Device(w http.ResponseWriter, r *http.Request, status int, body DevicePage)
}

// simplePages are pages without a look.
type simplePages struct{}

const simple = `<!DOCTYPE html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Log in</title><main>
{{with .Error}}<p role="alert">{{.}}</p>{{end}}{{block "main" .}}{{end}}</main></html>`

const simpleLogin = `{{define "main"}}{{with .OIDC}}<p><a href="{{.}}">Log in at the identity provider</a></p>{{end}}
{{if .Local}}<form method="post" action="/login"><input type="hidden" name="next" value="{{.Next}}">
<label>Name <input name="name" value="{{.Name}}" autocomplete="username" required></label>
<label>Password <input name="password" type="password" autocomplete="current-password" required></label>
<button>Log in</button></form>{{end}}{{end}}`

const simpleDevice = `{{define "main"}}{{if .Done}}<p role="status">{{.Done}}</p>{{else}}<form method="post" action="/device">
<p>Compare the code with the one that the command line shows{{with .From}}, at {{.}}{{end}}.</p>
<label>Code <input name="user_code" value="{{.UserCode}}" autocomplete="off" required></label>
<button name="answer" value="approve">Log it in</button> <button name="answer" value="deny">Refuse</button></form>{{end}}{{end}}`

func (simplePages) Login(w http.ResponseWriter, _ *http.Request, status int, body LoginPage) {
	show(w, status, simpleLogin, body)
}

func (simplePages) Device(w http.ResponseWriter, _ *http.Request, status int, body DevicePage) {
	show(w, status, simpleDevice, body)
}

func show(w http.ResponseWriter, status int, text string, body any) {
	page := template.Must(template.Must(template.New("page").Parse(simple)).Parse(text))
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_ = page.Execute(w, body) // an error is a client that is gone
}
