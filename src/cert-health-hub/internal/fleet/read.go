package fleet

import (
	"strings"
	"unique"

	"cert-health/internal/report"
	"cert-health/internal/verdict"
)

// Read takes from a report what a view needs.
func Read(r *report.Report) *Member {
	m := &Member{held: make([]held, len(r.Certificates))}
	ignored := ignoredOf(r)
	title := sourceTitle(r.Reference)
	for i := range r.Certificates {
		c := &r.Certificates[i]
		h := &m.held[i]
		h.fact = unique.Make(factOf(c))
		h.files = unique.Make(filesOf(c.Locations))
		if c.Reference != nil {
			h.relation = unique.Make(relationOf(c.Reference, title))
		}
		h.flags = ignored[c.Fingerprint] | found(c)
		if c.Served != nil {
			h.serves = c.Served.State == report.Loaded
			if p, known := olderOf(c.Served, r.Served); known {
				h.older = unique.Make(p)
			}
		}
		if a := adviceOf(c.Findings); a != (advice{}) {
			h.advice = unique.Make(a)
		}
	}
	return m
}

func sourceTitle(s report.Source) string {
	switch {
	case s.Name != "":
		return s.Name
	case s.Source == "vault":
		return "Vault"
	}
	return s.Source
}

// maxText bounds each text of a report that is kept.
const maxText = 512

// short cuts a long string.
func short(text string) string {
	if len(text) > maxText {
		return strings.ToValidUTF8(text[:maxText], "")
	}
	return text
}

func factOf(c *report.Certificate) fact {
	return fact{print: strings.ToLower(c.Fingerprint), name: report.Printable(short(c.Name)), role: c.Role, notBefore: unix(c.NotBefore), notAfter: unix(c.NotAfter),
		identity: unique.Make(reportIdentity(c))}
}

func relationOf(r *report.Reference, title string) relation {
	return relation{state: r.State, title: title, path: short(r.Mount + r.Path), key: short(r.Key), deployed: r.DeployedVersion,
		current: r.CurrentVersion, since: unix(r.Since), notAfter: unix(r.NotAfter)}
}

// maxPlaces bounds the places of one certificate that are kept.
const maxPlaces = 100

// filesOf has a line for each place: the file, a tab, and the place for people.
func filesOf(locations []report.Location) string {
	var text strings.Builder
	for i, l := range locations {
		if i == maxPlaces {
			break
		}
		if i > 0 {
			text.WriteByte('\n')
		}
		text.WriteString(oneLine(l.File) + "\t" + oneLine(l.Place()))
	}
	return text.String()
}

// oneLine escapes what separates places.
func oneLine(text string) string { return report.Printable(short(text)) }

// found are the findings of the agent.
func found(c *report.Certificate) (all flags) {
	for _, f := range c.Findings {
		if f.Severity == verdict.Info {
			continue // within its grace, or a suspicion
		}
		switch f.Code {
		case verdict.Expired, verdict.NotYetValid:
			all |= foundExpired
		case verdict.ExpiringSoon:
			all |= foundExpiringSoon
		case verdict.Expiring:
			all |= foundExpiring
		case verdict.Stale:
			all |= foundStale
		case verdict.Unexpected:
			all |= foundUnexpected
		}
	}
	return all
}

// ignoredOf are the findings that the agent was told to ignore, by fingerprint.
func ignoredOf(r *report.Report) map[string]flags {
	all := map[string]flags{}
	for _, i := range r.Ignored {
		switch i.Code {
		case verdict.Expired, verdict.Expiring, verdict.ExpiringSoon, verdict.NotYetValid:
			all[i.Fingerprint] |= ignoresDates
		case verdict.Stale, verdict.Unexpected:
			all[i.Fingerprint] |= ignoresDrift
		case verdict.NotLoaded:
			all[i.Fingerprint] |= ignoresLoading
		}
	}
	return all
}

// olderOf finds the process that serves an older version than its files hold.
func olderOf(s *report.ServedSummary, all *report.Served) (process, bool) {
	if s.State != report.NotLoaded {
		return process{}, false
	}
	p := process{number: s.Version, notAfter: unix(s.NotAfter)}
	if all == nil {
		return p, true
	}
	for _, shown := range all.Shown {
		if shown.State != report.NotLoaded || !shown.NotAfter.Equal(s.NotAfter) {
			continue
		}
		for _, address := range s.Addresses {
			if shown.Address == address {
				p.print, p.name, p.job = strings.ToLower(shown.Fingerprint), short(shown.Process), short(shown.Job)
				return p, true
			}
		}
	}
	return p, true
}
