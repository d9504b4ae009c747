package repair

import (
	"fmt"
	"strings"

	"cert-health/internal/cert"
	"cert-health/internal/plan"
	"cert-health/internal/verdict"
)

// Overwritten is what an operator must know about each repair.
const Overwritten = "the next deploy overwrites these files with what the manifest and its store hold then: the store must hold the same certificates"

// Plan shows the repair. Its acts are the files, in the order in which they are written, and then the restarts.
func (r *Repair) Plan(restart bool) plan.Plan {
	p := plan.Plan{Title: "Repair " + count(len(r.Replacements), "certificate") + " in " + count(len(r.Files), "file") + " of this VM", Warnings: r.Warnings}
	for _, f := range r.Files {
		p.Acts = append(p.Acts, f.act())
	}
	for _, process := range r.Restarts {
		if restart {
			p.Acts = append(p.Acts, plan.Act{Verb: "restart", Target: process.Name, Why: "the job " + process.Job + " loads the files when it starts"})
			continue
		}
		p.Steps = append(p.Steps, verdict.Run("monit", "restart", process.Name))
	}
	p.After = []string{"the old files are saved below " + Directory + ": `cert-health repair --undo` brings them back", Overwritten}
	return p
}

func (f *File) act() plan.Act {
	act := plan.Act{Verb: "write", Target: f.Path}
	for _, c := range f.Changes {
		act.Changes = append(act.Changes, plan.Change{What: fmt.Sprintf("line %d", c.Line), From: strings.TrimSpace(fmt.Sprintf("%s of %s (%s) %s", c.What, c.Name, c.Form, c.From)), To: c.To})
	}
	return act
}

// Plan shows what an undo does.
func (j *Journal) Plan(restart bool) plan.Plan {
	p := plan.Plan{Title: "Bring back " + count(len(j.Files), "file") + " of the repair of " + j.At.UTC().Format(moment)}
	if j.Unfinished() {
		p.Warnings = []string{"this repair did not come to its end"}
	}
	for _, f := range j.Files {
		p.Acts = append(p.Acts, plan.Act{Verb: "bring back", Target: f.Path, Why: "its old contents are saved in " + j.Place()})
	}
	for _, process := range j.Restarts {
		if restart {
			p.Acts = append(p.Acts, plan.Act{Verb: "restart", Target: process.Name})
			continue
		}
		p.Steps = append(p.Steps, verdict.Run("monit", "restart", process.Name))
	}
	var names []string
	for _, c := range j.Certificates {
		names = append(names, c.Name)
	}
	p.After = []string{"the certificates of before are in force again: " + strings.Join(names, ", ")}
	return p
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// Fingerprints are the certificates that the repair writes, for a handshake to compare.
func (r *Repair) Fingerprints() (list []cert.Fingerprint) {
	for _, replacement := range r.Replacements {
		list = append(list, replacement.New.Fingerprint)
	}
	return list
}
