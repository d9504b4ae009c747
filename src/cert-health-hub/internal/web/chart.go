package web

import (
	"fmt"
	"time"

	"cert-health/hub/internal/catalog"
)

// week is what expires in the seven days from a day on.
type week struct {
	Number      int
	From        time.Time
	CAs, Leaves int
	State       string // the gravest in it
	URL         string
	Words       string
	drawn

	cas, leaves catalog.Counts
}

// Total is the number of certificates that expire in the week.
func (w week) Total() int { return w.CAs + w.Leaves }

// chart shows what expires, week after week.
type chart struct {
	Weeks         []week
	Width, Height float64
	Axis          float64
	Ticks         []tick
	Total         int
	HasCAs        bool
}

// tick is a date below the chart.
type tick struct {
	X    float64
	Text string
}

// chartOf counts the entries, which all expire in the next weeks, in a drawing of a width.
func chartOf(now time.Time, entries []*catalog.Entry, weeks int, width float64) chart {
	c := chart{Weeks: make([]week, weeks), Width: width}
	for i := range c.Weeks {
		c.Weeks[i] = newWeek(now, i)
	}
	for _, e := range entries {
		c.Weeks[weekOf(now, e.NotAfter)].add(e)
	}
	c.draw()
	return c
}

// upcoming selects what expires in the next weeks.
func upcoming(weeks int) catalog.Query {
	return catalog.Query{Expired: catalog.No, Within: catalog.SpanOf(time.Duration(weeks) * 7 * day)}
}

// weekOf is the number of the week in which a certificate ends. Its last moment belongs to it, as the
// filters within and beyond have it.
func weekOf(now, end time.Time) int { return int(max(0, end.Sub(now)-1) / (7 * day)) }

// weekQuery selects exactly what expires in a week.
func weekQuery(i int) catalog.Query {
	q := upcoming(i + 1)
	if i > 0 {
		q.Beyond = catalog.SpanOf(time.Duration(i) * 7 * day)
	}
	return q
}

func newWeek(now time.Time, i int) week {
	return week{Number: i, From: now.Add(time.Duration(i) * 7 * day), State: string(catalog.OK), URL: queryURL(weekQuery(i)),
		cas: catalog.Counts{}, leaves: catalog.Counts{}}
}

func (w *week) add(e *catalog.Entry) {
	if e.CA {
		w.CAs++
		w.cas[e.State]++
	} else {
		w.Leaves++
		w.leaves[e.State]++
	}
	for _, state := range catalog.States() { // the gravest first
		if string(state) == w.State || state == e.State {
			w.State = string(state)
			break
		}
	}
}

func weekWords(w week) string {
	return fmt.Sprintf("week from %s: %s, %s", date(w.From), plural(w.CAs, "CA"), leaves(w.Leaves))
}

func leaves(n int) string {
	if n == 1 {
		return "1 leaf"
	}
	return number(n) + " leaves"
}
