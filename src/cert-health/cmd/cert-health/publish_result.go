package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"cert-health/internal/vault/publish"
)

// write writes the result, each line of it behind a prefix, and turns it into the
// command's outcome.
func (f *publishFlags) write(r *publish.Result, prefix string) error {
	var err error
	if f.format == "json" {
		encoder := json.NewEncoder(f.console.out)
		if !f.watch { // of which each round is one line
			encoder.SetIndent("", "  ")
		}
		err = encoder.Encode(r)
	} else {
		err = writeResult(f.console.out, r, prefix, f.verbose)
	}
	if err == nil && len(r.Problems) > 0 {
		err = errUnpublished
	}
	return err
}

// writeResult writes it for people.
func writeResult(w io.Writer, r *publish.Result, prefix string, verbose bool) error {
	var lines []string
	if verbose {
		lines = changes(r)
	}
	lines = append(lines, problems(r.Problems, verbose)...)
	lines = append(lines, summary(r))
	_, err := fmt.Fprint(w, prefix, strings.Join(lines, "\n"+prefix), "\n")
	return err
}

func changes(r *publish.Result) []string {
	would := ""
	if r.DryRun {
		would = "would be "
	}
	var lines []string
	for _, c := range r.Changes {
		if c.Removed {
			lines = append(lines, would+"taken back: "+c.Path)
			continue
		}
		lines = append(lines, fmt.Sprintf("%spublished: %s version %d, %s", would, c.Path, c.Version, count(c.Certificates, "certificate")))
	}
	return lines
}

// maxAlike is how many problems for one reason are told in full.
const maxAlike = 3

// problems tells each, but of many for one reason only the first.
func problems(all []publish.Problem, verbose bool) []string {
	alike := map[string]int{}
	for _, p := range all {
		alike[p.Reason]++
	}
	var lines []string
	told := map[string]int{}
	for _, p := range all {
		told[p.Reason]++
		switch left := alike[p.Reason] - maxAlike; {
		case verbose || told[p.Reason] <= maxAlike || left == 1:
			lines = append(lines, "not published: "+p.String())
		case told[p.Reason] == maxAlike+1:
			lines = append(lines, fmt.Sprintf("not published: %d more paths: %s (--verbose names them)", left, p.Reason))
		}
	}
	return lines
}

// summary says how many of what, in one line.
func summary(r *publish.Result) string {
	anew, removed, held := 0, 0, 0
	for _, c := range r.Changes {
		switch {
		case c.Removed:
			removed++
		default:
			anew++
			held += min(1, c.Certificates)
		}
	}
	before, published, taken, written := "", "published", "taken back", "written"
	if r.DryRun {
		before, published, taken, written = "dry run, nothing was written: ", "to publish", "to take back", "to write"
	}
	parts := []string{fmt.Sprintf("%d %s", anew, published), fmt.Sprintf("%d unchanged", max(0, r.Published-held))}
	if removed > 0 {
		parts = append(parts, fmt.Sprintf("%d %s", removed, taken))
	}
	if r.Failed > 0 {
		parts = append(parts, fmt.Sprintf("%d failed", r.Failed))
	}
	index := "unchanged"
	if r.IndexWrites > 0 {
		index = fmt.Sprintf("%s %s", count(r.IndexWrites, "part"), written)
	}
	return fmt.Sprintf("%s%s, %d of them with certificates (%d in all): %s; index: %s",
		before, count(r.Secrets, "secret"), r.Published, r.Certificates, strings.Join(parts, ", "), index)
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
