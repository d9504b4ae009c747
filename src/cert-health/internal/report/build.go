package report

import (
	"time"

	"cert-health/internal/alert"
	"cert-health/internal/budget"
	"cert-health/internal/cert"
	"cert-health/internal/verdict"
)

// Contents are the data from which a report is built.
type Contents struct {
	Instance   Instance
	CheckedAt  time.Time
	Duration   time.Duration
	Source     Source
	Files      Files
	Deployed   []cert.Deployed
	References map[cert.Fingerprint]cert.Reference
	Judgements []verdict.Judgement // one for each of Deployed
	Looked     bool                // handshakes were made
	Listeners  int                 // listening sockets
	Served     []verdict.ServedState
	Problems   []verdict.Problem
	Ignored    []verdict.IgnoredProblem
	Exceeded   []budget.Excess // by the verdict
}

// Files counts files by result.
type Files struct{ With, Without, Unreadable int }

// Build builds the report. The worst certificates come first, and each CA before what it signed.
func Build(c Contents) *Report {
	r := &Report{
		Schema:       Schema,
		Instance:     c.Instance,
		CheckedAt:    seconds(c.CheckedAt),
		DurationMS:   c.Duration.Milliseconds(),
		Reference:    c.Source,
		Certificates: make([]Certificate, len(c.Deployed)),
		Problems:     []Problem{},
		exceeded:     c.Exceeded,
	}
	r.Reference.CheckedAt = seconds(r.Reference.CheckedAt)
	for i, deployed := range c.Deployed {
		r.Certificates[i] = certificate(deployed, c.References, c.Judgements[i])
		for _, ignored := range c.Judgements[i].Ignored {
			r.Ignored = append(r.Ignored, Ignored{
				Code: ignored.Code, Fingerprint: r.Certificates[i].Fingerprint, Subject: deployed.Certificate.Subject,
				Locations: locations(ignored.Locations), Reason: ignored.Reason, Until: ignored.Until,
			})
		}
	}
	for _, p := range c.Problems {
		r.Problems = append(r.Problems, problemOf(p))
	}
	for _, p := range c.Ignored {
		r.Ignored = append(r.Ignored, Ignored{Code: p.Code, Subject: p.About, Reason: p.Reason, Until: p.Until,
			Locations: []Location{{Job: p.Job, File: p.File, Line: p.Line}}})
	}
	r.addServed(c)
	r.sort()
	r.summarize(c.Files)
	return r
}

func certificate(deployed cert.Deployed, references map[cert.Fingerprint]cert.Reference, judgement verdict.Judgement) Certificate {
	c := deployed.Certificate
	entry := Certificate{
		Name:        c.Name(),
		Fingerprint: c.Fingerprint.String(),
		Subject:     c.Subject,
		Issuer:      c.Issuer,
		Serial:      c.Serial,
		SANs:        append([]string{}, c.SANs...),
		NotBefore:   seconds(c.NotBefore),
		NotAfter:    seconds(c.NotAfter),
		Key:         c.KeyName(),
		Signature:   c.SignatureAlgorithm.String(),
		Usages:      c.ExtKeyUsage,
		KeyID:       c.KeyID, AuthorityKeyID: c.AuthorityKeyID,
		Role:      deployed.Role,
		Locations: locations(deployed.Locations),
		Findings:  []Finding{},
	}
	if reference, known := references[c.Fingerprint]; known {
		entry.Reference = relation(reference)
	}
	entry.LastSeen = entry.lastSeen()
	for _, finding := range judgement.Findings {
		entry.Findings = append(entry.Findings, findingOf(finding))
		if !entry.LastSeen.IsZero() {
			entry.Findings[len(entry.Findings)-1].Message += lastSeenAt(entry.LastSeen)
		}
	}
	return entry
}

// lastSeenWords begin the end of the message of a finding that is kept.
const lastSeenWords = " (last seen "

func lastSeenAt(t time.Time) string { return lastSeenWords + verdict.Stamp(t) + ")" }

// lastSeen is the value of LastSeen.
func (c *Certificate) lastSeen() time.Time {
	var last time.Time
	for _, l := range c.Locations {
		if l.LastSeen.IsZero() {
			return time.Time{}
		}
		last = later(last, l.LastSeen)
	}
	return last
}

func findingOf(f verdict.Finding) Finding {
	return Finding{Code: f.Code, Severity: f.Severity, Message: f.Message, Why: f.Why, Next: verdict.Join(f.Steps), Steps: f.Steps}
}

func problemOf(p verdict.Problem) Problem {
	return Problem{Code: p.Code, Severity: p.Severity, About: p.About, Job: p.Job, File: p.File, Line: p.Line,
		Message: p.Message, Why: p.Why, Next: verdict.Join(p.Steps), Steps: p.Steps}
}

// Worst is the severity of the certificate's gravest finding.
func (c *Certificate) Worst() verdict.Severity {
	worst := verdict.OK
	for _, finding := range c.Findings {
		worst = max(worst, finding.Severity)
	}
	return worst
}

func relation(r cert.Reference) *Reference {
	relation := &Reference{
		State: r.State, Mount: r.Mount, Path: r.Path, Key: r.Key,
		DeployedVersion: r.DeployedVersion, CurrentVersion: r.CurrentVersion,
		Since: seconds(r.Since), Candidates: r.Candidates,
		LastSeen: seconds(r.LastSeen),
	}
	if r.Current != nil {
		relation.NotAfter = seconds(r.Current.NotAfter)
		relation.Fingerprint = r.Current.Fingerprint.String()
	}
	return relation
}

func locations(places []cert.Location) []Location {
	list := make([]Location, len(places))
	for i, place := range places {
		list[i] = Location{Job: place.Job, File: place.File, Line: place.Line, Alias: place.Alias, Form: place.Form, Class: place.Class, SentWithLeaf: place.SentWithLeaf, LastSeen: seconds(place.LastSeen)}
	}
	return list
}

func (r *Report) summarize(files Files) {
	r.Summary = Summary{
		Files: files.With + files.Without + files.Unreadable,
		With:  files.With, Without: files.Without, Unreadable: files.Unreadable,
		Certificates: len(r.Certificates),
		ByCode:       map[verdict.Code]int{},
	}
	count := func(code verdict.Code, severity verdict.Severity) {
		r.Summary.ByCode[code]++
		r.Summary.Worst = max(r.Summary.Worst, severity)
	}
	for _, c := range r.Certificates {
		r.Summary.Placements += len(c.Locations)
		for _, finding := range c.Findings {
			count(finding.Code, finding.Severity)
		}
	}
	for _, problem := range r.Problems {
		count(problem.Code, problem.Severity)
		if class, ok := problem.Code.AlertClass(problem.Severity); ok && class == alert.Unverified {
			r.Summary.Unverified++
		}
	}
}

// seconds drops fractions of seconds, which certificates do not have.
func seconds(t time.Time) time.Time { return t.UTC().Truncate(time.Second) }
