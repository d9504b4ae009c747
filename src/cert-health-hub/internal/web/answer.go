package web

import (
	"fmt"
	"strings"
	"time"

	"cert-health/hub/internal/inventory"
	"cert-health/internal/explain"
	"cert-health/internal/verdict"
)

// answer is what a log says about certificates.
type answer struct {
	Sentence string
	State    string
	Cases    []logCase
	More     int
	Unread   []explain.Pattern
	Lines    int // that are not understood
	Read     string
}

// logCase is one fault of one certificate.
type logCase struct {
	Sentence string
	State    string
	Which    []suspect
	Others   []suspect
	Kinds    []string
	Lines    string
	Effects  []string
	Notes    []string
	Steps    []verdict.Step
	Words    string
}

// suspect is a certificate that can be at fault.
type suspect struct {
	Name, URL, Words string
	Where            []string
	Store            []string
	Because          string
}

// How much of an answer is shown. The API has all.
const (
	mostCases    = 20
	mostSuspects = 8
	mostUnread   = 20
)

func answerOf(a *explain.Answer, now time.Time) *answer {
	of := &answer{Read: plural(int(a.Lines), "line") + " read", Lines: a.UnreadLines, Unread: a.Unread[:min(mostUnread, len(a.Unread))], More: max(0, len(a.Cases)-mostCases)}
	for _, c := range a.Cases[:min(mostCases, len(a.Cases))] {
		of.Cases = append(of.Cases, caseOf(c, now))
	}
	switch {
	case len(of.Cases) > 0:
		of.State, of.Sentence = of.Cases[0].State, of.Cases[0].Sentence
	case of.Lines > 0:
		of.State, of.Sentence = "unverified", "No line has words that the hub knows; "+plural(of.Lines, "line")+" may be about certificates."
	default:
		of.State, of.Sentence = "ok", "No line is about TLS or certificates."
	}
	return of
}

func caseOf(c *explain.Case, now time.Time) logCase {
	of := logCase{Sentence: capital(long(c.Sentence)), State: "broken", Steps: c.Steps, Notes: sentences(c.Notes), Words: c.Words, Lines: seenWords(c)}
	for i, s := range c.Suspects[:min(mostSuspects, len(c.Suspects))] {
		if i == 0 || s.Proven {
			of.Which = append(of.Which, suspectOf(s, now))
		} else {
			of.Others = append(of.Others, suspectOf(s, now))
		}
	}
	if len(c.Suspects) > 0 && c.Suspects[0].Proven {
		of.State = "expired"
	}
	for _, k := range c.Kinds {
		of.Kinds = append(of.Kinds, k.Name+inWords(" in ", k.Files)+inWords(" on ", k.Groups))
	}
	for _, e := range c.Effects {
		of.Effects = append(of.Effects, upper(long(e.Means))+" ("+plural(e.Lines, "line")+": "+long(e.Words)+")")
	}
	return of
}

func inWords(before string, list []string) string {
	if len(list) == 0 {
		return ""
	}
	return before + strings.Join(list[:min(3, len(list))], ", ")
}

// seenWords says in how many lines it is, and when.
func seenWords(c *explain.Case) string {
	words := "in " + plural(c.Lines, "line")
	switch {
	case c.First.IsZero():
	case c.Last.Sub(c.First) < time.Minute:
		words += " at " + moment(c.First)
	default:
		words += " from " + moment(c.First) + " to " + moment(c.Last)
	}
	return words
}

func suspectOf(s *explain.Suspect, now time.Time) suspect {
	of := suspect{Name: s.Name, URL: certificateURL(inventory.ID(s.Fingerprint)), Words: s.State, Because: s.Because}
	if !s.NotAfter.IsZero() {
		of.Words += ", until " + moment(s.NotAfter)
	}
	for _, w := range s.Where {
		name := strings.Trim(w.Deployment+"/"+w.Group, "/")
		of.Where = append(of.Where, fmt.Sprintf("%s: %s%s", name, plural(w.Instances, "VM"), inWords(": ", w.Files)))
	}
	if s.InMemory > 0 {
		of.Where = append(of.Where, "in processes of "+plural(s.InMemory, "VM")+" only: no file has it any more")
	}
	for _, at := range s.Store {
		of.Store = append(of.Store, storedWords(at, now))
	}
	return of
}

func storedWords(s explain.Stored, now time.Time) string {
	words := s.Path
	if s.Store != "" {
		words = s.Store + ": " + words
	}
	switch {
	case s.Same:
		words += ": the same certificate"
	case !s.Since.IsZero():
		words += ": renewed " + relative(now, s.Since)
	default:
		words += ": another certificate"
	}
	if s.Version > 0 {
		words += fmt.Sprintf(" (version %d)", s.Version)
	}
	return words
}
