package web

import "net/http"

// createCalendar makes the URL of the person's calendar, and shows it once.
func (p *Pages) createCalendar(w http.ResponseWriter, r *http.Request) {
	person := p.People.Person(r)
	if p.Calendars == nil || person.Name == "" {
		p.missing(w, r)
		return
	}
	url, err := p.Calendars.CreateCalendar(r.Context(), person.Name)
	if err != nil {
		p.broken(w, r, "make the URL of the calendar", err)
		return
	}
	p.showTokens(w, r, http.StatusOK, tokensPage{Calendar: url})
}

// removeCalendar makes the URL of the person's calendar invalid.
func (p *Pages) removeCalendar(w http.ResponseWriter, r *http.Request) {
	person := p.People.Person(r)
	if p.Calendars == nil || person.Name == "" {
		p.missing(w, r)
		return
	}
	if err := p.Calendars.RemoveCalendar(r.Context(), person.Name); err != nil {
		p.broken(w, r, "remove the URL of the calendar", err)
		return
	}
	http.Redirect(w, r, "/tokens", http.StatusSeeOther)
}
