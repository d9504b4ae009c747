//go:build !vm

package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"cert-health/internal/vault/publish"
)

// write writes the result with a prefix before each line. It returns errUnpublished if there are
// problems.
func (f *publishFlags) write(r *publish.Result, prefix string) error {
	var err error
	out := &guard{out: f.console.out}
	if f.format == "json" {
		encoder := json.NewEncoder(out)
		if !f.watch { // with --watch, each run is one line
			encoder.SetIndent("", "  ")
		}
		err = encoder.Encode(r)
	} else {
		err = writeResult(out, r, prefix, f.verbose)
	}
	if flushed := out.flush(); err == nil {
		err = flushed
	}
	if err == nil && len(r.Problems) > 0 {
		err = errUnpublished
	}
	return err
}

// writeResult writes the result for people.
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
			lines = append(lines, would+"removed: "+c.Path)
			continue
		}
		lines = append(lines, fmt.Sprintf("%spublished: %s version %d, %s", would, c.Path, c.Version, count(c.Certificates, "certificate")))
	}
	return lines
}

// maxAlike is the number of problems with the same reason that are written.
const maxAlike = 3

// problems returns a line for each problem, and one line for further problems with the same
// reason.
func problems(all []publish.Problem, verbose bool) []string {
	alike := map[string]int{}
	for _, p := range all {
		alike[p.Reason]++
	}
	var lines []string
	written := map[string]int{}
	for _, p := range all {
		written[p.Reason]++
		switch left := alike[p.Reason] - maxAlike; {
		case verbose || written[p.Reason] <= maxAlike || left == 1:
			lines = append(lines, "not published: "+p.String())
		case written[p.Reason] == maxAlike+1:
			lines = append(lines, fmt.Sprintf("not published: %d more paths: %s (--verbose names them)", left, p.Reason))
		}
	}
	return lines
}

// summary returns the counts in one line.
func summary(r *publish.Result) string {
	written, removed, changed := 0, 0, 0
	for _, c := range r.Changes {
		switch {
		case c.Removed:
			removed++
		default:
			written++
			changed += min(1, c.Certificates)
		}
	}
	before, publishedWord, removedWord, writtenWord := "", "published", "removed", "written"
	if r.DryRun {
		before, publishedWord, removedWord, writtenWord = "dry run, nothing was written: ", "to publish", "to remove", "to write"
	}
	parts := []string{fmt.Sprintf("%d %s", written, publishedWord), fmt.Sprintf("%d unchanged", max(0, r.Published-changed))}
	if removed > 0 {
		parts = append(parts, fmt.Sprintf("%d %s", removed, removedWord))
	}
	if r.Failed > 0 {
		parts = append(parts, fmt.Sprintf("%d not completely published", r.Failed))
	}
	index := "unchanged"
	if r.IndexWrites > 0 {
		index = fmt.Sprintf("%s %s", count(r.IndexWrites, "part"), writtenWord)
	}
	return fmt.Sprintf("%s%s, %d of them with certificates (%d in all): %s; index: %s",
		before, count(r.Secrets, "secret"), r.Published, r.Certificates, strings.Join(parts, ", "), index)
}
