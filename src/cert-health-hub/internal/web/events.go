package web

import (
	"net/http"
	"net/url"
	"strconv"
)

// eventsAPage is how many events one page lists.
const eventsAPage = 100

// eventsPage is what happened, the newest first.
type eventsPage struct {
	Events []eventRow
	Older  string // the URL of the next page
	First  string // the URL of the first page, on all others
}

type eventRow struct {
	Event
	Ago ago
	URL string // of what the event is about; empty if it has no page
}

func (p *Pages) events(w http.ResponseWriter, r *http.Request) {
	if p.Events == nil {
		p.missing(w, r)
		return
	}
	before := int64(0)
	if text := r.URL.Query().Get("before"); text != "" {
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil || n < 1 {
			p.fail(w, r, http.StatusBadRequest, "The address has a place that the hub does not understand",
				"The parameter before must be the number of an event. Begin at the newest events.")
			return
		}
		before = n
	}
	list, err := p.Events.Events(r.Context(), before, eventsAPage+1)
	if err != nil {
		p.broken(w, r, "read the events", err)
		return
	}
	shown := p.page(r, "events", "Events")
	shown.Live, shown.JSON, shown.CSV = before == 0, "/v1/events", "/v1/events.csv"
	shown.Body = p.eventsOf(list, before)
	p.render(w, r, http.StatusOK, "events", shown)
}

func (p *Pages) eventsOf(list []Event, before int64) eventsPage {
	body := eventsPage{}
	if len(list) > eventsAPage {
		list = list[:eventsAPage]
		body.Older = "/events?" + fieldQuery("before", strconv.FormatInt(list[len(list)-1].ID, 10))
	}
	if before > 0 {
		body.First = "/events"
	}
	v := p.view()
	for _, e := range list {
		body.Events = append(body.Events, eventRow{e, agoOf(v.Now(), e.At), p.subjectURL(v, e.Subject)})
	}
	return body
}

func fieldQuery(name, value string) string { return url.Values{name: {value}}.Encode() }
