package web

import "cert-health/hub/internal/catalog"

// drawn is where the parts of one week are in the chart: CAs above the axis, leaves below.
type drawn struct {
	X, Width           float64
	Bars               []bar
	CAFoot, LeafFoot   float64 // where the numbers stand
	CALabel, LeafLabel string  // the numbers; empty where there is no room
}

// Middle is that of the bars.
func (d drawn) Middle() float64 { return d.X + d.Width/2 }

// bar is a part of a column: the certificates of one state.
type bar struct {
	State       string
	Top, Height float64
}

// The sizes of the chart in units of its drawing.
const (
	chartUpper  = 56.0 // for CAs
	chartLower  = 84.0 // for leaves
	chartMargin = 14.0 // above, for numbers
	chartFoot   = 32.0 // below, for numbers and dates
	chartLabel  = 44.0 // on the left, for words
	slimmest    = 3.0  // a column that is still visible
	tickWidth   = 78.0 // of a date, with the room beside it
	letter      = 6.0  // of one digit
)

// Canvas is the width with the words on the left.
func (c chart) Canvas() float64 { return c.Width + chartLabel }

// UpperText is where the word for CAs stands.
func (c chart) UpperText() float64 { return c.Axis - 8 }

// LowerText is where the word for leaves stands.
func (c chart) LowerText() float64 { return c.Axis + 16 }

// Depth is the height of the part with columns.
func (c chart) Depth() float64 { return c.Height - chartFoot/2 }

// Foot is where the dates stand.
func (c chart) Foot() float64 { return c.Height - 4 }

// draw gives the columns their places. Without CAs there is nothing above the axis.
func (c *chart) draw() {
	mostCAs, mostLeaves := 0, 0
	for i := range c.Weeks {
		mostCAs, mostLeaves = max(mostCAs, c.Weeks[i].CAs), max(mostLeaves, c.Weeks[i].Leaves)
		c.Total += c.Weeks[i].Total()
	}
	c.HasCAs, c.Axis = mostCAs > 0, chartMargin
	if c.HasCAs {
		c.Axis += chartUpper
	}
	c.Height = c.Axis + chartLower + chartFoot
	slot := c.Width / float64(len(c.Weeks))
	each := max(1, int(tickWidth/slot+.5))
	for i := range c.Weeks {
		w := &c.Weeks[i]
		w.X, w.Width = slot*float64(i)+slot*.12, slot*.76
		w.column(c.Axis, mostCAs, mostLeaves)
		w.Words, w.CALabel, w.LeafLabel = weekWords(*w), label(w.CAs, slot), label(w.Leaves, slot)
		if i%each == 0 {
			c.Ticks = append(c.Ticks, tick{slot * float64(i), w.From.UTC().Format("Jan 2")})
		}
	}
}

// column stacks the bars of a week. Each side of the axis has a scale of its own, or many leaves would
// hide a CA. The gravest state is next to the axis.
func (w *week) column(axis float64, mostCAs, mostLeaves int) {
	top := axis - 1
	for _, state := range catalog.States() {
		if h := height(w.cas[state], mostCAs, chartUpper); h > 0 {
			top -= h
			w.Bars = append(w.Bars, bar{string(state), top, h})
		}
	}
	foot := axis + 1
	for _, state := range catalog.States() {
		if h := height(w.leaves[state], mostLeaves, chartLower); h > 0 {
			w.Bars = append(w.Bars, bar{string(state), foot, h})
			foot += h
		}
	}
	w.CAFoot, w.LeafFoot = top-3, foot+11
}

func height(n, most int, room float64) float64 {
	if n == 0 {
		return 0
	}
	return max(slimmest, room*float64(n)/float64(most))
}

// label is the number at a column.
func label(n int, slot float64) string {
	if text := number(n); n > 0 && float64(len(text))*letter <= slot+1 {
		return text
	}
	return ""
}
