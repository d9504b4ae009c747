package check

import (
	"cmp"
	"path"
	"slices"
	"strings"
	"time"

	"cert-health/internal/cert"
	"cert-health/internal/discover"
)

// Keeper completes each scan with what earlier scans saw and this scan cannot see. Only what was
// seen gone, renewed or well may end a finding: a file without access, or a job of which a limit
// hides a part, keeps its last certificates. It is not safe for concurrent use.
type Keeper struct {
	Root string              // stands for "/"; empty is "/"
	last *discover.Inventory // the last one, completed; nil before the first scan
	at   time.Time           // of that scan
}

// maxKept bounds the locations that are kept of one job, so that a job which hides its files and
// writes others again and again cannot fill the memory. The largest job of a Cloud Foundry has 90.
const maxKept = 1_000

// Complete adds to a scan what it cannot see, with the time at which it was last seen, and marks
// the problems that hide something. The scan was completed at a time.
func (k *Keeper) Complete(inventory *discover.Inventory, now time.Time) {
	c := completion{Inventory: inventory, root: cmp.Or(k.Root, "/"), blind: blindSpots(inventory.Problems), kept: map[string]int{}, found: map[place]bool{}}
	if k.last != nil {
		c.undeployed = slices.Equal(k.last.Trees, inventory.Trees)
		c.certificates(k.last.Deployed, k.at)
		c.lists(k.last.CRLs, k.at)
		c.mismatches(k.last.Mismatches)
		c.identities(k.last.InstanceIdentities)
	}
	for i := range inventory.Problems {
		p := &inventory.Problems[i]
		p.Unverified = p.Kept > 0 && p.Kind != discover.Vanished || hidesMore(*p)
	}
	k.last, k.at = inventory, now
}

// hidesMore tells whether a problem hides what was perhaps never seen: a file of a job without
// access, and the rest of a job or directory beyond a limit.
func hidesMore(p discover.Problem) bool {
	switch p.Kind {
	case discover.Access:
		return p.Class == cert.JobFile
	case discover.Limit:
		return p.Excess != nil || p.Class == cert.JobFile && strings.HasSuffix(p.File, "/")
	}
	return false
}

// blindSpots returns the problems that hide what a path contains, by that path without a slash at
// its end. They hide all paths below it too.
func blindSpots(problems []discover.Problem) map[string]int {
	blind := map[string]int{}
	for i, p := range problems {
		if p.Kind == discover.Block && p.Line > 0 {
			continue // the file was read
		}
		top := strings.TrimSuffix(p.File, "/")
		if _, known := blind[top]; !known {
			blind[top] = i
		}
	}
	return blind
}

// completion is the completion of one scan.
type completion struct {
	*discover.Inventory
	root       string
	undeployed bool // no deploy was under way since the scan before
	blind      map[string]int
	kept       map[string]int // locations, by job
	found      map[place]bool // certificates, the kept ones too
}

// hidden returns the problem that hides a file; nil if the scan has seen the file, or has seen
// that it is gone.
func (c *completion) hidden(file string) *discover.Problem {
	for top := file; ; top = path.Dir(top) {
		if i, found := c.blind[top]; found {
			return &c.Problems[i]
		}
		if top == "/" || top == "." {
			return nil
		}
	}
}

// keep decides whether something in a file of a job is kept, and counts it.
func (c *completion) keep(job, file string) bool {
	p := c.hidden(file)
	if p == nil || c.kept[job] >= maxKept {
		return false
	}
	c.kept[job]++
	p.Kept++
	return true
}

// place is a certificate in a file.
type place struct {
	fingerprint cert.Fingerprint
	file        string
}

// certificates keeps certificates at the places that are hidden. A scan that finds a certificate
// anywhere in a file has seen it there.
func (c *completion) certificates(before []cert.Deployed, seenAt time.Time) {
	index := map[cert.Fingerprint]int{}
	for i, d := range c.Deployed {
		index[d.Certificate.Fingerprint] = i
		for _, l := range d.Locations {
			c.found[place{d.Certificate.Fingerprint, l.File}] = true
		}
	}
	for _, d := range before {
		kept := c.locations(d, seenAt)
		i, known := index[d.Certificate.Fingerprint]
		switch {
		case len(kept) == 0:
		case !known:
			c.Deployed = append(c.Deployed, cert.Deployed{Certificate: d.Certificate, Role: d.Role, Locations: kept})
		default:
			c.Deployed[i].Locations = append(c.Deployed[i].Locations, kept...)
			if d.Role == cert.CA {
				c.Deployed[i].Role = cert.CA
			}
		}
	}
}

// locations returns the places of a certificate that are hidden.
func (c *completion) locations(before cert.Deployed, seenAt time.Time) []cert.Location {
	var kept []cert.Location
	for _, l := range before.Locations {
		at := place{before.Certificate.Fingerprint, l.File}
		if c.found[at] {
			continue
		}
		c.replaced(l)
		if !c.keep(l.Job, l.File) {
			continue
		}
		l.LastSeen = lastSeen(l.LastSeen, seenAt)
		kept = append(kept, l)
	}
	for _, l := range kept {
		c.found[place{before.Certificate.Fingerprint, l.File}] = true
	}
	return kept
}

// lists keeps the revocation lists in hidden files. A file is hidden as a whole, or its beginning
// was read: then it may have a list already.
func (c *completion) lists(before []cert.DeployedCRL, seenAt time.Time) {
	type place struct {
		file, issuer string
		line         int
	}
	found := map[place]bool{}
	for _, list := range c.CRLs {
		found[place{list.File, list.Issuer, list.Line}] = true
	}
	for _, list := range before {
		if !found[place{list.File, list.Issuer, list.Line}] && c.keep(list.Job, list.File) {
			list.LastSeen = lastSeen(list.LastSeen, seenAt)
			c.CRLs = append(c.CRLs, list)
		}
	}
}

// mismatches keeps the mismatch of a certificate that is still at its place, if the certificate or
// the key is hidden.
func (c *completion) mismatches(before []cert.Mismatch) {
	c.Mismatches = slices.Clip(c.Mismatches) // the scanner keeps them
	again := map[place]bool{}
	for _, m := range c.Mismatches {
		again[place{m.Certificate, m.At.File}] = true
	}
	for _, m := range before {
		at := place{m.Certificate, m.At.File}
		if again[at] || !c.found[at] {
			continue
		}
		p := c.hidden(m.At.File)
		if p == nil {
			p = c.hidden(m.Key.File)
		}
		if p != nil {
			p.Kept++
			c.Mismatches = append(c.Mismatches, m)
		}
	}
}

// identities keeps the instance identities of a directory of which nothing can be seen.
func (c *completion) identities(before []cert.InstanceIdentities) {
	for _, i := range before {
		found := func(now cert.InstanceIdentities) bool { return now.Directory == i.Directory }
		if !slices.ContainsFunc(c.InstanceIdentities, found) && c.keep("", i.Directory) {
			c.InstanceIdentities = append(c.InstanceIdentities, i)
		}
	}
}

// lastSeen is when something was last seen that was seen, or already kept, in a scan at a time.
func lastSeen(before, scan time.Time) time.Time {
	if before.IsZero() {
		return scan
	}
	return before
}
