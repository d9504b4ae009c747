package check

import (
	"cmp"
	"context"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"time"

	"cert-health/internal/budget"
	"cert-health/internal/cert"
	"cert-health/internal/discover"
	"cert-health/internal/served"
	"cert-health/internal/verdict"
)

// Observer shakes hands, again and again, with the VM's processes and notes which
// certificates they serve. It is not safe for concurrent use.
type Observer struct {
	root   string
	finder *served.Finder
	prober *served.Prober
	// Known is called with an observation that is not complete yet, while slow servers are still
	// probed; nil is not called.
	Known func(Observation)
	// The files that the running observation compares with, and what it has seen otherwise.
	deployed []cert.Deployed
	index    *verdict.DeployedIndex
	frame    Observation
	behind   map[sighting]bool
}

// sighting is one certificate at one time on one port.
type sighting struct {
	address     netip.AddrPort
	fingerprint cert.Fingerprint
	at          int64 // nanoseconds since 1970
}

func sightingOf(s cert.Served) sighting {
	return sighting{s.Address, s.Certificate.Fingerprint, s.SeenAt.UnixNano()}
}

// Observation is the result of one look at the VM's processes.
type Observation struct {
	Made      bool // false when the processes were not looked at
	Partial   bool // slow servers are still probed
	Listeners int  // listening TCP ports
	Served    []cert.Served
	Earlier   cert.History       // certificates that came after processes may have started, and that are gone
	Processes []cert.Process     // empty without arrivals
	Plain     []served.PlainPort // to remember over restarts
	Kept      []served.Kept      // the same
	Problems  []served.Problem
	Left      map[string]int // ports for which there was no time, by job
}

// Observer returns an observer that has seen nothing yet, or nil when no VM runs below
// the root.
func (c *Checker) Observer() *Observer {
	settings, root := c.Config.Served, cmp.Or(c.Root, "/")
	if _, err := os.Stat(filepath.Join(root, "proc", "stat")); err != nil {
		return nil
	}
	o := &Observer{root: root, finder: served.NewFinder(root)}
	options := settings.Options
	options.UpToDate, options.Names, options.Now, options.Known = o.upToDate, o.serverNames, c.now, o.partial
	if c.Served { // there is no second look
		options.Look = singleLook
	}
	o.prober = served.NewProber(options)
	return o
}

// singleLook is the time for the only look of a command, which an operator waits for.
const singleLook = time.Minute

// Remember makes the observer not probe the ports that an earlier one found to speak no TLS.
func (o *Observer) Remember(plain []served.PlainPort) { o.prober.Remember(plain) }

// Restore makes the observer know which processes an earlier one saw behind their files.
func (o *Observer) Restore(kept []served.Kept) {
	o.behind = map[sighting]bool{}
	for _, result := range o.prober.Restore(kept) {
		for _, s := range servedBy(result) {
			o.behind[sightingOf(s)] = true
		}
	}
}

// kept is what to keep over restarts.
func (o *Observer) kept(results []served.Result) []served.Kept {
	return served.Keep(results, func(r served.Result, c served.Chain) bool {
		return o.behind[sighting{r.Address, c.Certificates[0].Fingerprint, r.SeenAt.UnixNano()}]
	})
}

// observeOnce looks at the VM's processes if Served is set.
func (c *Checker) observeOnce(ctx context.Context, deployed []cert.Deployed) Observation {
	if !c.Served {
		return Observation{}
	}
	c.progress("probing the VM's processes")
	o := c.Observer()
	if o == nil {
		return Observation{Problems: []served.Problem{{What: "/proc", Reason: "no VM runs below this root, so its processes cannot be probed"}}}
	}
	return o.Observe(ctx, deployed, cert.History{})
}

