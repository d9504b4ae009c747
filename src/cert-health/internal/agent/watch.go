package agent

import (
	"cmp"
	"context"
	"os"
	"path/filepath"
	"slices"

	"cert-health/internal/cert"
	"cert-health/internal/discover"
	"cert-health/internal/served"
	"cert-health/internal/verdict"
)

// watch looks, again and again, at what the VM's processes show. It is not safe for
// concurrent use.
type watch struct {
	root   string
	finder *served.Finder
	prober *served.Prober
	// Of the look that is under way.
	deployed []cert.Deployed
	stock    *verdict.DeployedIndex
}

// observation is what was seen in one look.
type observation struct {
	made      bool // there was a look at all
	listeners int
	shown     []cert.Served
	arrivals  []cert.Arrival // since before processes may have been started
	processes []cert.Process // where there are arrivals
	problems  []served.Problem
}

// watch returns one that has seen nothing yet; nil for a folder of files in which no VM
// runs.
func (c *Checker) watch() *watch {
	settings, root := c.Config.Served, cmp.Or(c.Root, "/")
	if _, err := os.Stat(filepath.Join(root, "proc", "stat")); err != nil {
		return nil
	}
	w := &watch{root: root, finder: served.NewFinder(root)}
	options := settings.Prober()
	options.UpToDate, options.Names, options.Now = w.calm, w.names, c.now
	w.prober = served.NewProber(options)
	return w
}

// look probes what is due to be probed.
func (w *watch) look(ctx context.Context, deployed []cert.Deployed, arrivals []cert.Arrival) observation {
	w.deployed, w.stock = deployed, verdict.NewDeployedIndex(deployed, arrivals)
	listeners, problems := w.finder.Find()
	o := observation{made: true, listeners: len(listeners), arrivals: arrivals, problems: problems}
	for _, result := range w.prober.Probe(ctx, listeners) {
		o.shown = append(o.shown, shownBy(result)...)
	}
	if len(arrivals) > 0 {
		processes, _ := served.Processes(w.root) // the finder has said what cannot be read
		for _, p := range processes {
			if p.Job != "" {
				o.processes = append(o.processes, process(p))
			}
		}
	}
	return o
}

// calm tells that a server shows something, and nothing that is older than its files. One
// that was too busy for an answer has told nothing, and is not left alone for that.
func (w *watch) calm(result served.Result) bool {
	return result.Err == "" && !slices.ContainsFunc(shownBy(result), func(shown cert.Served) bool { return w.stock.Compare(shown).Newer != nil })
}

// names are the server names for which a job's servers may show another certificate:
// those of the servers' certificates in its files.
func (w *watch) names(job string) []string {
	var names []string
	for _, d := range w.deployed {
		c := d.Certificate
		if c.CA || !c.ServerAuth() || !slices.ContainsFunc(d.Locations, func(l cert.Location) bool { return job != "" && l.Job == job }) {
			continue
		}
		for _, name := range c.SANs {
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return names
}

// shownBy says in the words of package cert what a probe saw.
func shownBy(result served.Result) []cert.Served {
	var list []cert.Served
	for _, s := range result.Shown {
		list = append(list, cert.Served{
			Certificate: s.Chain[0], Address: result.Address, ServerName: s.ServerName,
			Protocol: string(result.Protocol), Process: process(result.Owner), SeenAt: result.SeenAt,
		})
	}
	return list
}

func process(p served.Process) cert.Process {
	return cert.Process{PID: p.PID, Name: p.Name, Job: p.Job, Monit: p.Monit, Started: p.Started}
}

// standings compare what was seen with what is deployed now.
func (o observation) standings(deployed []cert.Deployed) []verdict.ServedState {
	if len(o.shown) == 0 {
		return nil
	}
	stock := verdict.NewDeployedIndex(deployed, o.arrivals)
	standings := make([]verdict.ServedState, len(o.shown))
	for i, shown := range o.shown {
		standings[i] = stock.Compare(shown)
	}
	return standings
}

// lookedUp are the certificates to ask the store about: those in the files, and what is
// shown in the place of one of them.
func lookedUp(inventory *discover.Inventory, standings []verdict.ServedState) []cert.Deployed {
	all := slices.Clip(inventory.Compared())
	for _, s := range standings {
		if s.Stale() {
			all = append(all, cert.Deployed{Certificate: s.Certificate, Role: s.Newer.Role})
		}
	}
	return all
}
