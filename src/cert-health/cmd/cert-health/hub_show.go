package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"cert-health/internal/hubclient"
	"cert-health/internal/report/terminal"
	"cert-health/internal/verdict"
)

func newShow(c console) *cobra.Command {
	f := &hubFlags{console: c}
	cmd := &cobra.Command{
		Use:   "show CERTIFICATE",
		Short: "show one certificate: where it is, what is wrong and what to do",
		Long: `show shows the certificate with an ID, or the beginning of one, as in the last
column of list. A name or a path works too, if only one certificate has it.`,
		Args:    cobra.ExactArgs(1),
		GroupID: hubGroup,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := f.check(); err != nil {
				return err
			}
			client, err := f.client()
			if err != nil {
				return err
			}
			one, err := find(cmd.Context(), client, args[0])
			if err != nil {
				return err
			}
			return f.show(one)
		},
	}
	f.output(cmd, "table", "json")
	return cmd
}

func (f *hubFlags) show(one *hubclient.Certificate) error {
	var err error
	if f.format == "json" {
		err = f.json(one)
	} else {
		err = f.write(func(w io.Writer, style terminal.Style) error { return certificatePage(w, style, one, time.Now()) })
	}
	if err != nil {
		return err
	}
	return f.exceeds(one.Severity)
}

// wholeID is the number of digits of an ID.
const wholeID = 64

// find finds a certificate by its ID, the beginning of one, a name or a path.
func find(ctx context.Context, client *hubclient.Client, word string) (*hubclient.Certificate, error) {
	if len(word) == wholeID || strings.HasPrefix(word, "described-") {
		one, err := client.Certificate(ctx, word)
		if !hubclient.IsNotFound(err) {
			return &one, err
		}
	}
	all, err := client.List(ctx, url.Values{"q": {word}, "limit": {"100"}}, nil)
	if err != nil {
		return nil, err
	}
	id, err := only(all, word)
	if err != nil {
		return nil, err
	}
	one, err := client.Certificate(ctx, id)
	return &one, err
}

// only is the ID of the certificate that a word names. Among several, one whose ID begins with the word,
// or that has exactly the name or the path, comes first.
func only(all *hubclient.Certificates, word string) (string, error) {
	named := exact(all, func(c *hubclient.Certificate) bool { return strings.HasPrefix(c.ID, strings.ToLower(word)) })
	if len(named) == 0 {
		named = exact(all, func(c *hubclient.Certificate) bool { return c.Name == word || at(c, word) })
	}
	if len(named) == 0 {
		named = all.Certificates
	}
	switch {
	case len(named) == 0:
		return "", fmt.Errorf("the hub knows no certificate with %q: cert-health list shows all", word)
	case len(named) == 1 && all.Total <= len(all.Certificates):
		return named[0].ID, nil
	}
	names := make([]string, 0, 5)
	for _, c := range named[:min(len(named), cap(names))] {
		names = append(names, fmt.Sprintf("%s (%s)", short(c.ID), c.Name))
	}
	return "", fmt.Errorf("%d certificates have %q: write the ID of one, such as %s", max(len(named), 2), word, strings.Join(names, ", "))
}

func exact(all *hubclient.Certificates, is func(*hubclient.Certificate) bool) (named []hubclient.Certificate) {
	for i := range all.Certificates {
		if is(&all.Certificates[i]) {
			named = append(named, all.Certificates[i])
		}
	}
	return named
}

func at(c *hubclient.Certificate, path string) bool {
	for _, p := range c.Placements {
		if p.Path == path {
			return true
		}
	}
	return false
}

// page writes paragraphs, and remembers the first error.
type page struct {
	w     io.Writer
	style terminal.Style
	err   error
}

func (p *page) line(format string, values ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format+"\n", values...)
	}
}

func (p *page) entry(word, text string) {
	if text != "" && p.err == nil {
		p.err = terminal.Paragraph(p.w, p.style, word, text)
	}
}

func certificatePage(w io.Writer, style terminal.Style, c *hubclient.Certificate, now time.Time) error {
	p := &page{w: w, style: style}
	p.line("%s: %s", c.Name, stateOf(c))
	p.entry("ID", c.ID)
	p.entry("subject", c.Subject)
	p.entry("issuer", c.Issuer)
	p.entry("serial", c.Serial)
	p.entry("names", strings.Join(c.SANs, ", "))
	p.entry("valid", validity(c, now))
	p.entry("key", c.Key)
	p.entry("signed by", signer(c))
	if c.CA && c.Leaves > 0 {
		p.entry("breaks", count(c.Leaves, "certificate")+" in use if it ends")
	}
	if a := c.Acknowledged; a != nil {
		p.entry("known", fmt.Sprintf("%s acknowledged it until %s: %s", a.By, verdict.Stamp(a.Until), a.Reason))
	}
	p.findings(c.Findings)
	p.placements(c, now)
	p.relations("Other generations", c.Siblings, len(c.Siblings), now)
	p.relations("Signed by it", c.Signs, c.SignsTotal, now)
	return p.err
}

