package web

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"cert-health/hub/internal/catalog"
	"cert-health/hub/internal/fleet"
	"cert-health/hub/internal/inventory"
)

// seen is what the hub sees of the fleet, and above all what it does not see.
type seen struct {
	All, Reporting count
	Unseen         []count
	Bar            []part
	Unlisted       string // why VMs can be absent from the counts
	Sources        []sourceRow
	MoreSources    int
	Bad            bool
}

func seenOf(s fleet.Summary, c *catalog.View) seen {
	part := seen{
		All:       count{Count: s.Instances, URL: "/instances"},
		Reporting: count{Count: s.Standings[inventory.Reports], URL: addressOf("/instances", "standing", string(inventory.Reports))},
		Unseen:    standingCounts(s.Standings, ""),
	}
	parts := []count{{State: "ok", Count: part.Reporting.Count}}
	part.Bar = barOfParts(append(parts, part.Unseen...))
	if !s.Known {
		part.Unlisted = "No Director has said which VMs there are: a VM whose agent has never reported is not in these numbers."
	}
	for _, row := range unwellFirst(sourceRows(c)) {
		switch {
		case row.State == string(catalog.SourceOK):
		case len(part.Sources) < mostSources:
			part.Sources = append(part.Sources, row)
		default:
			part.MoreSources++
		}
	}
	part.Bad = len(part.Unseen) > 0 || len(part.Sources) > 0
	return part
}

// fleetWorst finds the sentence that a person needs most: of the fleet or, if that is graver, of a
// certificate that no VM has.
func fleetWorst(v *fleet.View, c *catalog.View) worst {
	s := v.Summary()
	what, rest, _ := strings.Cut(s.Sentence, "; ")
	if len(s.Troubles) == 0 {
		rest = s.Why
	}
	w := worst{State: washOf(s.Severity), Text: capital(long(what)), Detail: upper(capital(long(rest))), Steps: firstSteps(s.Next)}
	if s.Severity == 0 && (s.Instances == 0 || s.Standings[inventory.Reports] == 0) {
		w.State = string(catalog.Unverified)
	}
	for i, t := range s.Troubles {
		switch {
		case i == 0:
			w.URL = troubleURL(t)
		case len(w.Also) < alsoShown:
			w.Also = append(w.Also, also{troubleMark(t), capital(long(t.Sentence)), troubleURL(t)})
		}
	}
	if more := len(s.Troubles) - 1 - alsoShown; more > 0 {
		w.Others, w.More = "All certificates on VMs, the worst first", "/fleet"
	}
	return withStores(w, s, v, c)
}

// withStores adds the worst certificate of the stores that is on no VM.
func withStores(w worst, s fleet.Summary, v *fleet.View, c *catalog.View) worst {
	list := c.Worst(1 + alsoShown)
	i := slices.IndexFunc(list, func(e *catalog.Entry) bool { return len(v.RowsOf(e.ID)) == 0 })
	if i < 0 {
		return w
	}
	e := list[i]
	if e.Severity <= s.Severity && len(s.Troubles) > 0 {
		w.Also = append(w.Also, also{markOf(e), "In the stores: " + sentence(c, e), certificateURL(e.ID)})
		return w
	}
	own := worstEntry(c, list[i:i+1], catalog.Counts{})
	if s.Sentence != "" {
		own.Also = append([]also{{mark{State: w.State, Word: "VMs"}, w.Text, cmp.Or(w.URL, "/fleet")}}, w.Also...)
	}
	return own
}

// troubleURL leads to exactly the certificates, or the VMs, that a trouble is about.
func troubleURL(t *fleet.Trouble) string {
	switch {
	case t.State == "":
		return addressOf("/instances", "deployment", t.Deployment, "standing", string(t.Standing))
	case len(t.Rows) == 1:
		return fleetURL(t.Rows[0].ID)
	case len(t.Rows) > mostValues:
		return addressOf("/fleet", "deployment", t.Deployment, "state", string(t.State))
	}
	var pairs []string
	for _, r := range t.Rows {
		pairs = append(pairs, "row", r.ID)
	}
	return addressOf("/fleet", pairs...)
}

func troubleMark(t *fleet.Trouble) mark {
	if t.State == "" {
		return standingMark(t.Standing)
	}
	return stateMark(t.State)
}

// worstFirst orders deployments: the gravest first, and then those with more that is not seen.
func worstFirst(all []*fleet.Deployment) []*fleet.Deployment {
	unseen := func(d *fleet.Deployment) int { return d.Instances - d.Standings[inventory.Reports] }
	return slices.SortedStableFunc(slices.Values(all), func(a, b *fleet.Deployment) int {
		return cmp.Or(cmp.Compare(b.Severity, a.Severity), cmp.Compare(unseen(b), unseen(a)))
	})
}

// rollout is a deploy that is under way.
type rollout struct {
	ID, Name, URL string
	Words, Text   string
	Stalled       bool
	Since         ago
	Groups        []rolloutGroup
}

type rolloutGroup struct {
	Name, URL, Words string
	First            count // the VM that is next
	Bar              []part
}

func rolloutsOf(v *fleet.View) (list []rollout) {
	for _, d := range v.Deployments() {
		r := d.Rollout
		if r == nil || len(list) == mostRollouts {
			continue
		}
		shown := rollout{
			ID: fmt.Sprintf("rollout-%d", len(list)), Name: d.Name, URL: addressOf("/fleet", "deployment", d.Name), Text: upper(capital(r.Sentence)), Stalled: r.Stalled,
			Words: fmt.Sprintf("%s of %s", number(r.Done), plural(r.Done+r.Waiting+r.NotSeen, "VM")), Since: agoOf(v.Now(), r.Progress),
		}
		for _, g := range r.Groups {
			shown.Groups = append(shown.Groups, rolloutGroupOf(d.Name, r, g))
		}
		list = append(list, shown)
	}
	return list
}

func rolloutGroupOf(deployment string, r *fleet.Rollout, g fleet.RolloutGroup) rolloutGroup {
	line := rolloutGroup{
		Name: g.Group, URL: addressOf("/instances", "deployment", deployment, "group", g.Group), First: count{Word: g.First},
		Words: number(g.Done) + " of " + number(g.Done+g.Waiting+g.NotSeen),
		Bar:   barOfParts([]count{{State: "ok", Count: g.Done}, {State: "awaiting_deploy", Count: g.Waiting}, {State: "unseen", Count: g.NotSeen}}),
	}
	if g.First == r.At && r.AtKey != "" {
		line.First.URL = instanceURL(r.AtKey)
	}
	return line
}
