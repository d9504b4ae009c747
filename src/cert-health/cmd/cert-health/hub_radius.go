//go:build !vm

package main

import (
	"context"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"
	"time"

	"cert-health/internal/hubclient"
	"cert-health/internal/knowledge"
	"cert-health/internal/report/terminal"
	"cert-health/internal/survey"
	"cert-health/internal/trust"
	"cert-health/internal/verdict"
)

// showFlags are the flags of show.
type showFlags struct{ edgeFlags }

// radiusTime bounds how long show waits for the survey: the page of the certificate is complete without it.
const radiusTime = time.Minute

// radiusOf is what uses a certificate of the hub; nil if it is on no instance, or if the hub cannot tell.
func (f *showFlags) radiusOf(ctx context.Context, client *hubclient.Client, one *hubclient.Certificate) *trust.Radius {
	if len(one.Fleet) == 0 {
		return nil
	}
	edges, err := knowledge.LoadEdges(f.knowledge)
	if err != nil {
		f.console.say("--knowledge: %v", err)
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, radiusTime)
	defer cancel()
	s, err := client.Survey(ctx, url.Values{})
	if err != nil {
		f.console.say("not seen: what uses the certificate: %v", err)
		return nil
	}
	at := slices.IndexFunc(s.Certificates, func(c *survey.Certificate) bool { return c.Fingerprint == one.ID })
	if at < 0 {
		return nil
	}
	return trust.New(s, slices.Concat(edges, trust.Learn(s, edges))).Radius(s.Certificates[at])
}

// showReported shows a certificate of reports.
func (f *showFlags) showReported(ctx context.Context, word string) error {
	s, edges, err := f.known(ctx)
	if err != nil {
		return err
	}
	found := s.Find(word)
	switch len(found) {
	case 0:
		return fmt.Errorf("no report has a certificate %q: write its name, or the beginning of its fingerprint", word)
	case 1:
	default:
		var names []string
		for _, c := range found[:min(len(found), 5)] {
			names = append(names, fmt.Sprintf("%s (until %s)", short(c.Fingerprint), verdict.Stamp(c.NotAfter)))
		}
		return fmt.Errorf("%d certificates have %q: write the ID of one, such as %s", len(found), word, strings.Join(names, ", "))
	}
	radius := trust.New(s.Survey, edges).Radius(found[0])
	if f.format == "json" {
		err = f.json(radius)
	} else {
		err = f.write(func(w io.Writer, style terminal.Style) error {
			p := &page{w: w, style: style}
			p.reported(found[0], s.At)
			if p.err != nil {
				return p.err
			}
			return radiusPage(w, style, radius, s.At)
		})
	}
	if err != nil {
		return err
	}
	if !found[0].Usable(s.At) {
		return f.exceeds(verdict.Critical)
	}
	return nil
}

// reported writes what a report has of a certificate.
func (p *page) reported(c *survey.Certificate, now time.Time) {
	p.line("%s", c.Name)
	p.entry("ID", c.Fingerprint)
	p.entry("subject", c.Subject)
	p.entry("issuer", c.Issuer)
	p.entry("serial", c.Serial)
	p.entry("names", strings.Join(c.SANs, ", "))
	p.entry("valid", fmt.Sprintf("until %s (%s)", verdict.Stamp(c.NotAfter), verdict.Relative(c.NotAfter, now)))
	p.entry("key", c.Key)
}

// maxUses is how many uses of one kind are shown in full.
const maxUses = 5

// radiusPage writes what uses a certificate, and what ends with it.
func radiusPage(w io.Writer, style terminal.Style, r *trust.Radius, now time.Time) error {
	if r == nil {
		return nil
	}
	p := &page{w: w, style: style}
	p.line("\nWhat stops with it:")
	p.entry("where", groupsOf(r.Groups))
	p.uses("server", r.Server)
	p.uses("client", r.Client)
	p.uses("trusts", r.Trusts)
	if len(r.Jobs) > 0 {
		p.entry("unknown", "no connection is known that uses it in "+strings.Join(r.Jobs, ", "))
	}
	p.below(r.Leaves, now)
	return p.err
}

// uses writes the edges of one kind.
func (p *page) uses(word string, list []trust.Use) {
	for i, u := range list {
		if i == maxUses && !p.style.Verbose {
			p.entry("", fmt.Sprintf("and %s more: see --verbose", count(len(list)-i, "connection")))
			return
		}
		text := fmt.Sprintf("%s to %s, on %s. %s", u.From, u.To, groupsOf(u.Groups), u.Breaks)
		if u.Learned != "" {
			text = fmt.Sprintf("%s to %s, on %s (%s)", u.From, u.To, groupsOf(u.Groups), u.Learned)
		}
		if u.Alone {
			text += " (The other side is not seen.)"
		}
		p.entry(word, text)
		if word != "trusts" {
			p.entry("goes on", u.Survives)
		}
	}
}

// below writes the leaves below a CA.
func (p *page) below(list []trust.Below, now time.Time) {
	if len(list) == 0 {
		return
	}
	p.line("\n%s below it, deployed:", count(len(list), "leaf certificate"))
	shown := list
	if !p.style.Verbose {
		shown = list[:min(len(list), maxRows)]
	}
	g := terminal.Grid{Columns: []terminal.Heading{{Title: "ENDS"}, {Title: "LEAF", Shrinks: true}, {Title: "WHERE", Shrinks: true}, {Title: ""}}}
	for _, b := range shown {
		with := ""
		if b.WithCA {
			with = "with the CA"
		}
		g.Rows = append(g.Rows, terminal.Row{Cells: []string{distance(b.Ends, now), b.Leaf.Name, groupsOf(b.Groups), with}})
	}
	p.grid(g)
	if more := len(list) - len(shown); more > 0 {
		p.line("and %s more: see --verbose", count(more, "leaf certificate"))
	}
}
