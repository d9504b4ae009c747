package web

import (
	"net/http"

	"cert-health/hub/internal/inventory"
)

// failure is an error page: what failed, and what to do.
type failure struct {
	Status int
	Text   string
}

// fail shows an error page: what failed, and one sentence with what to do about it.
func (p *Pages) fail(w http.ResponseWriter, r *http.Request, status int, title, text string) {
	shown := p.page(r, "error", title)
	shown.Body = failure{status, text}
	p.render(w, r, status, "error", shown)
}

// broken shows an error of the hub itself, and logs it.
func (p *Pages) broken(w http.ResponseWriter, r *http.Request, doing string, err error) {
	p.log.ErrorContext(r.Context(), "a page failed", "doing", doing, "path", r.URL.Path, "error", err)
	p.fail(w, r, http.StatusInternalServerError, "The hub could not "+doing,
		"The log of the hub says why. Try again; if it fails again, look at the log and at the database.")
}

func (p *Pages) missing(w http.ResponseWriter, r *http.Request) {
	p.fail(w, r, http.StatusNotFound, "This page does not exist", "Check the address, or begin at the first page.")
}

func emptyContents() inventory.Contents { return inventory.Contents{} }
