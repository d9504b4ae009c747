package web

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"cert-health/hub/internal/inventory"
)

// The limits of a form.
const (
	maxForm   = 16 << 10 // bytes
	maxReason = 500      // characters
)

// readForm reads the fields of a form that was sent, up to a limit.
func (p *Pages) readForm(w http.ResponseWriter, r *http.Request) bool {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		p.fail(w, r, http.StatusBadRequest, "The form could not be read", fmt.Sprintf("It is not a valid form, or has more than %d bytes. Send it again.", maxForm))
		return false
	}
	return true
}

func (p *Pages) acknowledge(w http.ResponseWriter, r *http.Request) {
	if p.Acks == nil {
		p.missing(w, r)
		return
	}
	if !p.readForm(w, r) {
		return
	}
	form := ackForm{Until: r.PostForm.Get("until"), Reason: strings.TrimSpace(r.PostForm.Get("reason"))}
	until, wrong := p.checkAck(form)
	if wrong != "" {
		form.Error = wrong
		p.showCertificate(w, r, http.StatusUnprocessableEntity, form)
		return
	}
	e, known := p.view().Certificate(inventory.ID(r.PathValue("id")))
	if !known {
		p.missing(w, r)
		return
	}
	ack := inventory.Ack{Certificate: e.ID, Until: until, Reason: form.Reason, By: p.People.Person(r).Name, At: p.Now()}
	if err := p.Acks.Acknowledge(r.Context(), ack); err != nil {
		p.broken(w, r, "keep the acknowledgement", err)
		return
	}
	http.Redirect(w, r, certificateURL(e.ID), http.StatusSeeOther)
}

// checkAck reads the end of an acknowledgement: the end of the day that the person chose. It returns
// what is wrong with the form.
func (p *Pages) checkAck(form ackForm) (until time.Time, wrong string) {
	chosen, err := time.Parse(time.DateOnly, form.Until)
	if err != nil {
		return until, "Write the date as year-month-day, such as " + date(p.Now().Add(30*day)) + "."
	}
	until = chosen.Add(day)
	switch {
	case !until.After(p.Now()):
		return until, "The date is over. Choose a day in the future."
	case until.After(p.Now().Add(longestAck + day)):
		return until, "The date is more than a year away. Choose an earlier day."
	case form.Reason == "":
		return until, "Write why this may stay as it is, for the people who find it later."
	case len([]rune(form.Reason)) > maxReason:
		return until, fmt.Sprintf("The reason has more than %d characters. Shorten it.", maxReason)
	}
	return until, ""
}

func (p *Pages) unacknowledge(w http.ResponseWriter, r *http.Request) {
	if p.Acks == nil {
		p.missing(w, r)
		return
	}
	id := inventory.ID(r.PathValue("id"))
	if err := p.Acks.Unacknowledge(r.Context(), id, p.People.Person(r).Name); err != nil {
		p.broken(w, r, "end the acknowledgement", err)
		return
	}
	http.Redirect(w, r, certificateURL(id), http.StatusSeeOther)
}
