package web

import (
	"net/http"

	"cert-health/hub/internal/catalog"
)

// The extent of the timeline.
const (
	timelineWeeks = 52
	timelineWidth = 1130.0
	weekCAs       = 10 // CAs that one week lists
	weekLeaves    = 5  // leaves that one week lists
	nearWeeks     = 8  // later weeks list leaves only if they are few
)

// timelinePage is what expires, by week.
type timelinePage struct {
	Chart   chart
	Expired group
	Weeks   []group
	Later   count
	Empty   bool // nothing at all has an end
}

// group is what expires in one week: the CAs first, because what they signed ends with them.
type group struct {
	week
	Title string
	CAs   []row
	Rest  []row
	More  int // entries that are not listed
	// Where counts the entries by source, because what to do depends on it.
	Where []count
}

func (p *Pages) timeline(w http.ResponseWriter, r *http.Request) {
	v := p.view()
	shown := p.page(r, "timeline", "Timeline")
	shown.Live = true
	shown.JSON, shown.CSV = twins("/v1/certificates", upcoming(timelineWeeks).Values())
	shown.Body = timelineOf(v)
	p.render(w, r, http.StatusOK, "timeline", shown)
}

func timelineOf(v *catalog.View) timelinePage {
	entries := v.All(upcoming(timelineWeeks))
	body := timelinePage{Chart: chartOf(v.Now(), entries, timelineWeeks, timelineWidth)}
	ended := catalog.Query{Expired: catalog.Yes}
	body.Expired = groupOf(v, ended, v.All(ended), weekLeaves)
	body.Expired.Title, body.Expired.week.State = "Already expired", string(catalog.Expired)
	byWeek := make([][]*catalog.Entry, timelineWeeks)
	for _, e := range entries {
		i := weekOf(v.Now(), e.NotAfter)
		byWeek[i] = append(byWeek[i], e)
	}
	for i, entries := range byWeek {
		if len(entries) == 0 {
			continue
		}
		most := weekLeaves
		if i >= nearWeeks && len(entries) > weekLeaves {
			most = 0
		}
		g := groupOf(v, weekQuery(i), entries, most)
		g.week, g.Title = body.Chart.Weeks[i], weekTitle(body.Chart.Weeks[i])
		body.Weeks = append(body.Weeks, g)
	}
	later := catalog.Query{Expired: catalog.No, Beyond: upcoming(timelineWeeks).Within}
	body.Later = count{State: string(catalog.OK), Count: v.List(later).Total, URL: queryURL(later)}
	body.Empty = body.Chart.Total+body.Later.Count+body.Expired.Total() == 0
	return body
}

func weekTitle(w week) string {
	switch w.Number {
	case 0:
		return "The next 7 days"
	case 1:
		return "7 to 14 days"
	}
	return w.From.UTC().Format("Jan 2") + " to " + w.From.Add(7*day).UTC().Format("Jan 2, 2006")
}

// groupOf lists the entries of one query, and no more than a number of leaves.
func groupOf(v *catalog.View, q catalog.Query, entries []*catalog.Entry, most int) group {
	g := group{week: week{URL: queryURL(q), State: string(catalog.OK), cas: catalog.Counts{}, leaves: catalog.Counts{}}}
	for _, e := range entries {
		g.add(e)
		switch {
		case e.CA && len(g.CAs) < weekCAs:
			g.CAs = append(g.CAs, rowOf(e, v.Now()))
		case !e.CA && len(g.Rest) < most:
			g.Rest = append(g.Rest, rowOf(e, v.Now()))
		default:
			g.More++
		}
	}
	g.Where = bySource(v, q, entries)
	return g
}

// bySource counts the entries of a query in each source. One that is in two sources counts in both.
func bySource(v *catalog.View, q catalog.Query, entries []*catalog.Entry) []count {
	counts := map[string]int{}
	for _, e := range entries {
		last := ""
		for _, place := range e.InUse() { // in the order of sources
			if place.Source != last {
				counts[place.Source]++
				last = place.Source
			}
		}
	}
	var list []count
	for _, s := range v.Sources() {
		if n := counts[s.Name]; n > 0 {
			q.Sources = []string{s.Name}
			list = append(list, count{Word: s.Name, Count: n, URL: queryURL(q)})
		}
	}
	return list
}
