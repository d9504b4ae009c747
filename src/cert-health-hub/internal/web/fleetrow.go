package web

import (
	"cmp"
	"net/http"
	"slices"

	"cert-health/hub/internal/fleet"
	"cert-health/hub/internal/inventory"
	"cert-health/internal/verdict"
)

// The values of the filter "has" of the VMs of one certificate.
const (
	hasAll     = "all"
	hasCurrent = "current" // the files hold the current version
	hasBehind  = "behind"  // the files hold something else
	hasLagging = "lagging" // the files, or a process, lack the current version
	hasExpired = "expired" // an expired version is in a file or in a process
	hasUnseen  = "unseen"  // the VM does not report
	hasTrouble = "trouble" // on the page of a VM: certificates that need something
)

func hasWords(value string) string {
	switch value {
	case hasAll:
		return "all VMs"
	case hasCurrent:
		return "the current version is in the files"
	case hasBehind:
		return "another version is in the files"
	case hasLagging:
		return "lagging"
	case hasExpired:
		return "has an expired version"
	case hasUnseen:
		return "not seen"
	case hasTrouble:
		return "need attention"
	}
	return short(value)
}

// fleetRowPage is one certificate of one deployment, VM by VM.
type fleetRowPage struct {
	mark
	truths
	Wash, Name, Role, Sentence, URL string
	In                              count
	Next                            []verdict.Step
	Listed                          bool // the VMs are listed one by one
	Found                           int
	Chips                           []chip
	VMs                             []cellLine
	Turn                            turn
}

// mostAtOnce is how many VMs are listed one by one without being asked for.
const mostAtOnce = 20

// cellLine is the certificate on one VM.
type cellLine struct {
	mark
	Name, URL, AZ string
	File, Process version
	Note          string
	Since         ago
}

func (p *Pages) fleetRow(w http.ResponseWriter, r *http.Request) {
	v := p.fleet()
	row, known := v.Row(r.PathValue("row"))
	if !known {
		p.fail(w, r, http.StatusNotFound, "The hub does not know this certificate on any VM",
			"No VM of the deployment has it any more, or the address is wrong. Begin at the fleet.")
		return
	}
	f, ok := p.filtered(w, r, fleetURL(row.ID), "group", "az", "state", "has", "file", "process", "standing")
	if !ok {
		return
	}
	shown := p.page(r, "fleet", short(row.Name)+" in "+short(row.Deployment))
	shown.Self, shown.Live, shown.JSON = f.url(), true, "/v1/fleet/"+row.ID
	shown.Body = p.fleetRowOf(v, row, f)
	p.render(w, r, http.StatusOK, "fleetrow", shown)
}

func (p *Pages) fleetRowOf(v *fleet.View, row *fleet.Row, f filter) fleetRowPage {
	cells := cellsOf(v, row)
	body := fleetRowPage{
		mark: stateMark(row.State), truths: p.truthsOf(v, row, cells), Wash: washOf(row.Severity), Name: row.Name, Role: string(row.Role),
		Sentence: capital(row.Sentence), URL: fleetURL(row.ID), Next: row.Next, Chips: f.chips(),
		In: count{Word: row.Deployment, URL: addressOf("/fleet", "deployment", row.Deployment)},
	}
	var found []fleet.Cell
	for _, c := range cells {
		if f.takesCell(c) {
			found = append(found, c)
		}
	}
	body.Listed = len(body.Chips) > 0 || len(cells) <= mostAtOnce
	if !body.Listed {
		return body
	}
	body.Found, body.Turn = len(found), f.turn(len(found), "VM")
	for _, c := range cut(found, f.page) {
		body.VMs = append(body.VMs, p.cellLineOf(v, c))
	}
	return body
}

// cellsOf are all VMs that should have a row's certificate: those that have it, and those of the same instance
// groups that never told.
func cellsOf(v *fleet.View, row *fleet.Row) []fleet.Cell {
	cells := v.Cells(row)
	for _, g := range row.Groups {
		if g.NotSeen == 0 {
			continue
		}
		q := fleet.Query{Deployment: row.Deployment, Group: g.Group, Standings: []inventory.Standing{inventory.Missing, inventory.Stopped, inventory.Ignored}}
		for i := range v.Select(q) {
			if !i.Reported() {
				cells = append(cells, fleet.Cell{Row: row, Instance: i})
			}
		}
	}
	slices.SortStableFunc(cells, func(a, b fleet.Cell) int { return cmp.Compare(orderOf(a), orderOf(b)) })
	return cells
}

// takesCell tells whether a certificate on one VM passes the filters.
func (f filter) takesCell(c fleet.Cell) bool {
	return f.takes("group", c.Instance.Group) && f.takes("az", cmp.Or(c.Instance.AZ, none)) && f.takes("state", string(c.State)) &&
		f.takes("standing", string(c.Instance.Standing)) && f.takes("file", printOf(c.File)) && f.takes("process", printOf(c.Process)) && f.takesHas(c)
}

func (f filter) takesHas(c fleet.Cell) bool {
	seen, current := c.Instance.Seen(), c.File != nil && c.File.Current
	switch f.one("has") {
	case "", hasAll:
		return true
	case hasCurrent:
		return seen && current
	case hasBehind:
		return seen && !current
	case hasLagging:
		return seen && (c.State == fleet.AwaitingRestart || !current && c.State != fleet.Unknown)
	case hasExpired:
		return seen && c.Expired
	case hasUnseen:
		return !seen
	}
	return false
}

// none is the value of a filter that selects what has no version.
const none = "none"

func printOf(v *fleet.Version) string {
	if v == nil || v.Fingerprint == "" {
		return none
	}
	return v.Fingerprint
}

func (p *Pages) cellLineOf(v *fleet.View, c fleet.Cell) cellLine {
	line := cellLine{mark: stateMark(c.State), Name: c.Instance.Name(), URL: instanceURL(c.Instance.Key), AZ: c.Instance.AZ,
		File: p.versionOf(v, c.File), Process: p.versionOf(v, c.Process), Note: c.ProcessName, Since: agoOf(v.Now(), c.Since)}
	if c.Process == nil {
		line.Process.Name = "not served"
	}
	if !c.Instance.Reported() {
		line.File.Name, line.Process.Name = "not known", "not known"
	}
	if !c.Instance.Seen() {
		line.mark = standingMark(c.Instance.Standing)
	}
	return line
}
