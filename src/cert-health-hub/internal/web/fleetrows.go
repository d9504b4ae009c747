package web

import (
	"net/url"
	"strings"
	"time"

	"cert-health/hub/internal/fleet"
	"cert-health/hub/internal/inventory"
)

// How much of one certificate the lists of the fleet show. Links lead to the rest.
const (
	mostGroups   = 6
	mostLaggards = 5
)

// fleetRow is one certificate of one deployment in a list.
type fleetRow struct {
	mark
	Name, Role, Sentence, URL string
	In                        count // the deployment; without a URL if the list is of one deployment
	Percent                   int
	Own                       bool  // each VM has a certificate of its own: there is no current version
	On, All, NotSeen          count // VMs
	Bar                       []part
	Expired                   count
	Lag                       string // words for the groups
	Groups                    []groupLine
	MoreGroups                int
	Since                     ago
}

// groupLine is the progress of one instance group.
type groupLine struct {
	Name, URL        string
	On, All, NotSeen count
	Word             string // of On
	Processes        string // how many processes serve the current version, if not all do
	Bar              []part
	Laggards         []laggardLine
	More             count // all that lag, if not all are listed
}

// laggardLine is a VM that is not as it should be.
type laggardLine struct {
	mark
	Name, URL string
	Since     ago
}

func fleetURL(id string) string { return "/fleet/" + url.PathEscape(id) }

// instanceURL is the page of a VM.
func instanceURL(key inventory.InstanceKey) string {
	deployment, group, id := key.Parts()
	return "/instances/" + url.PathEscape(deployment) + "/" + url.PathEscape(group) + "/" + url.PathEscape(id)
}

// fleetRowsOf are rows of a list. They name the deployment if the list has several.
func fleetRowsOf(rows []*fleet.Row, now time.Time, named bool) []fleetRow {
	list := make([]fleetRow, len(rows))
	for i, r := range rows {
		list[i] = fleetRowOf(r, now)
		if named {
			list[i].In = count{Word: r.Deployment, URL: addressOf("/fleet", "deployment", r.Deployment)}
		}
	}
	return list
}

func fleetRowOf(r *fleet.Row, now time.Time) fleetRow {
	at := fleetURL(r.ID)
	row := fleetRow{
		mark: stateMark(r.State), Name: r.Name, Role: string(r.Role), Sentence: brieflyOf(r), URL: at, Percent: r.Percent, Own: r.Own,
		On: count{Count: r.OnCurrent, URL: addressOf(at, "has", hasCurrent)}, All: count{Count: r.Instances, URL: addressOf(at, "has", hasAll)},
		NotSeen: count{Count: r.NotSeen, URL: addressOf(at, "has", hasUnseen)}, Since: agoOf(now, r.Since), Bar: rowBar(r),
	}
	if r.Expired > 0 {
		row.Expired = count{Count: r.Expired, URL: addressOf(at, "has", hasExpired)}
	}
	behind := 0
	for _, g := range r.Groups {
		if len(g.Laggards) == 0 {
			continue // VMs that are not seen have a count of their own
		}
		behind++
		row.Lag = short(g.Group)
		if len(row.Groups) < mostGroups {
			row.Groups = append(row.Groups, groupLineOf(r, g, now))
		}
	}
	row.MoreGroups = behind - len(row.Groups)
	if behind > 1 {
		row.Lag = number(behind) + " of " + plural(len(r.Groups), "instance group")
	}
	return row
}

// brieflyOf is the sentence of a row without what stands beside it: its name, and what is true of others
// as well.
func brieflyOf(r *fleet.Row) string {
	sentence, _, _ := strings.Cut(r.Sentence, "; ")
	return strings.TrimPrefix(sentence, r.Name+" ")
}

func groupLineOf(r *fleet.Row, g *fleet.GroupRow, now time.Time) groupLine {
	at := fleetURL(r.ID)
	line := groupLine{
		Name: g.Group, URL: addressOf("/instances", "deployment", r.Deployment, "group", g.Group), Word: "in files",
		On:      count{Count: g.OnCurrent, URL: addressOf(at, "group", g.Group, "has", hasCurrent)},
		All:     count{Count: g.Instances, URL: addressOf(at, "group", g.Group)},
		NotSeen: count{Count: g.NotSeen, URL: addressOf(at, "group", g.Group, "has", hasUnseen)},
		Bar:     groupBar(g),
	}
	if g.ServingCurrent < g.Serving {
		line.Processes = number(g.ServingCurrent) + " of " + number(g.Serving) + " in processes"
	}
	for _, l := range g.Laggards[:min(mostLaggards, len(g.Laggards))] {
		line.Laggards = append(line.Laggards, laggardLine{stateMark(l.State), l.Name, instanceURL(l.Key), agoOf(now, l.Since)})
	}
	if all := len(g.Laggards) + g.MoreLaggards; all > len(line.Laggards) {
		line.More = count{Count: all, URL: addressOf(at, "group", g.Group, "has", hasLagging)}
	}
	return line
}

// rowBar divides a bar by the states of all VMs. VMs that are not seen have a part of their own.
func rowBar(r *fleet.Row) []part {
	list := []count{{State: "ok", Count: r.States[fleet.Current]}}
	for _, s := range fleet.States() {
		if s != fleet.Current {
			list = append(list, count{State: stateMark(s).State, Count: r.States[s]})
		}
	}
	return barOfParts(append(list, count{State: "unseen", Count: r.NotSeen}))
}

// groupBar does the same for an instance group.
func groupBar(g *fleet.GroupRow) []part {
	lag := min(g.Instances-g.NotSeen, len(g.Laggards)+g.MoreLaggards)
	return barOfParts([]count{{State: "ok", Count: g.Instances - g.NotSeen - lag}, {State: stateMark(g.State).State, Count: lag}, {State: "unseen", Count: g.NotSeen}})
}

// barOfParts gives each count its share of a bar.
func barOfParts(counts []count) (bar []part) {
	total, at := 0, 0.0
	for _, c := range counts {
		total += c.Count
	}
	for _, c := range counts {
		if c.Count > 0 {
			width := 100 * float64(c.Count) / float64(total)
			bar = append(bar, part{c.State, at, width})
			at += width
		}
	}
	return bar
}
