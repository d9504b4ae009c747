package trust

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"cert-health/internal/survey"
)

// Verb is what a step does.
type Verb string

// The verbs. There are no others.
const (
	Remove Verb = "remove" // takes a CA out of all bundles
	Deploy Verb = "deploy" // gives the files of a group what the stores hold
	Renew  Verb = "renew"  // gives a certificate a new end, with the same key and the same CA
)

// Step is something that somebody may do.
type Step struct {
	Verb   Verb
	Target string
}

// String is the step as ParseStep reads it.
func (s Step) String() string {
	if s.Verb == Remove {
		return "remove CA " + s.Target
	}
	return string(s.Verb) + " " + s.Target
}

var errStep = errors.New(`a step is "remove CA CERTIFICATE", "deploy GROUP" or "renew CERTIFICATE"`)

// ParseStep reads a step: "remove CA X", "deploy GROUP", "renew X".
func ParseStep(text string) (Step, error) {
	verb, target, _ := strings.Cut(strings.TrimSpace(text), " ")
	s := Step{Verb: Verb(strings.ToLower(verb)), Target: strings.TrimSpace(target)}
	if s.Verb == Remove {
		if word, rest, found := strings.Cut(s.Target, " "); found && strings.EqualFold(word, "ca") {
			s.Target = strings.TrimSpace(rest)
		} else if strings.EqualFold(s.Target, "ca") {
			s.Target = ""
		}
	}
	if s.Target == "" || !slices.Contains([]Verb{Remove, Deploy, Renew}, s.Verb) {
		return s, errStep
	}
	return s, nil
}

// Simulate returns what a survey would be after a step: files have changed everywhere where the step changes
// them, and their jobs have restarted. The survey itself stays as it is.
func Simulate(s *survey.Survey, step Step) (*survey.Survey, error) {
	switch step.Verb {
	case Remove:
		return remove(s, step.Target)
	case Deploy:
		return deploy(s, step.Target)
	case Renew:
		return renew(s, step.Target)
	}
	return nil, errStep
}

// changed is a survey in which a function has changed places. It returns nil for an instance that stays.
func changed(s *survey.Survey, change func(*survey.Instance) []survey.Place) (*survey.Survey, int) {
	next, n := *s, 0
	next.Instances = slices.Clone(s.Instances)
	for at, i := range s.Instances {
		places := change(i)
		if places == nil {
			continue
		}
		own := *i
		own.Places = places
		own.Shown = restarted(&own)
		next.Instances[at] = &own
		n++
	}
	return &next, n
}

func remove(s *survey.Survey, target string) (*survey.Survey, error) {
	cas := slices.DeleteFunc(s.Find(target), func(c *survey.Certificate) bool { return !c.CA })
	if len(cas) == 0 {
		return nil, fmt.Errorf("no CA is known by the name %q: write its name, or the beginning of its fingerprint", target)
	}
	if len(cas) > 1 && !sameFingerprint(cas, target) {
		return nil, ambiguousTarget(cas, target)
	}
	next, n := changed(s, func(i *survey.Instance) []survey.Place {
		gone := func(p survey.Place) bool { return p.Trusts() && slices.Contains(cas, p.Certificate) }
		if !slices.ContainsFunc(i.Places, gone) {
			return nil
		}
		return without(i.Places, gone)
	})
	if n == 0 {
		return nil, fmt.Errorf("no bundle holds the CA %s, so that there is nothing to remove", cas[0].Name)
	}
	return next, nil
}

// without are places without those that are gone. A bundle of which nothing is left stays, as one that is empty: it
// is not one that is not known.
func without(places []survey.Place, gone func(survey.Place) bool) (left []survey.Place) {
	for _, p := range places {
		if !gone(p) {
			left = append(left, p)
			continue
		}
		rest := func(q survey.Place) bool { return q.File == p.File && q.Trusts() && !gone(q) }
		told := func(q survey.Place) bool { return q.File == p.File && q.Certificate.Fingerprint == emptyBundle }
		if !slices.ContainsFunc(places, rest) && !slices.ContainsFunc(left, told) {
			p.Certificate = &survey.Certificate{Fingerprint: emptyBundle, Name: emptyBundle, Subject: emptyBundle}
			left = append(left, p)
		}
	}
	return left
}

// emptyBundle stands for the CAs of a bundle that has none.
const emptyBundle = "none"

// sameFingerprint tells whether a target names exactly one certificate.
func sameFingerprint(list []*survey.Certificate, target string) bool {
	return len(list) == 1 || slices.ContainsFunc(list, func(c *survey.Certificate) bool { return c.Fingerprint == target })
}

func ambiguousTarget(list []*survey.Certificate, target string) error {
	var names []string
	for _, c := range list[:min(len(list), 5)] {
		names = append(names, fmt.Sprintf("%s (until %s)", c.Fingerprint[:min(len(c.Fingerprint), 12)], c.NotAfter.UTC().Format("2006-01-02")))
	}
	return fmt.Errorf("%d certificates are called %q: write the beginning of the fingerprint of one: %s", len(list), target, strings.Join(names, ", "))
}

func renew(s *survey.Survey, target string) (*survey.Survey, error) {
	list := slices.DeleteFunc(s.Find(target), func(c *survey.Certificate) bool { return c.NotBefore.IsZero() })
	switch {
	case len(list) == 0:
		return nil, fmt.Errorf("no certificate is known by the name %q: write its name, or the beginning of its fingerprint", target)
	case len(list) > 1:
		return nil, ambiguousTarget(list, target)
	}
	old := list[0]
	renewed := *old
	renewed.Fingerprint = "renewed-" + old.Fingerprint
	renewed.NotBefore, renewed.NotAfter = s.At, s.At.Add(old.NotAfter.Sub(old.NotBefore))
	next, _ := changed(s, func(i *survey.Instance) []survey.Place {
		if !slices.ContainsFunc(i.Places, func(p survey.Place) bool { return p.Certificate == old }) {
			return nil
		}
		places := slices.Clone(i.Places)
		for n := range places {
			if places[n].Certificate == old {
				places[n].Certificate = &renewed
			}
		}
		return places
	})
	next.Certificates = append(slices.Clone(s.Certificates), &renewed)
	return next, nil
}
