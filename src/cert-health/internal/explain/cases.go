package explain

import (
	"cmp"
	"slices"
	"time"

	"cert-health/internal/knowledge"
	"cert-health/internal/survey"
)

// Explain says which certificates the lines of logs are about. s may be nil: then it says which kinds of
// certificates they are about, and where these are.
func Explain(found *Sightings, known *knowledge.Symptoms, s *survey.Survey, now time.Time) *Answer {
	x := newIndex(known, s, now)
	a := &Answer{Unread: found.Unread, UnreadLines: found.Unlisted, Long: found.Long, Merged: found.Merged, Logs: found.Logs, Lines: found.Lines, Bytes: found.Bytes, Surveyed: s != nil}
	for _, p := range found.Unread {
		a.UnreadLines += p.Lines
	}
	for _, g := range exactFirst(found.Groups) {
		if g.Symptom.Seen() {
			x.effect(a, g)
		} else {
			x.word(a, g)
		}
	}
	for _, c := range a.Cases {
		x.finish(c)
	}
	slices.SortStableFunc(a.Cases, worse)
	return a
}

// exactFirst puts the groups that say the most to the front, so that others join their cases: those with an end,
// those with a reason, and at the end what people see.
func exactFirst(groups []*Group) []*Group {
	rank := func(g *Group) int {
		switch {
		case g.Symptom.Seen():
			return 4
		case g.Symptom.Fault == knowledge.NotTLS:
			return 3
		case !g.End.IsZero():
			return 0
		case g.Symptom.Fault == knowledge.Refused || g.Symptom.Fault == knowledge.NoCertificate:
			return 2
		}
		return 1
	}
	list := slices.Clone(groups)
	slices.SortStableFunc(list, func(a, b *Group) int { return rank(a) - rank(b) })
	return list
}

// word adds a group with words of a TLS stack to its case.
func (x *index) word(a *Answer, g *Group) {
	p := x.parties(g)
	list := x.suspects(g, p)
	if g.Symptom.Whose == knowledge.Either {
		p, list = x.either(g, p, list)
	}
	if len(list) > 0 && list[0].proven {
		x.narrow(&p.owner, list[0].certificate)
	}
	c := caseOf(a, g, p, list)
	if c == nil {
		c = &Case{Fault: g.Symptom.Fault, As: p.as, End: g.End, parts: p, Words: g.Words, Log: g.Log}
		c.Suspects = x.described(list)
		if len(list) == 0 {
			c.Kinds = x.kinds(g, p)
		}
		a.Cases = append(a.Cases, c)
	}
	c.parts.owner.join(&p.owner)
	c.parts.judge.join(&p.judge)
	c.count(g)
}

// caseOf is the case that a group belongs to: the same certificate, or the same words about the same sides.
func caseOf(a *Answer, g *Group, p parties, list []suspicion) *Case {
	for _, c := range a.Cases {
		switch {
		case len(list) > 0 && list[0].proven:
			if c.proves(list) {
				return c
			}
		case len(list) == 0 && c.alike(g, p), c.vaguer(g):
			return c
		case len(list) > 0 && (c.Fault == g.Symptom.Fault || g.Symptom.Fault == knowledge.Refused) && (c.As == p.as || p.as == "") && sameSuspects(c, list):
			return c
		}
	}
	return nil
}

// proves tells whether the case has one of the proven suspects.
func (c *Case) proves(list []suspicion) bool {
	for _, s := range list {
		if s.proven && slices.ContainsFunc(c.Suspects, func(own *Suspect) bool { return own.Proven && own.Fingerprint == s.certificate.Fingerprint }) {
			return true
		}
	}
	return false
}

func sameSuspects(c *Case, list []suspicion) bool {
	return slices.EqualFunc(c.Suspects, list[:min(len(list), maxSuspects)], func(own *Suspect, s suspicion) bool { return own.Fingerprint == s.certificate.Fingerprint })
}

// alike tells whether a group that names no certificate says the same as a case: the same end, or the same fault and
// sides. One that names neither an end nor a peer joins what its job says in other lines: a stack trace of Java has several.
func (c *Case) alike(g *Group, p parties) bool {
	if !g.End.IsZero() && g.End.Equal(c.End) {
		return true
	}
	same := c.Fault == g.Symptom.Fault
	if (same || g.Symptom.Fault == knowledge.Refused) && g.End.IsZero() && g.Peer.Host == "" &&
		slices.ContainsFunc(c.groups, func(o *Group) bool { return o.Job == g.Job && o.Symptom.Writer == g.Symptom.Writer }) {
		return true
	}
	return same && len(c.Suspects) == 0 && c.As == p.as && g.End.Equal(c.End) && c.parts.owner.same(&p.owner) && c.parts.judge.same(&p.judge)
}

// vaguer tells whether a group says less than a case: its job refused, or was refused, and does not say whom and why.
// A program that uses OpenSSL or Java writes such a line beside the one that has the reason.
func (c *Case) vaguer(g *Group) bool {
	return g.Symptom.Fault == knowledge.Refused && g.Peer.Host == "" && c.Fault != "" && c.Fault != knowledge.NotTLS && slices.ContainsFunc(c.groups, func(o *Group) bool {
		return o.Job == g.Job && o.Symptom.Writer == g.Symptom.Writer && o.Symptom.Whose == g.Symptom.Whose
	})
}

// either chooses between the two sides of a handshake if the words do not say which one refused: the one whose
// certificate has a fault. Without one there are no suspects.
func (x *index) either(g *Group, p parties, list []suspicion) (parties, []suspicion) {
	if len(list) > 0 && list[0].proven {
		return p, list
	}
	q := parties{as: p.as.Other(), owner: p.judge, judge: p.owner}
	if other := x.suspects(g, q); len(other) > 0 && other[0].proven {
		return q, other
	}
	return p, nil
}

// same tells whether two parties can be one: the same jobs, or none that is known.
func (p *party) same(other *party) bool { return slices.Equal(p.jobs, other.jobs) }

// join adds what another group of a case knows of a party.
func (p *party) join(other *party) {
	switch {
	case len(p.jobs) == 0 && len(other.jobs) > 0, len(p.jobs) == 0 && p.host == "":
		more := p.more
		*p = *other
		p.more = more
	case other.host != "" && p.host != other.host:
		p.more++
	}
}

func (c *Case) count(g *Group) {
	c.groups = append(c.groups, g)
	c.Lines += g.Lines
	if n := g.Symptom.Note; n != "" && !contains(c.Notes, n) && (g.Symptom.Fault == c.Fault) {
		c.Notes = append(c.Notes, n)
	}
	if !g.First.IsZero() && (c.First.IsZero() || g.First.Before(c.First)) {
		c.First = g.First
	}
	if g.Last.After(c.Last) {
		c.Last = g.Last
	}
}

// worse sorts cases: those whose certificate is known, then the others; what is no fault of a certificate last.
func worse(a, b *Case) int {
	rank := func(c *Case) int {
		switch {
		case c.Fault == knowledge.NotTLS:
			return 4
		case len(c.Suspects) > 0 && c.Suspects[0].Proven:
			return 0
		case len(c.Suspects) > 0 && c.Fault != "":
			return 1
		case c.Fault != "":
			return 2
		}
		return 3
	}
	return cmp.Or(rank(a)-rank(b), b.Lines-a.Lines)
}
