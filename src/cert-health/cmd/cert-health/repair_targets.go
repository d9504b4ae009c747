package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"cert-health/internal/cert"
	"cert-health/internal/check"
	"cert-health/internal/discover"
	"cert-health/internal/repair"
	"cert-health/internal/report"
	"cert-health/internal/verdict"
)

// checker checks this VM, as the agent does.
func (w *worker) checker() (*check.Checker, error) {
	loaded, err := w.vaultFlags.load(w.console)
	if err != nil {
		return nil, err
	}
	return &check.Checker{Config: loaded, Root: w.root, Served: w.root == "/"}, nil
}

// targets are the certificates that are replaced, with what takes their places. notes are those that should be, and cannot.
func (w *worker) targets(ctx context.Context, r *report.Report, names []string) (targets []repair.Target, notes []string, err error) {
	chosen, notes, err := choices(r, names)
	if err != nil {
		return nil, nil, err
	}
	if len(chosen) > 1 && (w.certificate != "" || w.from != "") {
		return nil, nil, fmt.Errorf("%s means %d certificates: name one by its fingerprint, as `cert-health scan --format json` prints it", names[0], len(chosen))
	}
	source := &materials{worker: w}
	for _, c := range chosen {
		var fingerprint cert.Fingerprint
		if err := fingerprint.UnmarshalText([]byte(c.Fingerprint)); err != nil {
			return nil, nil, err
		}
		m, err := source.of(ctx, c)
		if err != nil {
			return nil, nil, fmt.Errorf("%s: %w", c.Name, err)
		}
		if !m.Differs(fingerprint) {
			if len(names) > 0 {
				return nil, nil, fmt.Errorf("%s: the files hold the current certificate of %s already; if it has expired, renew it there first", c.Name, m.From)
			}
			continue
		}
		targets = append(targets, repair.Target{Old: fingerprint, Material: m, CertificateOnly: w.alone, ReplaceKey: w.anyKey, Jobs: w.jobs})
	}
	return targets, notes, nil
}

// choices are the certificates that the names mean, or else those that are expired or outdated and of which the source
// holds a newer one.
func choices(r *report.Report, names []string) (chosen []*report.Certificate, notes []string, err error) {
	for _, name := range names {
		found := false
		for i := range r.Certificates {
			if c := &r.Certificates[i]; meant(c, name) {
				found = true
				if !slices.Contains(chosen, c) {
					chosen = append(chosen, c)
				}
			}
		}
		if !found {
			return nil, nil, fmt.Errorf("no certificate of this VM is %q: `cert-health scan --verbose` lists them", name)
		}
	}
	if len(names) > 0 {
		return chosen, nil, nil
	}
	for i := range r.Certificates {
		c := &r.Certificates[i]
		expired := slices.ContainsFunc(c.Findings, func(f report.Finding) bool { return f.Code == verdict.Expired })
		newer := c.Reference != nil && c.Reference.State == cert.Stale
		switch {
		case !c.Comparable():
		case newer:
			chosen = append(chosen, c)
		case expired:
			notes = append(notes, c.Name+" has expired, and "+unrenewed(c))
		}
	}
	return chosen, notes, nil
}

// unrenewed says what the source knows of an expired certificate.
func unrenewed(c *report.Certificate) string {
	switch {
	case c.Reference == nil || c.Reference.State == cert.Unknown:
		return "no secret of Vault is known to be about it: name one by --from"
	case c.Reference.State == cert.Ambiguous:
		return "several secrets of Vault may be about it: name one of them by --from: " + strings.Join(c.Reference.Candidates, ", ")
	}
	return "Vault holds no newer one: " + verdict.Run("cert-health", "x509", "renew", c.Reference.Mount+c.Reference.Path).String()
}

// meant tells whether a name means a certificate.
func meant(c *report.Certificate, name string) bool {
	hex := strings.ToLower(strings.ReplaceAll(name, ":", ""))
	switch {
	case c.Name == name, c.Subject == name, slices.Contains(c.SANs, name), len(hex) >= 8 && strings.HasPrefix(c.Fingerprint, hex):
		return true
	case c.Reference != nil && c.Reference.Path != "" && (c.Reference.Mount+c.Reference.Path == name || c.Reference.Mount+c.Reference.Path+":"+c.Reference.Key == name):
		return true
	}
	return slices.ContainsFunc(c.Locations, func(l report.Location) bool { return l.File == name })
}

// prepared scans the files once more, and plans.
func (w *worker) prepared(ctx context.Context, checker *check.Checker, targets []repair.Target) (*repair.Repair, error) {
	inventory, files, err := discover.ScanWithClues(ctx, checker.Config.Discover(w.root))
	if err != nil {
		return nil, err
	}
	r, err := repair.Prepare(repair.VM{Root: w.root, Inventory: inventory, Files: files, Now: time.Now()}, targets)
	refusal := repair.Refusal{}
	if errors.As(err, &refusal) {
		return nil, fmt.Errorf("nothing was changed: %w", refusal)
	}
	return r, err
}
