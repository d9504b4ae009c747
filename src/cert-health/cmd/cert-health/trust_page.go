//go:build !vm

package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"cert-health/internal/knowledge"
	"cert-health/internal/report/terminal"
	"cert-health/internal/survey"
	"cert-health/internal/trust"
	"cert-health/internal/verdict"
)

// The most that is shown without --verbose: the first screen must have the worst.
const (
	maxCells   = 10
	maxReasons = 3
)

// reason is why cells are as they are, each once.
type reason struct {
	verdict trust.Verdict
	edges   []*trust.EdgeMatrix
	cells   int
}

// trustPage writes a matrix for people, the gravest first.
func trustPage(w io.Writer, style terminal.Style, m *trust.Matrix, change trust.Change, all bool) error {
	p := &page{w: w, style: style}
	p.line("%s", trustSentence(m))
	if len(m.After) > 0 {
		p.changes(m, change)
	}
	rows, reasons := trustRows(m, all)
	if len(rows) > 0 {
		p.line("")
	}
	limit := len(rows)
	if !style.Verbose && !all {
		limit = min(limit, maxCells)
	}
	if limit > 0 {
		p.grid(terminal.Grid{Columns: []terminal.Heading{{Title: "STATE"}, {Title: "FROM", Shrinks: true}, {Title: "TO", Shrinks: true}, {Title: "EDGE", Shrinks: true}}, Rows: rows[:limit]})
	}
	if more := len(rows) - limit; more > 0 {
		p.line("and %s more: see --verbose", count(more, "connection"))
	}
	p.reasons(reasons)
	return p.err
}

// trustSentence is the matrix in a sentence.
func trustSentence(m *trust.Matrix) string {
	total := 0
	for _, n := range m.Counts {
		total += n
	}
	when := ""
	if len(m.After) > 0 {
		when = "After " + strings.Join(m.After, ", then ") + ": "
	}
	refused, unknown := m.Refused(), m.Counts[trust.Unknown]
	switch {
	case total == 0:
		return when + "No connection is seen with both its ends."
	case refused == 0 && unknown == 0 && total == 1:
		return when + "The only connection is trusted."
	case refused == 0 && unknown == 0:
		return fmt.Sprintf("%sAll %s are trusted.", when, count(total, "connection"))
	}
	verb := "are"
	if total == 1 || refused == 1 {
		verb = "is"
	}
	return fmt.Sprintf("%s%d of %s %s refused, and %d cannot be decided.", when, refused, count(total, "connection"), verb, unknown)
}

func (p *page) changes(m *trust.Matrix, change trust.Change) {
	p.line("The step cuts %s and heals %s.", count(len(change.Cuts), "connection"), count(len(change.Heals), "connection"))
	for _, list := range []struct {
		word  string
		pairs []string
	}{{"cuts", change.Cuts}, {"heals", change.Heals}} {
		for i, pair := range list.pairs {
			if i == maxCells && !p.style.Verbose {
				p.entry("", fmt.Sprintf("and %d more", len(list.pairs)-i))
				break
			}
			p.entry(list.word, pair)
		}
	}
}

// trustRows are the cells to show, and their reasons.
func trustRows(m *trust.Matrix, all bool) (rows []terminal.Row, reasons []*reason) {
	known := map[string]*reason{}
	for n := range m.Edges {
		e := &m.Edges[n]
		for i := range e.Cells {
			cell := &e.Cells[i]
			worst := cell.Worst()
			if worst.Status == trust.Trusted && !all {
				continue
			}
			rows = append(rows, terminal.Row{Severity: severityOfStatus(worst.Status), Cells: []string{stateOfCell(cell), e.Clients[cell.Client].Describe(), e.Servers[cell.Server].Describe(), e.Edge.Name}})
			if worst.Status == trust.Trusted {
				continue
			}
			key := string(worst.Status) + worst.Why
			if known[key] == nil {
				known[key] = &reason{verdict: worst}
				reasons = append(reasons, known[key])
			}
			r := known[key]
			r.cells++
			if len(r.edges) == 0 || r.edges[len(r.edges)-1] != e {
				r.edges = append(r.edges, e)
			}
		}
	}
	slices.SortStableFunc(rows, func(a, b terminal.Row) int { return cmp.Compare(b.Severity, a.Severity) })
	slices.SortStableFunc(reasons, func(a, b *reason) int {
		return cmp.Compare(severityOfStatus(b.verdict.Status), severityOfStatus(a.verdict.Status))
	})
	return rows, reasons
}

// stateOfCell is the state in words: one, or that of now and that after a restart.
func stateOfCell(c *trust.Cell) string {
	if c.Now == nil || c.Now.Status == c.Files.Status {
		return c.Files.Status.Word()
	}
	return fmt.Sprintf("now %s, after a restart %s", c.Now.Status.Word(), c.Files.Status.Word())
}

// reasons writes why connections are refused, and what users see.
func (p *page) reasons(list []*reason) {
	for i, r := range list {
		if i == maxReasons && !p.style.Verbose {
			p.line("\nand %s more: see --verbose", count(len(list)-i, "reason"))
			return
		}
		p.line("")
		p.entry(r.verdict.Status.Word(), r.verdict.Why)
		if r.verdict.Certificate != nil && r.verdict.Status.Refused() {
			p.entry("which", fmt.Sprintf("%s, until %s (%s)", r.verdict.Certificate.Name, verdict.Stamp(r.verdict.Certificate.NotAfter), short(r.verdict.Certificate.Fingerprint)))
		}
		if r.verdict.Status.Refused() {
			p.consequences(r.edges)
		}
	}
}

// consequences writes what users see, each sentence once.
func (p *page) consequences(edges []*trust.EdgeMatrix) {
	told := map[string]bool{}
	for _, e := range edges {
		if e.Edge.Breaks == "" || told[e.Edge.Breaks] {
			continue
		}
		if len(told) == maxReasons && !p.style.Verbose {
			p.entry("", "and more: see --verbose")
			return
		}
		told[e.Edge.Breaks] = true
		p.entry("users see", e.Edge.Breaks)
		p.entry("goes on", e.Edge.Survives)
	}
}

// deployOrder writes an order of deploys.
func (f *trustFlags) deployOrder(s *survey.Survey, edges []knowledge.Edge) error {
	order, err := trust.DeployOrder(s, edges)
	if err != nil {
		return err
	}
	if f.format == "json" {
		err = f.json(order)
	} else {
		err = f.write(func(w io.Writer, style terminal.Style) error { return orderPage(w, style, order) })
	}
	if err == nil && !order.Connected {
		err = f.exceeds(verdict.Error)
	}
	return err
}

func orderPage(w io.Writer, style terminal.Style, o *trust.Order) error {
	p := &page{w: w, style: style}
	switch {
	case len(o.Deploys) == 0:
		p.line("No group waits for a deploy: files and stores agree as far as is known.")
	case o.Connected:
		p.line("This order of deploys cuts no connection:")
	default:
		p.line("Each order cuts connections. This one cuts the fewest in each step:")
	}
	for i, d := range o.Deploys {
		p.line("%3d. deploy %s", i+1, d.Group)
		for _, cut := range d.Cuts {
			p.entry("cuts", cut)
		}
		if len(d.Heals) > 0 {
			p.entry("heals", count(len(d.Heals), "connection"))
		}
	}
	return p.err
}
