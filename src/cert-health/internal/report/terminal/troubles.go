package terminal

import (
	"fmt"
	"slices"
	"strings"

	"cert-health/internal/cert"
	"cert-health/internal/report"
	"cert-health/internal/verdict"
)

// trouble is what is told together: certificates with equal findings, and a CA with what
// stands below it by its issuers' names.
type trouble struct {
	parts []*part
	byKey map[string]*part
}

// part is certificates with equal findings: the same codes and severities, and steps of the same
// shape.
type part struct{ members []*report.Certificate }

// troubles sorts the certificates with findings into troubles, in the order of the report.
func troubles(certificates []report.Certificate) []*trouble {
	families := familiesOf(certificates)
	var list []*trouble
	byKey := map[string]*trouble{}
	for i := range certificates {
		c := &certificates[i]
		if len(c.Findings) == 0 {
			continue
		}
		key := shapeOf(c)
		family := key
		if top := families.top(c); top != nil {
			family = top.Fingerprint
		}
		t := byKey[family]
		if t == nil {
			t = &trouble{byKey: map[string]*part{}}
			byKey[family], list = t, append(list, t)
		}
		t.add(key, c)
	}
	return list
}

func (t *trouble) add(key string, c *report.Certificate) {
	p := t.byKey[key]
	if p == nil {
		p = &part{}
		t.byKey[key], t.parts = p, append(t.parts, p)
	}
	p.members = append(p.members, c)
}

// members are all certificates of the trouble.
func (t *trouble) members() (all []*report.Certificate) {
	for _, p := range t.parts {
		all = append(all, p.members...)
	}
	return all
}

// once tells whether the details have the steps of the trouble in one piece.
func (t *trouble) once() bool {
	all := t.members()
	return len(all) > 1 || !slices.ContainsFunc(all[0].Findings, func(f report.Finding) bool { return f.Next != all[0].Findings[0].Next })
}

// families are the CAs with findings that concern what they issued too, by subject.
type families map[string]*report.Certificate

// inherited are the codes that a CA shares with what it issued.
func inherited() []verdict.Code {
	return []verdict.Code{verdict.Expired, verdict.NotYetValid, verdict.ExpiringSoon, verdict.Expiring, verdict.Stale, verdict.Untrusted}
}

func familiesOf(certificates []report.Certificate) families {
	f := families{}
	for i := range certificates {
		c := &certificates[i]
		if c.Role != cert.Leaf && c.Subject != "" && f[c.Subject] == nil && c.Worst() > verdict.Info && inherits(c) {
			f[c.Subject] = c
		}
	}
	return f
}

func inherits(c *report.Certificate) bool {
	return !slices.ContainsFunc(c.Findings, func(f report.Finding) bool { return !slices.Contains(inherited(), f.Code) })
}

// top is the highest CA with whose trouble the certificate's own is told; nil for a trouble of
// its own.
func (f families) top(c *report.Certificate) *report.Certificate {
	var top *report.Certificate
	if c.Role != cert.Leaf && f[c.Subject] == c {
		top = c
	}
	for range len(f) { // at most: names may form a circle
		above := f[c.Issuer]
		if above == nil || above == c || !inherits(c) {
			return top
		}
		top, c = above, above
	}
	return top
}

// shapeOf is the same for certificates whose findings are told together.
func shapeOf(c *report.Certificate) string {
	shape := []string{fmt.Sprint(c.Role == cert.Leaf)}
	for _, f := range c.Findings {
		shape = append(shape, string(f.Code), f.Severity.String())
		for _, s := range f.Steps {
			shape = append(shape, stepShape(c, s))
		}
		if len(f.Steps) == 0 {
			shape = append(shape, general(c, f.Next))
		}
	}
	return strings.Join(shape, "\x00")
}

// stepShape is the step without what belongs to one certificate.
func stepShape(c *report.Certificate, s verdict.Step) string {
	if len(s.Run) == 0 {
		return general(c, s.Do)
	}
	words := slices.Clone(s.Run)
	if l := loopOf(action{step: step{Step: s}}); l.varying > 0 {
		words[l.varying] = "*"
	}
	for i, word := range words {
		if r := c.Reference; r != nil && (word == r.Path || word == r.Mount+r.Path) {
			words[i] = "*"
		}
	}
	return strings.Join(words, " ")
}
