package web

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"

	"cert-health/hub/internal/fleet"
	"cert-health/hub/internal/inventory"
	"cert-health/internal/report"
	"cert-health/internal/verdict"
)

// Reports reads stored reports.
type Reports interface {
	// Report returns the newest report of an instance, nil without an error if there is none.
	Report(ctx context.Context, key inventory.InstanceKey) (*report.Report, error)
}

// mostProblems is how many problems of one VM its page lists.
const mostProblems = 30

// instancePage is one VM: whether it is seen, its certificates, and its problems.
type instancePage struct {
	Standing     mark
	Wash, Name   string
	Heard        string
	Sentence     string
	Worst        instanceCell // the certificate that needs a person most, if Sentence is not empty
	Next         []verdict.Step
	Total        int
	Chips        []chip
	Rows         []instanceCell
	Turn         turn
	Without      string // why there are no certificates
	Unread       string // why the problems are not known
	Problems     []problem
	MoreProblems int
	Facts        []fact
}

// instanceCell is one certificate of the VM with its three truths.
type instanceCell struct {
	mark
	Name, Role, URL      string
	Places               []string
	MorePlaces           int
	Store, File, Process version
	ProcessName          string
	Since                ago
}

// problem is a fault that the agent reports.
type problem struct {
	Severity            verdict.Severity
	Message, Why, Where string
	Steps               []verdict.Step
}

// fact is one row of what is known of the VM.
type fact struct {
	Name, Value, URL string
	At               ago // in place of the value
	Path             bool
}

func (p *Pages) instance(w http.ResponseWriter, r *http.Request) {
	v := p.fleet()
	key := inventory.KeyOf(r.PathValue("deployment"), r.PathValue("group"), r.PathValue("id"))
	i, known := v.Instance(key)
	if !known {
		p.fail(w, r, http.StatusNotFound, "The hub does not know this VM",
			"No agent reports for it, and no Director lists it. A deleted VM leaves after seven days; the page Events keeps its history.")
		return
	}
	f, ok := p.filtered(w, r, instanceURL(key), "has")
	if !ok {
		return
	}
	shown := p.page(r, "instances", short(i.Name()))
	shown.Self, shown.Live, shown.JSON = f.url(), true, "/v1"+instanceURL(key)
	body := p.instanceOf(v, i, f)
	if p.Reports != nil && i.Reported() {
		found, err := p.Reports.Report(r.Context(), key)
		if err != nil {
			p.log.ErrorContext(r.Context(), "a report cannot be shown", "instance", string(key), "error", err)
			body.Unread = "The hub could not read the report of this VM, so its problems are not listed. The log of the hub says why."
		}
		body.add(found)
	}
	shown.Body = body
	p.render(w, r, http.StatusOK, "instance", shown)
}

func (p *Pages) instanceOf(v *fleet.View, i *fleet.Instance, f filter) instancePage {
	all := v.CellsOf(i)
	cells := all
	if f.one("has") == hasTrouble {
		cells = slices.DeleteFunc(slices.Clone(all), calm)
	}
	body := instancePage{Standing: standingMark(i.Standing), Name: i.Name(), Wash: instanceWash(i), Heard: heardWords(i, v.Now()), Next: standingSteps(i),
		Total: len(cells), Chips: f.chips(), Turn: f.turn(len(cells), "certificate"), Facts: factsOf(v, i)}
	for _, c := range cut(cells, f.page) {
		body.Rows = append(body.Rows, p.instanceCellOf(v, c))
	}
	if i.Seen() && i.Severity > verdict.OK && len(all) > 0 {
		body.Worst, body.Next = p.instanceCellOf(v, all[0]), firstSteps(all[0].Row.Next)
		body.Sentence = capital(fmt.Sprintf("%s of %s on it need attention", number(i.Behind), plural(len(all), "certificate")))
	}
	body.Without = "Its newest report has no certificate."
	if !i.Reported() {
		body.Without = "Its agent has never sent a report, so the hub does not know what is on it."
	}
	return body
}

// calm tells that a certificate needs nothing. The fleet counts the others in Instance.Behind.
func calm(c fleet.Cell) bool {
	return (c.State == fleet.Current || c.State == fleet.Unknown) && c.Severity == verdict.OK
}

func (p *Pages) instanceCellOf(v *fleet.View, c fleet.Cell) instanceCell {
	line := p.cellLineOf(v, c)
	cell := instanceCell{mark: stateMark(c.State), Name: c.Row.Name, Role: string(c.Row.Role), URL: fleetURL(c.Row.ID),
		Places: c.Places[:min(mostPlacesAVM, len(c.Places))], MorePlaces: max(0, len(c.Places)-mostPlacesAVM),
		File: line.File, Process: line.Process, ProcessName: c.ProcessName, Since: line.Since, Store: version{Name: "not known"}}
	for _, of := range c.Row.Versions {
		if of.InStore {
			cell.Store = p.versionOf(v, of)
			break
		}
	}
	if !c.Instance.Seen() {
		cell.mark = mark{State: "unverified", Word: "not seen"}
	}
	return cell
}

// mostPlacesAVM is how many files of one certificate the page of a VM names.
const mostPlacesAVM = 1

// add takes over what the agent reports as problems, and the findings about its certificates.
func (b *instancePage) add(r *report.Report) {
	if r == nil {
		return
	}
	for _, found := range r.Problems {
		b.addProblem(problem{found.Severity, found.Message, found.Why, found.Place(), found.Steps})
	}
	for i := range r.Certificates {
		c := &r.Certificates[i]
		for _, found := range c.Findings {
			if found.Severity >= verdict.Warning {
				b.addProblem(problem{found.Severity, c.Name + ": " + found.Message, found.Why, c.Locations[0].Place(), found.Steps})
			}
		}
	}
	slices.SortStableFunc(b.Problems, func(x, y problem) int { return cmp.Compare(y.Severity, x.Severity) })
	b.MoreProblems = max(0, len(b.Problems)-mostProblems)
	b.Problems = b.Problems[:len(b.Problems)-b.MoreProblems]
}

func (b *instancePage) addProblem(found problem) {
	found.Message, found.Why = dated(found.Message), dated(found.Why)
	b.Problems = append(b.Problems, found)
}
