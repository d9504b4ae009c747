package repair

import (
	"fmt"
	"slices"

	"cert-health/internal/cert"
	"cert-health/internal/pairing"
	"cert-health/internal/splice"
)

// File is one file that is written.
type File struct {
	Path    string // as the VM sees it
	Job     string
	Changes []Change // in the order of their lines

	edits         splice.Edits
	before, after []byte
	spot          spot
}

// Change is one place of a file.
type Change struct {
	Line int
	Form cert.Form
	What string // "certificate" or "private key"
	Name string // of the certificate, or the key's algorithm
	From string
	To   string
}

// file returns the file with a path, which is written.
func (p *preparation) file(job, path string) *File {
	f := p.files[path]
	if f == nil {
		f = &File{Path: path, Job: job}
		p.files[path] = f
		p.repair.Files = append(p.repair.Files, f)
	}
	return f
}

// certificates plans the places of one certificate, and returns their jobs.
func (p *preparation) certificates(d *cert.Deployed, t *Target) (jobs []string) {
	old, issued := d.Certificate, t.Material.noun()
	for _, l := range d.Locations {
		if l.Job == "" || l.Class != cert.JobFile {
			p.warn("%s also is in %s, which is no file of a job, and stays as it is", old.Name(), l.Place())
			continue
		}
		if t.leaves(l.Job) {
			p.warn("%s also is in %s, and stays as it is there, because --job does not name that job", old.Name(), l.Place())
			continue
		}
		if !l.LastSeen.IsZero() {
			p.refusal.add("%s cannot be read now, and held %s: make it readable first", l.Place(), old.Name())
			continue
		}
		if err := splice.Writable(l.Form); err != nil {
			p.refusal.add("%s holds %s: %s", l.Place(), old.Name(), err)
			continue
		}
		if !slices.Contains(jobs, l.Job) {
			jobs = append(jobs, l.Job)
		}
		chain, err := p.chain(d, l, t)
		if err != nil {
			p.refusal.add("%s: %s", l.Place(), err)
			continue
		}
		f := p.file(l.Job, l.File)
		f.edits.Certificates = append(f.edits.Certificates, splice.Certificate{Line: l.Line, Old: old.Fingerprint, New: t.Material.Certificate.Raw, Chain: chain})
		f.Changes = append(f.Changes, Change{Line: l.Line, Form: l.Form, What: "certificate", Name: issued.Name(),
			From: "until " + old.NotAfter.UTC().Format(moment), To: "until " + issued.NotAfter.UTC().Format(moment) + chainWords(chain, t)})
	}
	if len(jobs) == 0 && len(p.refusal) == 0 {
		p.refusal.add("%s is in no file of a job: replace it by hand", old.Name())
	}
	return jobs
}

func chainWords(chain [][]byte, t *Target) string {
	switch {
	case chain == nil:
		return ""
	case len(chain) == 1:
		return ", with the CA that follows it in " + t.Material.From
	}
	return fmt.Sprintf(", with the %d CAs that follow it in %s", len(chain), t.Material.From)
}

// chain decides which CAs follow the certificate at a place. Those that are there stay if they still lead from the new
// certificate to its CA. It returns nil for that.
func (p *preparation) chain(d *cert.Deployed, l cert.Location, t *Target) ([][]byte, error) {
	if d.Certificate.CA {
		return nil, nil
	}
	sent := p.sent(l)
	issued := t.Material.noun()
	usable := len(sent) > 0 && issued.SignedBy(sent[0]) == cert.Signed
	for _, ca := range sent {
		usable = usable && p.vm.Now.Before(ca.NotAfter)
	}
	switch {
	case usable:
		return nil, nil
	case len(t.Material.Chain) > 0:
		return t.Material.chainDER(), nil
	case len(sent) == 0:
		return nil, nil
	}
	return nil, fmt.Errorf("the CA %s that follows the certificate there did not sign the new one or has expired, and %s holds no other: store the chain behind the certificate there first", sent[0].Name(), t.Material.From)
}

// sent are the CAs that are sent together with the leaf at a location: the next ones of its file.
func (p *preparation) sent(leaf cert.Location) (list []*cert.Certificate) {
	type follower struct {
		line int
		c    *cert.Certificate
	}
	var after []follower
	next := 0 // line of the next leaf of the file
	for i := range p.vm.Inventory.Deployed {
		d := &p.vm.Inventory.Deployed[i]
		for _, l := range d.Locations {
			switch {
			case l.File != leaf.File || l.Line < leaf.Line:
			case l.SentWithLeaf:
				after = append(after, follower{l.Line, d.Certificate})
			case l.Line > leaf.Line && (next == 0 || l.Line < next):
				next = l.Line
			}
		}
	}
	slices.SortStableFunc(after, func(a, b follower) int { return a.line - b.line })
	for _, f := range after {
		if next == 0 || f.line < next {
			list = append(list, f.c)
		}
	}
	return list
}

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
