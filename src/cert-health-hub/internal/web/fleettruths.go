package web

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"cert-health/hub/internal/fleet"
	"cert-health/hub/internal/inventory"
)

// How much the three truths show. Links lead to the rest.
const (
	mostParts    = 30 // instance groups
	mostLines    = 12 // kinds of VMs of one group
	mostVersions = 8
)

// truths are what the store, the files and the processes have, VM by VM. Equal VMs are one line.
type truths struct {
	ID           string // unique on a page with several
	Parts        []truthPart
	MoreParts    int
	Versions     []versionLine
	MoreVersions int
	Store        string
	AllVMs       string
}

// truthPart is one instance group.
type truthPart struct {
	groupLine
	Lines     []truthLine
	MoreLines int
}

// truthLine is a number of VMs that are equal.
type truthLine struct {
	mark
	AZ            string
	File, Process version
	VMs           count
	Since         ago  // of the first
	Last          bool // the VMs do not report: this is what they had last

	first time.Time
	order int
}

// version is one generation of a certificate as a table shows it.
type version struct {
	Known     bool
	Name, URL string
	Until     time.Time
	Past      bool
}

type versionLine struct {
	V                version
	Current, InStore bool
	From             time.Time
	Files, Processes count
}

// versionOf has a link if the catalog knows the certificate.
func (p *Pages) versionOf(v *fleet.View, of *fleet.Version) version {
	if of == nil {
		return version{Name: "none"}
	}
	shown := version{Known: true, Name: versionName(of), Until: of.NotAfter, Past: !of.NotAfter.After(v.Now())}
	if _, known := p.view().Certificate(of.ID()); known {
		shown.URL = certificateURL(of.ID())
	}
	return shown
}

// versionName is the number in the store or, without one, the beginning of the fingerprint.
func versionName(v *fleet.Version) string {
	switch {
	case v.Number > 0:
		return fmt.Sprintf("version %d", v.Number)
	case v.Fingerprint == "":
		return "an older one"
	}
	return v.Fingerprint[:min(8, len(v.Fingerprint))]
}

// alike are VMs of one line.
type alike struct{ az, file, process, state, standing string }

func (p *Pages) truthsOf(v *fleet.View, row *fleet.Row, cells []fleet.Cell) truths {
	at := fleetURL(row.ID)
	t := truths{ID: row.ID, Store: row.Store, AllVMs: addressOf(at, "has", hasAll)}
	byGroup := map[string][]fleet.Cell{}
	for _, c := range cells {
		byGroup[c.Instance.Group] = append(byGroup[c.Instance.Group], c)
	}
	for _, g := range row.Groups[:min(mostParts, len(row.Groups))] {
		part := truthPart{groupLine: groupLineOf(row, g, v.Now())}
		lines := p.truthLines(v, at, byGroup[g.Group])
		part.Lines, part.MoreLines = lines[:min(mostLines, len(lines))], max(0, len(lines)-mostLines)
		t.Parts = append(t.Parts, part)
	}
	t.MoreParts = len(row.Groups) - len(t.Parts)
	for _, of := range row.Versions[:min(mostVersions, len(row.Versions))] {
		t.Versions = append(t.Versions, versionLine{V: p.versionOf(v, of), Current: of.Current, InStore: of.InStore, From: of.NotBefore,
			Files:     count{Count: of.Files, URL: addressOf(at, "file", printOf(of), "standing", string(inventory.Reports))},
			Processes: count{Count: of.Processes, URL: addressOf(at, "process", printOf(of), "standing", string(inventory.Reports))}})
	}
	t.MoreVersions = len(row.Versions) - len(t.Versions)
	return t
}

// truthLines counts equal VMs of one group; those that need something are first.
func (p *Pages) truthLines(v *fleet.View, at string, cells []fleet.Cell) []truthLine {
	lines := map[alike]*truthLine{}
	for _, c := range cells {
		// The state of a VM that is not seen is empty, and no filter needs it.
		kind := alike{c.Instance.AZ, printOf(c.File), printOf(c.Process), string(c.State), string(c.Instance.Standing)}
		line := lines[kind]
		if line == nil {
			shown := p.cellLineOf(v, c)
			line = &truthLine{mark: shown.mark, AZ: kind.az, File: shown.File, Process: shown.Process, first: c.Since, order: orderOf(c), Last: !c.Instance.Seen() && c.File != nil}
			line.VMs.URL = addressOf(at, "group", c.Instance.Group, "az", cmp.Or(kind.az, none), "file", kind.file, "process", kind.process, "state", kind.state, "standing", kind.standing)
			lines[kind] = line
		}
		line.VMs.Count++
		if !c.Since.IsZero() && (line.first.IsZero() || c.Since.Before(line.first)) {
			line.first = c.Since
		}
	}
	var list []truthLine
	for _, line := range lines {
		line.Since = agoOf(v.Now(), line.first)
		list = append(list, *line)
	}
	slices.SortFunc(list, func(a, b truthLine) int {
		return cmp.Or(cmp.Compare(a.order, b.order), cmp.Compare(a.AZ, b.AZ), cmp.Compare(b.VMs.Count, a.VMs.Count), cmp.Compare(a.VMs.URL, b.VMs.URL))
	})
	return list
}

// orderOf puts what needs something first, then what is not seen, then what is current.
func orderOf(c fleet.Cell) int {
	if !c.Instance.Seen() {
		return len(fleet.States())
	}
	if c.State == fleet.Current {
		return len(fleet.States()) + 1
	}
	return slices.Index(fleet.States(), c.State)
}
