//go:build !vm

package main

import (
	"fmt"
	"io"
	"time"

	"cert-health/internal/hubclient"
	"cert-health/internal/report/terminal"
	"cert-health/internal/verdict"
)

func instancesPage(w io.Writer, style terminal.Style, all *hubclient.Instances, now time.Time) error {
	g := terminal.Grid{Columns: []terminal.Heading{{Title: "STANDING"}, {Title: "INSTANCE", Shrinks: true}, {Title: "INDEX"}, {Title: "AZ"}, {Title: "LAST SEEN"}, {Title: "WELL"}}}
	for i := range all.Instances {
		n := &all.Instances[i]
		g.Rows = append(g.Rows, terminal.Row{Severity: severityOfInstance(n), Cells: []string{n.Standing, n.Key(), index(n), n.AZ, when(n.LastSeen, now), certificatesOf(n)}})
	}
	p := &page{w: w, style: style}
	if len(g.Rows) > 0 {
		p.grid(g)
		p.line("")
	}
	p.line("%s%s", listedOf(all), standings(known(all), all.Counts))
	return p.err
}

// known is the number of instances without filters by standing.
func known(all *hubclient.Instances) (total int) {
	for standing, n := range all.Counts {
		if standing != "deleted" {
			total += n
		}
	}
	return total
}

// listedOf says how many instances are listed, if it is not all.
func listedOf(all *hubclient.Instances) string {
	if len(all.Instances) == known(all) {
		return ""
	}
	return fmt.Sprintf("%d of ", len(all.Instances))
}

func index(n *hubclient.Instance) string {
	if n.Index == nil {
		return "-"
	}
	return fmt.Sprint(*n.Index)
}

func when(t, now time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return terminal.Distance(t, now)
}

// certificatesOf is how many certificates of an instance are as they should be. Of one that is not
// seen, that is not known.
func certificatesOf(n *hubclient.Instance) string {
	if !n.Seen() {
		return "?"
	}
	return part(n.Certificates-n.Behind, n.Certificates)
}

func instancePage(w io.Writer, style terminal.Style, n *hubclient.Instance, now time.Time) error {
	p := &page{w: w, style: style}
	p.line("%s: %s", n.Key(), n.Standing)
	p.entry("called", n.Name)
	p.entry("zone", n.AZ)
	p.entry("address", n.Address)
	p.entry("last seen", ago(n.LastSeen, now))
	if !n.ScannedAt.IsZero() {
		p.entry("scanned", verdict.Stamp(n.ScannedAt))
	}
	p.seeAgain(n)
	if !n.Seen() && len(n.List) > 0 {
		p.line("\nIt is not seen. This is what its last report says:")
	}
	p.troubles(n.List)
	p.truths(n.List)
	return p.err
}

// seeAgain writes what to do about an instance whose agent does not speak.
func (p *page) seeAgain(n *hubclient.Instance) {
	if n.Standing != "silent" && n.Standing != "missing" {
		return
	}
	p.step("next", verdict.Run("bosh", "-d", n.Deployment, "instances", "--ps"))
	p.step("", verdict.Do("if the VM runs and has the job cert-health, see what its agent says:"))
	p.step("", verdict.Run("bosh", "-d", n.Deployment, "ssh", n.Group+"/"+n.ID, "-c", "sudo /var/vcap/jobs/cert-health/bin/cert-health status"))
}

// maxTroubles is how many things to do about one instance are written out.
const maxTroubles = 5

// troubles writes what is to be done about the certificates of an instance, each thing once.
func (p *page) troubles(list []hubclient.InstanceRow) {
	told := map[string]bool{}
	for i := range list {
		r := &list[i]
		if r.Severity < verdict.Warning || r.Message == "" || told[r.Message] || len(told) == maxTroubles {
			continue
		}
		told[r.Message] = true
		p.line("")
		p.finding(hubclient.Finding{Severity: r.Severity, Message: r.Message, Steps: r.Steps})
	}
}

// truths writes what the store, the files and the processes have.
func (p *page) truths(list []hubclient.InstanceRow) {
	if len(list) == 0 {
		return
	}
	g := terminal.Grid{Columns: []terminal.Heading{{Title: "STATE"}, {Title: "CERTIFICATE", Shrinks: true}, {Title: "STORE"}, {Title: "FILE"}, {Title: "SERVED"},
		{Title: "PLACE", Shrinks: true, KeepEnd: true}}}
	for i := range list {
		r := &list[i]
		state := word(r.State)
		if state == "" {
			state = "not seen"
		}
		g.Rows = append(g.Rows, terminal.Row{Severity: r.Severity, Cells: []string{state, r.Name, versionOf(r.Store), versionOf(r.File), versionOf(r.Process), place(r.Places)}})
	}
	p.line("")
	p.grid(g)
}

func place(all []string) string {
	switch len(all) {
	case 0:
		return "-"
	case 1:
		return all[0]
	}
	return fmt.Sprintf("%s +%d", all[0], len(all)-1)
}
