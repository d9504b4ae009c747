package web

import (
	"fmt"
	"time"

	"cert-health/hub/internal/catalog"
)

// week is what expires in the seven days from a day on.
type week struct {
	Number      int
	From, Until time.Time
	CAs, Leaves int
	State       string // the gravest in it
	URL         string
	Words       string
	// The bars of the chart: CAs above the axis, leaves below.
	X, Width                 float64
	CAHeight, CATop, LeafTop float64
	LeafHeight               float64
}

// Total is the number of certificates that expire in the week.
func (w week) Total() int { return w.CAs + w.Leaves }

// The sizes of the chart in units of its drawing.
const (
	chartWidth  = 780.0
	chartUpper  = 60.0 // for CAs
	chartLower  = 90.0 // for leaves
	chartMargin = 16.0 // above and below, for words
	chartLabel  = 44.0 // on the left, for words
	slimmest    = 3.0  // a bar that is still visible
)

// chart shows what expires, week after week.
type chart struct {
	Weeks         []week
	Width, Height float64
	Axis          float64
	Ticks         []tick
	Total         int
	Most          int
}

// Canvas is the width with the words on the left.
func (c chart) Canvas() float64 { return c.Width + chartLabel }

// UpperText is where the word for CAs stands.
func (c chart) UpperText() float64 { return c.Axis - 8 }

// LowerText is where the word for leaves stands.
func (c chart) LowerText() float64 { return c.Axis + 16 }

// Depth is the height of the part with bars.
func (c chart) Depth() float64 { return c.Height - chartMargin }

// tick is a date below the chart.
type tick struct {
	X    float64
	Text string
}

// chartOf counts what expires in the next weeks.
func chartOf(v *catalog.View, weeks int) chart {
	c := chart{Weeks: make([]week, weeks), Width: chartWidth, Axis: chartMargin + chartUpper, Height: 2*chartMargin + chartUpper + chartLower}
	for i := range c.Weeks {
		c.Weeks[i] = newWeek(v.Now(), i)
	}
	for _, e := range v.All(upcoming(weeks)) {
		c.Weeks[weekOf(v.Now(), e.NotAfter)].add(e)
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
	return week{Number: i, From: now.Add(time.Duration(i) * 7 * day), Until: now.Add(time.Duration(i+1) * 7 * day),
		State: string(catalog.OK), URL: queryURL(weekQuery(i))}
}

func (w *week) add(e *catalog.Entry) {
	if e.CA {
		w.CAs++
	} else {
		w.Leaves++
	}
	for _, state := range catalog.States() { // the gravest first
		if string(state) == w.State || state == e.State {
			w.State = string(state)
			break
		}
	}
}

// draw gives the bars their places.
func (c *chart) draw() {
	mostCAs, mostLeaves := 0, 0
	for i := range c.Weeks {
		mostCAs, mostLeaves = max(mostCAs, c.Weeks[i].CAs), max(mostLeaves, c.Weeks[i].Leaves)
		c.Total += c.Weeks[i].Total()
	}
	c.Most = max(mostCAs, mostLeaves)
	slot := chartWidth / float64(len(c.Weeks))
	for i := range c.Weeks {
		w := &c.Weeks[i]
		w.X, w.Width = slot*float64(i)+slot*.12, slot*.76
		w.CAHeight = height(w.CAs, mostCAs, chartUpper)
		w.LeafHeight = height(w.Leaves, mostLeaves, chartLower)
		w.CATop, w.LeafTop = c.Axis-1-w.CAHeight, c.Axis+1
		w.Words = weekWords(*w)
		if i%4 == 0 {
			c.Ticks = append(c.Ticks, tick{slot * float64(i), w.From.UTC().Format("Jan 2")})
		}
	}
}

// height is that of a bar. Each side of the axis has a scale of its own, or many leaves would hide a CA.
func height(n, most int, room float64) float64 {
	if n == 0 {
		return 0
	}
	return max(slimmest, room*float64(n)/float64(most))
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
