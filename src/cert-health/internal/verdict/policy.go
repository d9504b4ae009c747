package verdict

import (
	"slices"
	"time"

	"cert-health/internal/cert"
	"cert-health/internal/strict"
)

// Policy says when a fault becomes a finding.
type Policy struct {
	Thresholds
	Rules  []Rule // all that match apply, later ones over earlier ones
	Ignore []Ignore
}

// Thresholds are durations. In a Rule, zero leaves the value unchanged.
type Thresholds struct {
	// Expiring and ExpiringSoon are remaining lifetimes. Both are limited to a part of the
	// certificate's own lifetime, so that a certificate for one day is not always expiring.
	Expiring     time.Duration `yaml:"expiring"`
	ExpiringSoon time.Duration `yaml:"expiring_soon"`
	// DriftGrace is how long drift is information before it becomes an error.
	DriftGrace time.Duration `yaml:"drift_grace"`
}

// The parts of the lifetime that limit the two thresholds.
const (
	expiringPart     = 3
	expiringSoonPart = 10
)

const day = 24 * time.Hour

// DefaultThresholds are the documented defaults.
func DefaultThresholds() Thresholds {
	return Thresholds{Expiring: 30 * day, ExpiringSoon: 7 * day, DriftGrace: day}
}

// Scope selects findings; an empty field selects all.
type Scope struct {
	Job     string `yaml:"job"`     // glob
	File    string `yaml:"file"`    // glob over the absolute path
	Subject string `yaml:"subject"` // glob over the common name or the whole subject
	Codes   []Code `yaml:"codes"`
}

// Rule changes thresholds, or the severity of findings, within its scope.
type Rule struct {
	Scope      `yaml:",inline"`
	Thresholds `yaml:",inline"`
	Severity   Severity `yaml:"severity"` // OK leaves the severity unchanged
}

// Ignore silences findings within its scope until a date.
type Ignore struct {
	Scope  `yaml:",inline"`
	Reason string      `yaml:"reason"`
	Until  strict.Date `yaml:"until"`
}

// place is matched against a scope.
type place struct {
	job     string
	file    string
	line    int
	class   cert.FileClass
	sent    bool              // with a leaf: nothing trusts a CA here
	whole   bool              // the certificates of the file belong together
	subject *cert.Certificate // nil for a problem
}

// placeOf is the place of a certificate at one of its locations.
func placeOf(l cert.Location, c *cert.Certificate) place {
	return place{job: l.Job, file: l.File, line: l.Line, class: l.Class, sent: l.SentWithLeaf, whole: l.Form.WholeFile(), subject: c}
}

func (s Scope) covers(p place) bool {
	return matches(s.Job, p.job) && matches(s.File, p.file) && s.coversSubject(p.subject)
}

func (s Scope) coversSubject(c *cert.Certificate) bool {
	if s.Subject == "" {
		return true
	}
	return c != nil && (strict.Match(s.Subject, c.CommonName) || strict.Match(s.Subject, c.Subject))
}

func (s Scope) coversCode(code Code) bool {
	return len(s.Codes) == 0 || slices.Contains(s.Codes, code)
}

func matches(pattern, name string) bool { return pattern == "" || strict.Match(pattern, name) }

// at returns the thresholds at one place.
func (p *Policy) at(where place) Thresholds {
	thresholds := p.Thresholds
	for _, rule := range p.Rules {
		if rule.covers(where) {
			thresholds.Expiring = override(thresholds.Expiring, rule.Expiring)
			thresholds.ExpiringSoon = override(thresholds.ExpiringSoon, rule.ExpiringSoon)
			thresholds.DriftGrace = override(thresholds.DriftGrace, rule.DriftGrace)
		}
	}
	return thresholds
}

func override(value, with time.Duration) time.Duration {
	if with != 0 {
		return with
	}
	return value
}

// severity returns the severity of a finding at one place, after the rules.
func (p *Policy) severity(code Code, severity Severity, where place) Severity {
	for _, rule := range p.Rules {
		if rule.Severity != OK && rule.coversCode(code) && rule.covers(where) {
			severity = rule.Severity
		}
	}
	return severity
}

// ignored returns the rule that silences a finding at one place, or nil.
func (p *Policy) ignored(code Code, where place, now time.Time) *Ignore {
	for i := range p.Ignore {
		ignore := &p.Ignore[i]
		if now.Before(ignore.Until.End) && ignore.coversCode(code) && ignore.covers(where) {
			return ignore
		}
	}
	return nil
}
