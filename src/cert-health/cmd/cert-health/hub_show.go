//go:build !vm

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"cert-health/internal/hubclient"
	"cert-health/internal/report/terminal"
	"cert-health/internal/trust"
	"cert-health/internal/verdict"
)

func newShow(c console) *cobra.Command {
	f := &showFlags{}
	f.console = c
	cmd := &cobra.Command{
		Use:   "show CERTIFICATE",
		Short: "show one certificate: where it is, what is wrong and what to do",
		Long: `show shows the certificate with an ID, or the beginning of one, as in the last
column of list. A name or a path works too, if only one certificate has it. If
agents report to the hub, it shows on which instances the certificate is, which
of them do not have the current version yet, and what uses it: the connections
that stop when it ends, and of a CA the leaves below it.

With --report it needs no hub: it shows what the reports have.`,
		Example: `  cert-health show rep-server
  cert-health show 7bc36bdb0587 --report reports/`,
		Args:    oneArgument,
		GroupID: hubGroup,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(f.reports) > 0 {
				return f.showReported(cmd.Context(), args[0])
			}
			return f.showOne(cmd.Context(), args[0])
		},
	}
	f.flags(cmd)
	return cmd
}

// showOne shows a certificate of the hub.
func (f *showFlags) showOne(ctx context.Context, word string) error {
	if err := f.check(); err != nil {
		return err
	}
	client, err := f.client()
	if errors.Is(err, errNoHub) {
		return fmt.Errorf("%w, or name reports of VMs with --report", err)
	}
	if err != nil {
		return err
	}
	one, err := find(ctx, client, word)
	if err != nil {
		return err
	}
	found := f.radiusOf(ctx, client, one)
	if f.format == "json" {
		err = f.json(struct {
			*hubclient.Certificate
			Radius *trust.Radius `json:"radius,omitempty"`
		}{one, found})
	} else {
		err = f.write(func(w io.Writer, style terminal.Style) error {
			return errors.Join(certificatePage(w, style, one, time.Now()), radiusPage(w, style, found, time.Now()))
		})
	}
	if err != nil {
		return err
	}
	worst := one.Severity
	for i := range one.Fleet {
		worst = max(worst, one.Fleet[i].Severity)
	}
	return f.exceeds(worst)
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
	p.fleet(c, now)
	p.relations("Other generations", c.Siblings, len(c.Siblings), now)
	p.relations("Signed by it", c.Signs, c.SignsTotal, now)
	return p.err
}

// maxRows is how many rows of the fleet are shown in full.
const maxRows = 10

// fleet writes on which instances the certificate is, and which lag behind.
func (p *page) fleet(c *hubclient.Certificate, now time.Time) {
	for i := range c.Fleet[:min(len(c.Fleet), maxRows)] {
		r := &c.Fleet[i]
		p.line("\nOn the instances of %s: %s", r.Deployment, word(r.State))
		if r.Severity >= verdict.Warning {
			p.finding(hubclient.Finding{Severity: r.Severity, Message: r.Message, Why: r.Why, Steps: r.Steps})
		}
		p.entry("current", spread(r))
		for _, v := range r.Versions {
			if v.Certificate == c.ID {
				p.entry("this one", fmt.Sprintf("in files of %s, in processes of %s", count(v.Files, "instance"), count(v.Processes, "instance")))
			}
		}
		p.groups(r.Groups, now)
		p.laggards(r, now)
	}
	if more := len(c.Fleet) - maxRows; more > 0 {
		p.line("\nand in %d more: cert-health fleet %s", more, short(c.ID))
	}
}

func validity(c *hubclient.Certificate, now time.Time) string {
	if c.NotAfter.IsZero() {
		return ""
	}
	end := fmt.Sprintf("%s (%s)", verdict.Stamp(c.NotAfter), verdict.Relative(c.NotAfter, now))
	if c.NotBefore.IsZero() { // a store that shows the end only
		return "until " + end
	}
	return verdict.Stamp(c.NotBefore) + " to " + end
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
