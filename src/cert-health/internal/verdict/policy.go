package verdict

import (
	"slices"
	"time"

	"cert-health/internal/cert"
	"cert-health/internal/strict"
)

// Policy says when something is worth a finding.
type Policy struct {
	Thresholds
	Rules  []Rule // all that match apply, later ones over earlier ones
	Ignore []Ignore
}

// Thresholds are durations; a zero one in a Rule leaves what was there.
type Thresholds struct {
	// Expiring and ExpiringSoon are how much time must be left. Both shrink
	// to a part of a certificate's own lifetime: a certificate for a day
	// shall not be called expiring for all of it.
	Expiring     time.Duration `yaml:"expiring"`
	ExpiringSoon time.Duration `yaml:"expiring_soon"`
	// DriftGrace is how long a renewed certificate may wait for its deploy.
	DriftGrace time.Duration `yaml:"drift_grace"`
}

// The parts of the lifetime that bound the two expiry thresholds.
const (
	expiringPart     = 3
	expiringSoonPart = 10
)

const day = 24 * time.Hour

// DefaultThresholds are those that the documentation promises.
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
	Severity   Severity `yaml:"severity"` // OK leaves it
}

// Ignore silences findings within its scope until a date.
type Ignore struct {
	Scope  `yaml:",inline"`
	Reason string      `yaml:"reason"`
	Until  strict.Date `yaml:"until"`
}

// place is what a scope is matched against.
type place struct {
	job     string
	file    string
	line    int
	class   cert.FileClass
	subject *cert.Certificate // nil for what is no certificate
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

// at is the policy's thresholds at one place.
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

// severity is the severity of a finding at one place, as rules have it.
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
