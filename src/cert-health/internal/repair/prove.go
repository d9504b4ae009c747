package repair

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"

	"cert-health/internal/cert"
	"cert-health/internal/extract"
	"cert-health/internal/pairing"
	"cert-health/internal/splice"
)

// contents reads the files and splices them.
func (p *preparation) contents() error {
	for _, f := range p.repair.Files {
		slices.SortStableFunc(f.Changes, func(a, b Change) int { return cmp.Compare(a.Line, b.Line) })
		var err error
		if f.spot, f.before, err = look(p.vm.Root, f.Path); err != nil {
			return fmt.Errorf("%s: %w", f.Path, err)
		}
		if f.after, err = splice.Splice(f.before, f.edits); err != nil {
			p.refusal.add("%s: %s", cert.PlaceOf(f.Job, f.Path, 0), err)
		}
	}
	return p.refusal.orNil()
}

// prove pairs certificates and keys as they will be, and refuses a repair after which a new certificate would be used with
// another key.
func (p *preparation) prove() error {
	deployed, files := p.future()
	for _, m := range pairing.Mismatches(deployed, files) {
		for _, r := range p.repair.Replacements {
			if m.Certificate == r.New.Fingerprint {
				p.refusal.add("%s would be used with another private key, in %s: let a deploy write both", m.At.Place(), m.Key.Place())
			}
		}
	}
	return p.refusal.orNil()
}

// future is what a scan would find after the repair.
func (p *preparation) future() (deployed []cert.Deployed, files []pairing.File) {
	for _, d := range p.vm.Inventory.Deployed {
		kept := cert.Deployed{Certificate: d.Certificate, Role: d.Role}
		for _, l := range d.Locations {
			if p.files[l.File] == nil {
				kept.Locations = append(kept.Locations, l)
			}
		}
		if len(kept.Locations) > 0 {
			deployed = append(deployed, kept)
		}
	}
	for _, f := range p.vm.Files {
		if p.files[f.Path] == nil {
			files = append(files, f)
		}
	}
	for _, f := range p.repair.Files {
		extractor := extract.ForFiles(nil)
		copied := bytes.Clone(f.after)
		result, _ := extractor.File(copied, f.Path) // a key store in the text stays closed
		clear(copied)
		extractor.Release(0)
		if result.Clues != nil {
			files = append(files, pairing.File{Job: f.Job, Path: f.Path, Certificates: result.Certificates, Clues: result.Clues})
		}
		roles := result.Roles()
		for i, c := range result.Certificates {
			deployed = append(deployed, cert.Deployed{Certificate: c.Certificate, Role: roles[i],
				Locations: []cert.Location{{Job: f.Job, File: f.Path, Line: c.Line, Form: c.Form}}})
		}
	}
	return deployed, files
}
