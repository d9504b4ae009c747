package web

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// maxTokenName is the longest name of a token, in characters.
const maxTokenName = 60

// tokensPage is the API tokens of the person who asks.
type tokensPage struct {
	Tokens []tokenRow
	Form   tokenForm
	Secret string // of the token that was just created; shown once
	Name   string // of that token
	// Calendar is the URL of a calendar that was just created; shown once.
	Calendar     string
	HasCalendars bool
}

type tokenRow struct {
	Token
	Ended         bool
	Last, Expires ago
}

type tokenForm struct {
	Name, Days, Role, Error string
	Lifetimes               []choice
	MayWrite                bool
}

func (p *Pages) tokens(w http.ResponseWriter, r *http.Request) {
	p.showTokens(w, r, http.StatusOK, tokensPage{})
}

func (p *Pages) showTokens(w http.ResponseWriter, r *http.Request, status int, body tokensPage) {
	person := p.People.Person(r)
	if p.Tokens == nil || person.Name == "" {
		p.fail(w, r, http.StatusNotFound, "There are no API tokens for you",
			"API tokens belong to people who have logged in. This hub has no login, or you have not used it.")
		return
	}
	list, err := p.Tokens.Tokens(r.Context(), person.Name)
	if err != nil {
		p.broken(w, r, "read the API tokens", err)
		return
	}
	now := p.Now()
	for _, t := range list {
		body.Tokens = append(body.Tokens, tokenRow{t, !t.Expires.After(now), agoOf(now, t.LastUsed), agoOf(now, t.Expires)})
	}
	body.Form.MayWrite, body.HasCalendars = person.Operator, p.Calendars != nil
	body.Form.Lifetimes = lifetimes(body.Form.Days)
	shown := p.page(r, "tokens", "API tokens")
	shown.Self, shown.Secret, shown.Body = "/tokens", true, body
	p.render(w, r, status, "tokens", shown)
}

// lifetimes are how long a token may last.
func lifetimes(chosen string) []choice {
	list := []choice{{Value: "30", Word: "30 days"}, {Value: "90", Word: "90 days"}, {Value: "365", Word: "a year"}}
	if chosen == "" {
		chosen = "90"
	}
	for i := range list {
		list[i].Chosen = list[i].Value == chosen
	}
	return list
}

func (p *Pages) createToken(w http.ResponseWriter, r *http.Request) {
	person := p.People.Person(r)
	if p.Tokens == nil || person.Name == "" {
		p.missing(w, r)
		return
	}
	if !p.readForm(w, r) {
		return
	}
	form := tokenForm{Name: strings.TrimSpace(r.PostForm.Get("name")), Days: r.PostForm.Get("days"), Role: r.PostForm.Get("role")}
	if form.Error = checkToken(form, person); form.Error != "" {
		p.showTokens(w, r, http.StatusUnprocessableEntity, tokensPage{Form: form})
		return
	}
	days, _ := strconv.Atoi(form.Days) // checkToken has compared it with the choices
	now := p.Now()
	secret, err := p.Tokens.CreateToken(r.Context(), person.Name, Token{
		Name: form.Name, Operator: form.Role == "operator", Created: now, Expires: now.Add(time.Duration(days) * day)})
	if err != nil {
		p.broken(w, r, "create the API token", err)
		return
	}
	p.showTokens(w, r, http.StatusOK, tokensPage{Secret: secret, Name: form.Name})
}

// checkToken returns what is wrong with the form.
func checkToken(form tokenForm, person Person) string {
	switch {
	case form.Name == "":
		return "Give the token a name, such as the name of the script that uses it."
	case len([]rune(form.Name)) > maxTokenName:
		return fmt.Sprintf("The name has more than %d characters. Shorten it.", maxTokenName)
	case !slices.ContainsFunc(lifetimes(""), func(c choice) bool { return c.Value == form.Days }):
		return "Choose one of the lifetimes."
	case form.Role != "viewer" && form.Role != "operator":
		return "Choose what the token may do."
	case form.Role == "operator" && !person.Operator:
		return "You are a viewer, and a token cannot do more than you. Choose the role viewer."
	}
	return ""
}

func (p *Pages) deleteToken(w http.ResponseWriter, r *http.Request) {
	person := p.People.Person(r)
	if p.Tokens == nil || person.Name == "" {
		p.missing(w, r)
		return
	}
	if err := p.Tokens.DeleteToken(r.Context(), person.Name, r.PathValue("id")); err != nil {
		p.broken(w, r, "delete the API token", err)
		return
	}
	http.Redirect(w, r, "/tokens", http.StatusSeeOther)
}
