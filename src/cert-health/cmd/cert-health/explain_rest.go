package main

import (
	"fmt"
	"strings"

	"cert-health/internal/explain"
	"cert-health/internal/explain/logs"
)

// kinds writes the kinds of certificates that can be at fault, where no certificate is found.
func (p *page) kinds(c *explain.Case) {
	which := "a certificate that is not known"
	if !c.End.IsZero() {
		which = "the certificate that ended at " + c.End.UTC().Format("2006-01-02 15:04:05 UTC")
	}
	if len(c.Kinds) == 0 {
		p.entry("which", which+", "+seenIn(c))
		return
	}
	if len(c.Kinds) == 1 {
		p.entry("which", kind(c.Kinds[0])+ending(c)+", "+seenIn(c))
		p.entry("where", kindPlaces(c.Kinds[0], maxFiles))
		return
	}
	p.entry("which", "one of these"+ending(c)+", "+seenIn(c))
	for _, k := range c.Kinds[:min(len(c.Kinds), maxKinds)] {
		p.entry("", kind(k)+"; "+kindPlaces(k, 1))
	}
	if more := len(c.Kinds) - maxKinds; more > 0 {
		p.entry("", fmt.Sprintf("or %d more", more))
	}
}

// The most that is shown of the kinds of certificates, and of the files of one.
const (
	maxKinds = 4
	maxFiles = 3
)

// ending says when the certificate ended, if the words do.
func ending(c *explain.Case) string {
	if c.End.IsZero() {
		return ""
	}
	return ", the one that ended at " + c.End.UTC().Format("2006-01-02 15:04:05 UTC")
}

func kind(k explain.Kind) string {
	text := k.Name
	if k.As != "" {
		text += ", as " + string(k.As)
	}
	if k.Because != "" {
		text += ": " + k.Because
	}
	return text
}

func kindPlaces(k explain.Kind, most int) string {
	var files []string
	for _, f := range k.Files[:min(len(k.Files), most)] {
		if !strings.HasPrefix(f, "/") {
			f = "/var/vcap/jobs/" + f
		}
		files = append(files, f)
	}
	text := strings.Join(k.Groups[:min(len(k.Groups), 4)], ", ")
	if len(files) > 0 {
		text += ": " + strings.Join(files, ", ")
	}
	return strings.TrimPrefix(text, ": ")
}

// notUnderstood counts the lines that may be about certificates and whose words are not known.
func (p *page) notUnderstood(a *explain.Answer) {
	if a.UnreadLines == 0 {
		return
	}
	p.line("%s may be about TLS or certificates, in words that are not known:", count(a.UnreadLines, "line"))
	most := maxPatterns
	if p.style.Verbose {
		most = len(a.Unread)
	}
	for _, u := range a.Unread[:min(len(a.Unread), most)] {
		p.entry(fmt.Sprintf("%d x", u.Lines), u.Text+in(u.Log))
	}
	if more := len(a.Unread) - most; more > 0 {
		p.line("  and %s; --verbose shows them.", count(more, "more pattern"))
	}
}

// unreadLogs names what could not be read.
func (p *page) unreadLogs(problems []logs.Problem) {
	most := maxUnread
	if p.style.Verbose {
		most = len(problems)
	}
	for _, problem := range problems[:min(len(problems), most)] {
		p.line("not read: %s: %s", problem.Log, problem.Reason)
	}
	if more := len(problems) - most; more > 0 {
		p.line("not read: %s; --verbose names them", count(more, "more log"))
	}
}
