package server

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"cert-health/hub/internal/catalog"
	"cert-health/hub/internal/fleet"
	"cert-health/hub/internal/inventory"
	"cert-health/hub/internal/remind"
	"cert-health/internal/uplink"
	"cert-health/internal/verdict"
)

// agentsName selects the fleet in the filter of a rule: source=agents or type=agents.
const agentsName = "agents"

// withFleet adds what is wrong on VMs, and the VMs that are not seen. A filter that selects
// certificates of stores by their own properties selects nothing of it. told are the entries of
// certificates in stores: one that is not renewed is told once, with its VMs among its places. What
// people have acknowledged is not told.
func (s *Server) withFleet(told []remind.Entry, view *fleet.View, stores *catalog.View, query catalog.Query) []remind.Entry {
	if !selectsFleet(query) {
		return told
	}
	for _, row := range view.Rows() {
		switch i := unrenewed(told, row); {
		case i >= 0:
			told[i].Places = append(told[i].Places, placesOn(row)...)
		case acknowledged(row, stores), s.rechecks(view, row, stores):
		case row.Severity >= verdict.Warning:
			told = append(told, s.rowEntry(row))
		case row.SilentBehind > 0:
			told = append(told, s.silentEntry(row))
		}
	}
	heard := sync.OnceValue(func() time.Time { return lastHeard(view, s.started) })
	for _, trouble := range view.Summary().Troubles {
		if trouble.Standing != "" && trouble.Severity >= verdict.Warning && s.tells(trouble, view, heard) {
			told = append(told, s.unseenEntry(trouble))
		}
	}
	return told
}

func selectsFleet(query catalog.Query) bool {
	alone := catalog.Query{Sources: query.Sources, Types: query.Types}
	return query.Values().Encode() == alone.Values().Encode() &&
		(len(query.Sources) == 0 || slices.Contains(query.Sources, agentsName)) &&
		(len(query.Types) == 0 || slices.Contains(query.Types, agentsName))
}

// unrenewed is the position of the entry that tells the same about the store: the certificate expires,
// and there is no newer one. It is -1 if there is none.
func unrenewed(told []remind.Entry, row *fleet.Row) int {
	if row.State != fleet.AwaitingRenewal || row.Current == nil {
		return -1
	}
	return slices.IndexFunc(told, func(e remind.Entry) bool { return e.Key == string(row.Current.ID()) })
}

// acknowledged tells whether people know about each version of a row that makes trouble: the one that VMs
// have in place of the current one or, if no store holds a newer one, the current one.
func acknowledged(row *fleet.Row, stores *catalog.View) bool {
	known := false
	for _, version := range row.Versions {
		if version.Current != (row.State == fleet.AwaitingRenewal) || version.Files+version.Processes == 0 {
			continue
		}
		if e, found := stores.Certificate(version.ID()); !found || e.Acknowledged == nil {
			return false
		}
		known = true
	}
	return known
}

// rowEntry is a certificate on VMs. Its key stays while it is wrong, whatever is wrong: a deploy that
// goes on is no news.
func (s *Server) rowEntry(row *fleet.Row) remind.Entry {
	return remind.Entry{
		Key: "fleet " + row.ID, Name: row.Name, State: string(row.State), Severity: row.Severity,
		Message: row.Sentence, Places: placesOn(row), Steps: row.Next, URL: s.page("/fleet/" + row.ID),
	}
}

// silentEntry keeps a certificate open that was wrong on instances which are silent now.
func (s *Server) silentEntry(row *fleet.Row) remind.Entry {
	entry := s.rowEntry(row)
	entry.State, entry.Severity = string(inventory.Silent), verdict.Warning
	entry.Message = fmt.Sprintf("it was wrong on VMs that are silent now (%d), and nothing is known of a repair", row.SilentBehind)
	return entry
}

// missingAfter is how long the Director lists an instance whose agent has never spoken before that is
// told: a deploy that makes the VM takes a while.
const missingAfter = 30 * time.Minute

// tells tells whether it is time to tell a trouble with instances that are not seen. After a start,
// agents that did not reach the hub come back within the longest of their pauses: until then, only an
// instance counts as silent that fell silent while a hub heard others. heard is when any was heard last.
func (s *Server) tells(trouble *fleet.Trouble, view *fleet.View, heard func() time.Time) bool {
	limit := fleet.SilentAfter(s.settings.Agents.Interval)
	settled := view.Now().Sub(s.started) > uplink.MaxPause+limit
	for i := range view.Select(fleet.Query{Deployment: trouble.Deployment, Standings: []inventory.Standing{trouble.Standing}}) {
		told := settled
		if trouble.Standing == inventory.Missing {
			told = view.Now().Sub(i.Listed) > missingAfter
		} else if !settled {
			told = heard().Sub(i.LastSeen) > limit
		}
		if told {
			return true
		}
	}
	return false
}

// lastHeard is when any instance was heard last, before the hub started.
func lastHeard(view *fleet.View, started time.Time) (last time.Time) {
	for i := range view.Select(fleet.Query{}) {
		if i.LastSeen.After(last) && !i.LastSeen.After(started) {
			last = i.LastSeen
		}
	}
	return last
}

// placesOn are the instance groups with VMs that are not as they should be.
func placesOn(row *fleet.Row) (places []string) {
	for _, group := range row.Groups {
		n := len(group.Laggards) + group.MoreLaggards
		if row.State == fleet.AwaitingRenewal { // none lags: all have it
			n = group.Instances - group.NotSeen
		}
		if n > 0 {
			places = append(places, fmt.Sprintf("%s %s: %d of %d VMs", row.Deployment, group.Group, n, group.Instances))
		}
	}
	return places
}

// unseenEntry is about instances that are not seen.
func (s *Server) unseenEntry(trouble *fleet.Trouble) remind.Entry {
	name := trouble.Deployment + ": VMs that are " + string(trouble.Standing)
	return remind.Entry{
		Key: strings.Join([]string{"fleet", trouble.Deployment, string(trouble.Standing)}, " "), Name: name, State: string(trouble.Standing),
		Severity: trouble.Severity, Message: trouble.Sentence, Steps: trouble.Next, URL: s.page("/instances"),
	}
}
