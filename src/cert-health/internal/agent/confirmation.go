package agent

import (
	"cert-health/internal/alert"
	"cert-health/internal/check"
	"cert-health/internal/report"
	"cert-health/internal/verdict"
)

// confirmation is what is known of findings that need two sightings: certificate and key
// are two writes, and a scan between them sees drift although there is none. A scan while a
// directory is replaced cannot see all of it.
type confirmation struct {
	sightings map[string]sighting // by the key of the item
}

// sighting is what is known of one such finding.
type sighting struct {
	first     uint64 // the number of its first sighting; see number
	confirmed bool
}

// view is the state in which a scan has seen the files.
type view int

// The views.
const (
	settled   view = iota
	deploying      // a deploy of this VM was under way
)

// items returns the items of each class after a scan, without those that are not confirmed
// yet, and the classes that have such findings. A scan during a deploy counts as the first
// sighting of what it sees.
func (c *confirmation) items(r *report.Report, scan uint64, view view) (all map[alert.Class][]report.Item, open map[alert.Class]bool) {
	all, open = map[alert.Class][]report.Item{}, map[alert.Class]bool{}
	now := map[string]sighting{}
	for _, class := range alert.Classes() {
		for _, item := range r.Items(class) {
			if class == alert.Drift || class == alert.NotLoaded || class == alert.Unverified {
				seen := c.sighted(item.Key(), number(item, scan), view)
				now[item.Key()] = seen
				if !seen.confirmed && !evident(item) {
					open[class] = true
					continue
				}
			}
			all[class] = append(all[class], item)
		}
	}
	c.sightings = now
	return all, open
}

// sighted returns what is known of an item after one more sighting.
func (c *confirmation) sighted(key string, number uint64, view view) sighting {
	s, known := c.sightings[key]
	if !known || view == deploying && !s.confirmed {
		s.first = number
	}
	s.confirmed = s.confirmed || s.first < number
	return s
}

// evident tells whether an item needs no confirmation: a scan is called too slow after a long time,
// in which there is no other scan.
func evident(item report.Item) bool {
	return item.Problem != nil && item.Problem.Code == verdict.Unverified && item.Problem.About == check.ScanOverdue
}

// number orders the sightings of an item. It is the number of the scan or, for a served
// certificate, the time of the handshake. While the port does not answer there is no second
// handshake, and the scans count from the first on.
func number(item report.Item, scan uint64) uint64 {
	if item.Finding.Code != verdict.NotLoaded || item.Certificate.Served == nil {
		return scan
	}
	served := item.Certificate.Served
	if !served.LastSeen.IsZero() {
		return uint64(served.SeenAt.Unix()) + scan
	}
	return uint64(served.SeenAt.Unix())
}
