package fleet

import (
	"cmp"
	"slices"
	"strings"
)

// Cells are a row's certificate on each instance that has it, in the order of the instances. Those that
// are not seen have what was last seen.
func (v *View) Cells(row *Row) (cells []Cell) {
	d, known := v.Deployment(row.Deployment)
	if !known {
		return nil
	}
	versions := row.byPrint() // once: if each instance has a certificate of its own, there are many
	row.cells(d, func(i *Instance, set []placed) { cells = append(cells, v.cell(row, versions, i, set)) })
	return cells
}

// CellsOf are all certificates of an instance, the worst first.
func (v *View) CellsOf(i *Instance) (cells []Cell) {
	d, known := v.Deployment(i.Deployment)
	if !known || i.member == nil {
		return nil
	}
	sets := map[*Row][]placed{}
	for n := range i.member.held {
		h := &i.member.held[n]
		if s := d.subjects[pair{h.fact, h.relation}]; s != nil {
			sets[s.row] = append(sets[s.row], placed{h, s})
		}
	}
	for row, set := range sets {
		cells = append(cells, v.cell(row, row.byPrint(), i, set))
	}
	slices.SortFunc(cells, func(a, b Cell) int {
		return cmp.Or(cmp.Compare(b.Severity, a.Severity), cmp.Compare(rank(a.State), rank(b.State)), strings.Compare(a.Row.Name, b.Row.Name), strings.Compare(a.Row.ID, b.Row.ID))
	})
	return cells
}

// byPrint are the row's versions by fingerprint.
func (r *Row) byPrint() map[string]*Version {
	versions := make(map[string]*Version, len(r.Versions))
	for _, version := range r.Versions {
		versions[version.Fingerprint] = version
	}
	return versions
}

func (v *View) cell(row *Row, versions map[string]*Version, i *Instance, set []placed) Cell {
	thresholds := v.thresholds
	j := judge{row: row, truth: &row.truth, thresholds: thresholds, now: v.now.Unix()}
	judged := j.cell(set, i.member)
	c := Cell{Row: row, Instance: i, File: versions[judged.file.print], Process: versionOf(versions, judged.older), Places: placesOf(set)}
	if c.Process == nil && slices.ContainsFunc(set, func(h placed) bool { return h.serves }) {
		c.Process = c.File
	}
	if judged.older != nil {
		c.ProcessName, c.ProcessJob = judged.older.name, judged.older.job
	}
	if i.Seen() {
		c.State, c.Severity, c.Expired, c.Since = judged.state, judged.severity, judged.expired, moment(judged.since)
	}
	return c
}

// placesOf are the places of certificates, each once.
func placesOf(set []placed) (places []string) {
	for _, h := range set {
		for line := range strings.SplitSeq(h.files.Value(), "\n") {
			if _, place, _ := strings.Cut(line, "\t"); !slices.Contains(places, place) {
				places = append(places, place)
			}
		}
	}
	return places
}
