package check

import (
	"context"
	"time"

	"cert-health/internal/cert"
	"cert-health/internal/reference"
	"cert-health/internal/report"
	"cert-health/internal/verdict"
)

// Comparison is what is known of the source, and what it answered when it was last asked.
type Comparison struct {
	Source    string               // the kind of the source; empty when there is none
	Remedies  verdict.Source       // of the source; nil when there is none
	Knowledge *reference.Knowledge // nil when there is no source
	Answer    reference.Answer     // without its secrets
	// RequestsDay counts the requests of the last 24 hours.
	RequestsDay int
}

// NotCompared is the comparison without a source.
func NotCompared() Comparison {
	return Comparison{Answer: reference.Answer{State: reference.None}}
}

// NotPrepared is the comparison with a source that cannot be asked, because of err.
func NotPrepared(source *reference.Source, err error) Comparison {
	return Comparison{Source: source.Kind, Remedies: source.Remedies, Knowledge: &reference.Knowledge{}, Answer: refused(err.Error())}
}

func refused(reason string) reference.Answer {
	answer := unavailable(reason)
	answer.Refused = reason
	return answer
}

// NotAsked is the comparison with a source that has not been asked yet.
func NotAsked(source *reference.Source, knowledge *reference.Knowledge) Comparison {
	answer := reference.Answer{State: reference.NotAsked}
	return Comparison{Source: source.Kind, Remedies: source.Remedies, Knowledge: knowledge, Answer: answer}
}

// Compared is the comparison with a source that was asked.
func Compared(source *reference.Source, knowledge *reference.Knowledge, answer *reference.Answer) Comparison {
	return Comparison{Source: source.Kind, Remedies: source.Remedies, Knowledge: knowledge, Answer: *answer}
}

func unavailable(reason string) reference.Answer {
	return reference.Answer{State: reference.Unavailable, Error: reason, Problems: []reference.Problem{{Reason: reason}}}
}

// OpenSource returns the configured source for a VM, or nil without one. If err is not nil,
// the source has a kind and a title, and cannot be asked.
func (c *Checker) OpenSource(instance report.Instance, use reference.Use) (*reference.Source, error) {
	return c.Config.OpenSource(instance, use, c.now)
}

// compareOnce asks the configured source.
func (c *Checker) compareOnce(ctx context.Context, instance report.Instance, deployed []cert.Deployed) Comparison {
	source, err := c.OpenSource(instance, reference.Once)
	switch {
	case source == nil:
		return NotCompared()
	case err != nil:
		return NotPrepared(source, err)
	}
	c.progress("reading %s", source.Title)
	ctx, cancel := context.WithTimeout(ctx, source.Timeout)
	defer cancel()
	knowledge, answer := reference.Follow(source, instance.Deployment, nil, time.Now).Ask(ctx, deployed)
	return Compared(source, knowledge, answer)
}

// references are what is known of the deployed certificates; none without a source.
func (c Comparison) references(deployed []cert.Deployed, deployment string) map[cert.Fingerprint]cert.Reference {
	if c.Knowledge == nil {
		return nil
	}
	return c.Knowledge.Resolve(deployed, deployment)
}

// Unanswered tells whether what is known of the source is from before, if anything is known.
func (c Comparison) Unanswered() bool {
	return c.Answer.State == reference.Unavailable || c.Answer.State == reference.NotAsked
}

// describe says what was compared with. Without an answer, the comparison is as old as
// the last answer.
func (c Comparison) describe() report.Source {
	described := report.Source{
		Source: c.Source, State: string(c.Answer.State), CheckedAt: c.Answer.CheckedAt, Error: c.Answer.Error,
		Mode: c.Answer.Access.Mode, MayReadData: c.Answer.Access.ReadData,
		Secrets: c.Answer.Read, Requests: c.Answer.Requests, RequestsDay: c.RequestsDay,
	}
	if c.Remedies != nil {
		described.Name = c.Remedies.Name()
	}
	if c.Unanswered() {
		described.CheckedAt = c.Knowledge.CheckedAt
	}
	return described
}