// Observe makes handshakes with the ports that are due.
func (o *Observer) Observe(ctx context.Context, deployed []cert.Deployed, earlier cert.History) Observation {
	o.deployed, o.index = deployed, verdict.NewDeployedIndex(deployed, earlier, budget.New().Until(ctx))
	listeners, problems := o.finder.Find(ctx)
	o.frame = Observation{Made: true, Listeners: len(listeners), Earlier: earlier, Problems: problems}
	if len(earlier.Arrivals) > 0 {
		o.frame.Processes = o.processes(ctx)
	}
	results := o.prober.Probe(ctx, listeners)
	seen := o.observation(results)
	seen.Plain, seen.Kept = o.prober.Plain(), o.kept(results)
	return seen
}

// partial passes on what is known while slow servers are probed.
func (o *Observer) partial(results []served.Result) {
	if o.Known != nil {
		seen := o.observation(results)
		seen.Partial = true
		o.Known(seen)
	}
}

// observation adds the results of handshakes to what was seen otherwise. Until a look is complete, the
// ports that the look before it left out count as left out. It notes which of them have
// shown that a process is behind its files: that stays true until another handshake succeeds.
func (o *Observer) observation(results []served.Result) Observation {
	seen, behind := o.frame, map[sighting]bool{}
	for _, result := range results {
		for _, s := range servedBy(result) {
			at := sightingOf(s)
			was, known := o.behind[at]
			if !known {
				was = o.index.Compare(s).Stale()
			}
			behind[at], s.Behind = was, was
			seen.Served = append(seen.Served, s)
		}
	}
	o.behind = behind
	seen.Left = o.prober.Left()
	return seen
}

// processes are the running processes of the VM's jobs.
func (o *Observer) processes(ctx context.Context) []cert.Process {
	var list []cert.Process
	processes, _ := served.Processes(ctx, o.root) // the finder has reported what cannot be read
	for _, p := range processes {
		if p.Job != "" {
			list = append(list, process(p))
		}
	}
	return list
}

// upToDate tells that a server answered, and that no file holds a newer certificate than
// the server sends.
func (o *Observer) upToDate(result served.Result) bool {
	return result.Err == "" && !slices.ContainsFunc(servedBy(result), func(s cert.Served) bool { return o.index.Compare(s).Newer != nil })
}

// serverNames are the server names for which a job's servers may send different
// certificates: the names in the server certificates of its files.
func (o *Observer) serverNames(job string) []string {
	var names []string
	for _, d := range o.deployed {
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

// servedBy converts the result of a handshake to package cert's nouns.
func servedBy(result served.Result) []cert.Served {
	var list []cert.Served
	failure := ""
	if result.SeenAt.Before(result.ProbedAt) {
		failure = result.Err
	}
	for _, s := range result.Chains {
		list = append(list, cert.Served{
			Certificate: s.Certificates[0], Issuers: s.Certificates[1:], Proven: s.Proven, Address: result.Address, ServerName: s.ServerName,
			Protocol: string(result.Protocol), Process: process(result.Owner), SeenAt: result.SeenAt, Failure: failure,
		})
	}
	return list
}

func process(p served.Process) cert.Process {
	return cert.Process{PID: p.PID, Name: p.Name, Job: p.Job, Monit: p.Monit, Started: p.Started}
}

// states compare the served certificates with the files as they are now, within a budget.
func (o Observation) states(deployed []cert.Deployed, meter *budget.Meter) []verdict.ServedState {
	if len(o.Served) == 0 {
		return nil
	}
	index := verdict.NewDeployedIndex(deployed, o.Earlier, meter)
	states := make([]verdict.ServedState, len(o.Served))
	for i, s := range o.Served {
		states[i] = index.Compare(s)
	}
	return states
}

// ToCompare returns the certificates to look up in the source: those in the files, and
// those that are served in place of one of them.
func (o Observation) ToCompare(inventory *discover.Inventory) []cert.Deployed {
	return toCompare(inventory, o.states(inventory.Deployed, budget.New()))
}
