package uplink

import (
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"slices"
	"time"

	"cert-health/internal/report"
)

// Digest is the SHA-256 of a report without what changes although nothing has happened: the times of
// checks, comparisons and handshakes, the counts of requests, and how many hours or less ago
// something was. Without that, each expired certificate would send its report again each minute.
func Digest(r *report.Report) (string, error) {
	timeless := *r
	timeless.CheckedAt, timeless.DurationMS = time.Time{}, 0
	timeless.Reference.CheckedAt, timeless.Reference.Requests, timeless.Reference.RequestsDay = time.Time{}, 0, 0
	timeless.Served = timelessServed(r.Served)
	timeless.Hub = nil // it would change whenever the hub fails to answer
	timeless.Certificates = slices.Clone(r.Certificates)
	for i := range timeless.Certificates {
		timeless.Certificates[i] = timelessCertificate(timeless.Certificates[i])
	}
	timeless.Problems = slices.Clone(r.Problems)
	for i, p := range timeless.Problems {
		timeless.Problems[i].Message, timeless.Problems[i].Why = ageless(p.Message), ageless(p.Why)
	}
	digest := sha256.New()
	if err := timeless.WriteJSON(digest); err != nil {
		return "", err
	}
	return hex.EncodeToString(digest.Sum(nil)), nil
}

func timelessServed(s *report.Served) *report.Served {
	if s == nil {
		return nil
	}
	served := *s
	served.Shown = slices.Clone(s.Shown)
	for i := range served.Shown {
		served.Shown[i].SeenAt = time.Time{}
	}
	return &served
}

func timelessCertificate(c report.Certificate) report.Certificate {
	if c.Served != nil {
		served := *c.Served
		served.SeenAt = time.Time{}
		c.Served = &served
	}
	c.Findings = slices.Clone(c.Findings)
	for i, f := range c.Findings {
		c.Findings[i].Message, c.Findings[i].Why = ageless(f.Message), ageless(f.Why)
	}
	return c
}

var age = regexp.MustCompile(`\b[0-9]+ (second|minute|hour)s?\b`)

// ageless drops the numbers of short spans from a sentence. The time itself stands behind them.
func ageless(sentence string) string { return age.ReplaceAllString(sentence, "$1") }
