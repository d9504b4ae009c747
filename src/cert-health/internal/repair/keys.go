package repair

import (
	"slices"

	"cert-health/internal/cert"
	"cert-health/internal/pairing"
	"cert-health/internal/splice"
)

// privateKeys plans the places of the private key.
func (p *preparation) privateKeys(d *cert.Deployed, t *Target, jobs []string) {
	old, issued := d.Certificate, t.Material.noun()
	have := map[string]bool{}
	for i := range p.vm.Files {
		f := &p.vm.Files[i]
		for _, k := range f.Clues.Keys {
			if !slices.Contains(jobs, f.Job) && (t.leaves(f.Job) || !p.named(f.Path, jobs)) {
				if k.Digest == old.PublicKey && k.Digest != issued.PublicKey {
					p.warn("%s holds the same private key without the certificate, and stays as it is", cert.PlaceOf(f.Job, f.Path, k.Line))
				}
				continue
			}
			switch {
			case k.Digest == issued.PublicKey:
				p.have(have, f, jobs)
			case k.Digest != old.PublicKey && !p.mistaken(d, f, k.Line, k.Digest):
			case k.Digest != old.PublicKey && !t.ReplaceKey:
				p.refusal.add("%s holds a private key that does not match %s: if it is the key that the job uses with it, use --replace-key; if not, leave out the job by --job", cert.PlaceOf(f.Job, f.Path, k.Line), old.Name())
				p.have(have, f, jobs)
			default:
				p.have(have, f, jobs)
				p.key(f, k.Line, k.Form, k.Digest, t)
			}
		}
	}
	for _, job := range jobs {
		if !have[job] && old.PublicKey != issued.PublicKey && !t.CertificateOnly {
			p.refusal.add("no file of the job %s holds the private key of %s in a form that can be written: let a deploy write it, or, if the job only knows the certificate of a peer, use --certificate-only", job, old.Name())
		}
	}
}

// have notes which jobs have the key: that of its file, and those that name it.
func (p *preparation) have(have map[string]bool, f *pairing.File, jobs []string) {
	have[f.Job] = true
	for _, job := range jobs {
		if p.named(f.Path, []string{job}) {
			have[job] = true
		}
	}
}

// named tells whether a file of the jobs names a path.
func (p *preparation) named(path string, jobs []string) bool {
	for i := range p.vm.Files {
		f := &p.vm.Files[i]
		if !slices.Contains(jobs, f.Job) {
			continue
		}
		for _, m := range f.Clues.Mentions {
			if m.Path == path {
				return true
			}
		}
	}
	return false
}

// mistaken tells whether a key that does not match is used with the certificate, as after a repair by hand that forgot it.
// The key of another deployed certificate stays.
func (p *preparation) mistaken(d *cert.Deployed, f *pairing.File, line int, digest cert.KeyDigest) bool {
	for i := range p.vm.Inventory.Deployed {
		if p.vm.Inventory.Deployed[i].Certificate.PublicKey == digest {
			return false
		}
	}
	return slices.ContainsFunc(p.vm.Inventory.Mismatches, func(m cert.Mismatch) bool {
		return m.Certificate == d.Certificate.Fingerprint && m.Key.File == f.Path && m.Key.Line == line
	})
}

// key plans one place of the private key.
func (p *preparation) key(f *pairing.File, line int, form cert.Form, old cert.KeyDigest, t *Target) {
	at := place{f.Path, line}
	switch wanted, planned := p.keys[at]; {
	case planned && wanted == t.Material.noun().PublicKey:
		return
	case planned:
		p.refusal.add("%s is the private key of two certificates that have different keys from now on: let a deploy write it", cert.PlaceOf(f.Job, f.Path, line))
		return
	case t.Material.Key == nil:
		p.refusal.add("%s holds no private key for %s, and the one in %s does not match the new certificate: name the source of the key", t.Material.From, t.Material.noun().Name(), cert.PlaceOf(f.Job, f.Path, line))
		return
	}
	p.keys[at] = t.Material.noun().PublicKey
	own := p.file(f.Job, f.Path)
	own.edits.Keys = append(own.edits.Keys, splice.PrivateKey{Line: line, Old: old, New: t.Material.Key})
	own.Changes = append(own.Changes, Change{Line: line, Form: form, What: "private key", Name: t.Material.noun().Name(), To: t.Material.Key.Name() + " from " + t.Material.From})
}