func validity(c *hubclient.Certificate, now time.Time) string {
	if c.NotAfter.IsZero() {
		return ""
	}
	return fmt.Sprintf("%s to %s (%s)", verdict.Stamp(c.NotBefore), verdict.Stamp(c.NotAfter), verdict.Relative(c.NotAfter, now))
}

func signer(c *hubclient.Certificate) string {
	switch {
	case c.SelfSigned:
		return "itself"
	case c.SignerName != "":
		return fmt.Sprintf("%s (%s)", c.SignerName, short(c.Signer))
	}
	return ""
}

func (p *page) findings(all []hubclient.Finding) {
	for _, f := range all {
		p.line("")
		p.entry(f.Severity.String(), f.Message)
		p.entry("at", strings.TrimSpace(f.Source+" "+f.Path))
		p.entry("why", f.Why)
		for i, step := range f.Steps {
			word := ""
			if i == 0 {
				word = "next"
			}
			p.entry(word, step.String())
		}
	}
}

func (p *page) placements(c *hubclient.Certificate, now time.Time) {
	if len(c.Placements) == 0 {
		return
	}
	g := terminal.Grid{Columns: []terminal.Heading{{Title: "SOURCE"}, {Title: "PATH", Shrinks: true, KeepEnd: true}, {Title: "PLACE", Shrinks: true}, {Title: "VERSION", Shrinks: true}, {Title: "STATE"}, {Title: "LAST SEEN"}}}
	for _, at := range c.Placements {
		row := terminal.Row{Severity: verdict.OK, Cells: []string{at.Source, at.Path, at.Place, at.Version, at.State, distance(at.LastSeen, now)}}
		if at.Unseen != "" {
			row.Severity = verdict.Warning
		}
		g.Rows = append(g.Rows, row)
	}
	p.line("")
	if p.err == nil {
		p.err = g.Write(p.w, p.style)
	}
	if c.More > 0 {
		p.line("and %s more", count(c.More, "place"))
	}
	for _, at := range c.Placements {
		p.entry("not seen", at.Unseen)
	}
}

func (p *page) relations(title string, all []hubclient.Relation, total int, now time.Time) {
	const most = 20
	if len(all) == 0 {
		return
	}
	p.line("\n%s:", title)
	for _, r := range all[:min(len(all), most)] {
		p.entry(short(r.ID), fmt.Sprintf("%s, %s, ends %s", r.Name, word(r.State), distance(r.NotAfter, now)))
	}
	if total > most {
		p.line("  and %d more", total-most)
	}
}

var errNoReason = errors.New("--reason is missing: say why no one needs to be reminded")

func newAck(c console) *cobra.Command {
	f := &hubFlags{console: c}
	var until, reason string
	var remove bool
	cmd := &cobra.Command{
		Use:   "ack CERTIFICATE",
		Short: "acknowledge a certificate: no one is reminded of it until a day",
		Long: `ack notes that people know about a certificate. Its findings stay visible, but
the hub reminds no one of them until the day is over.`,
		Example: `  cert-health ack 3f2a9c --until 2027-01-31 --reason "the host is switched off in January"
  cert-health ack 3f2a9c --remove`,
		Args:    cobra.ExactArgs(1),
		GroupID: hubGroup,
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case !remove && until == "":
				return errors.New("--until is missing: write the last day, as in --until 2027-01-31")
			case !remove && strings.TrimSpace(reason) == "":
				return errNoReason
			}
			client, err := f.client()
			if err != nil {
				return err
			}
			one, err := find(cmd.Context(), client, args[0])
			if err != nil {
				return err
			}
			if remove {
				if err := client.Unacknowledge(cmd.Context(), one.ID); err != nil {
					return err
				}
				c.say("%s (%s) is not acknowledged any more", one.Name, short(one.ID))
				return nil
			}
			ack, err := client.Acknowledge(cmd.Context(), one.ID, until, reason)
			if err != nil {
				return err
			}
			c.say("%s (%s) is acknowledged until %s", one.Name, short(one.ID), verdict.Stamp(ack.Until))
			return nil
		},
	}
	cmd.Flags().StringVar(&until, "until", "", "last `DAY`, such as 2027-01-31; at most a year from now")
	cmd.Flags().StringVar(&reason, "reason", "", "`TEXT` that says why")
	cmd.Flags().BoolVar(&remove, "remove", false, "end the acknowledgement")
	f.targetFlag(cmd)
	return cmd
}
