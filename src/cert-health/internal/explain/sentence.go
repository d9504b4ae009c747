package explain

import (
	"fmt"
	"time"

	"cert-health/internal/knowledge"
)

// finish writes the sentence and the steps of a case.
func (x *index) finish(c *Case) {
	if c.Fault == "" {
		c.Sentence = c.groups[0].Symptom.Means
	} else {
		c.Sentence = sentence(c, c.groups[0])
	}
	c.Steps = x.steps(c)
}

// sentence says who refused whom, and why.
func sentence(c *Case, g *Group) string {
	owner, judge := c.parts.owner.name(side(c.As, "its peer")), c.parts.judge.name(side(c.As.Other(), "its peer"))
	shown := fmt.Sprintf("the %s that %s shows", kindWord(c.As), owner)
	if c.parts.owner.several() {
		shown = fmt.Sprintf("the %s that they show", kindWord(c.As))
	}
	if c.ca() {
		shown = fmt.Sprintf("the CA %s of %s", c.Suspects[0].Name, shown)
	}
	refused := fmt.Sprintf("%s refused %s: ", upper(judge), owner)
	switch c.Fault {
	case knowledge.Expired:
		return refused + shown + " has expired."
	case knowledge.NotYetValid:
		return refused + shown + " is not valid yet, or a clock is wrong."
	case knowledge.UnknownCA:
		return fmt.Sprintf("%s refused %s: it does not trust the CA of %s.", upper(judge), owner, shown)
	case knowledge.WrongName:
		return refused + shown + " is not valid for " + orWord(g.Name, "the name that was asked for") + "."
	case knowledge.NoCertificate:
		return refused + "it sent no client certificate."
	case knowledge.WrongUsage:
		return refused + shown + " does not permit this use (extended key usage)."
	case knowledge.WrongKey:
		return fmt.Sprintf("%s has a private key that does not belong to its %s.", upper(owner), kindWord(c.As))
	case knowledge.Revoked:
		return refused + shown + " is revoked."
	case knowledge.ExpiredCRL:
		return refused + judge + " has a revocation list that has expired, or none for this CA."
	case knowledge.Weak:
		return refused + "the key or signature of " + shown + " is too weak."
	case knowledge.Invalid:
		return refused + shown + ", or its chain, breaks a rule."
	case knowledge.Unreadable:
		return fmt.Sprintf("%s cannot load a certificate, key or CA: %s.", upper(owner), orWord(g.File, "the words do not name the file"))
	case knowledge.NotTLS:
		return "One side speaks no TLS, or another version of it: no certificate is at fault."
	}
	if g.Symptom.Whose == knowledge.Either && len(c.Suspects) == 0 {
		return fmt.Sprintf("Handshakes of %s fail: the words do not say which side refuses the other, and why.", judge)
	}
	return refused + "the words do not say what is wrong with " + shown + "."
}

// ca tells whether the certificate at fault is a CA.
func (c *Case) ca() bool { return len(c.Suspects) > 0 && c.Suspects[0].Proven && c.Suspects[0].CA }

// side names a party of which nothing but its side is known.
func side(s knowledge.Side, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return "a " + string(s)
}

func kindWord(s knowledge.Side) string {
	if s == "" {
		return "certificate"
	}
	return string(s) + " certificate"
}

func orWord(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}

// upper begins a sentence. The name of a job keeps its form.
func upper(text string) string {
	switch text {
	case "its peer":
		return "A program"
	case "a client":
		return "A client"
	case "a server":
		return "A server"
	}
	return text
}

// seconds writes the end of a certificate to the second, as logs have it.
func seconds(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") }
