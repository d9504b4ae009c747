package repair

import (
	"fmt"
	"slices"

	"cert-health/internal/cert"
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
