package repair

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"cert-health/internal/cert"
	"cert-health/internal/discover"
	"cert-health/internal/pairing"
)

// VM is what a scan found before the repair.
type VM struct {
	Root      string // stands for "/"
	Inventory *discover.Inventory
	Files     []pairing.File // those with keys, or that name other files
	Now       time.Time
}

// Target is one deployed certificate, and what takes its place.
type Target struct {
	Old      cert.Fingerprint
	Material Material
	// CertificateOnly permits a job of which no file holds the private key: it only knows the certificate of a peer.
	CertificateOnly bool
	// ReplaceKey permits to write the new key in place of one that does not match the deployed certificate. Otherwise a job
	// with a copy of the certificate of another job, beside a key of its own, would get the new key of that one.
	ReplaceKey bool
	// Jobs are the only jobs whose files are written. Without any, these are all.
	Jobs []string
}

func (t *Target) leaves(job string) bool { return len(t.Jobs) > 0 && !slices.Contains(t.Jobs, job) }

// Repair is what is about to be done on a VM. It holds private keys: Wipe it.
type Repair struct {
	Root         string
	Replacements []Replacement
	Files        []*File // in the order in which they are written
	Restarts     []Process
	Warnings     []string
}

// Replacement is one certificate that takes the place of another one.
type Replacement struct {
	Old, New *cert.Certificate
	From     string
	KeyStays bool // both certificates are for the same key
}

// Wipe overwrites the contents of all files.
func (r *Repair) Wipe() {
	for _, f := range r.Files {
		clear(f.before)
		clear(f.after)
	}
}

// Refusal are the reasons why nothing is repaired, a sentence each.
type Refusal []string

// Error joins the reasons.
func (r Refusal) Error() string { return strings.Join(r, "; ") }

func (r *Refusal) add(format string, values ...any) { *r = append(*r, fmt.Sprintf(format, values...)) }

func (r Refusal) orNil() error {
	if len(r) == 0 {
		return nil
	}
	return r
}

// Prepare reads the files and decides what is written. It changes nothing. An error is a Refusal, or says which file cannot
// be read.
func Prepare(vm VM, targets []Target) (*Repair, error) {
	p := &preparation{vm: vm, repair: &Repair{Root: vm.Root}, files: map[string]*File{}, keys: map[place]cert.KeyDigest{}}
	for i := range targets {
		p.target(&targets[i])
	}
	if err := p.refusal.orNil(); err != nil {
		return nil, err
	}
	if err := p.contents(); err != nil {
		p.repair.Wipe()
		return nil, err
	}
	if err := p.prove(); err != nil {
		p.repair.Wipe()
		return nil, err
	}
	if err := p.links(); err != nil {
		p.repair.Wipe()
		return nil, err
	}
	p.restarts()
	return p.repair, nil
}

// preparation is the making of a Repair.
type preparation struct {
	vm      VM
	repair  *Repair
	refusal Refusal
	files   map[string]*File
	keys    map[place]cert.KeyDigest // the new key of each place of a key
}

// place is a line of a file.
type place struct {
	file string
	line int
}

func (p *preparation) deployed(fingerprint cert.Fingerprint) *cert.Deployed {
	for i := range p.vm.Inventory.Deployed {
		if d := &p.vm.Inventory.Deployed[i]; d.Certificate.Fingerprint == fingerprint {
			return d
		}
	}
	return nil
}

func (p *preparation) warn(format string, values ...any) {
	p.repair.Warnings = append(p.repair.Warnings, fmt.Sprintf(format, values...))
}

// target plans the replacement of one certificate at all its places.
func (p *preparation) target(t *Target) {
	d := p.deployed(t.Old)
	if d == nil {
		p.refusal.add("no file of this VM holds the certificate %s any more: run the command again", t.Old)
		return
	}
	old := d.Certificate
	if old.CA {
		if err := t.Material.pick(old.PublicKey); err != nil {
			p.refusal.add("%s: %s", old.Name(), err)
			return
		}
	}
	if err := fits(old, &t.Material, p.vm.Inventory.Deployed, p.vm.Now); err != nil {
		p.refusal.add("%s: %s", old.Name(), err)
		return
	}
	issued := t.Material.noun()
	p.repair.Replacements = append(p.repair.Replacements, Replacement{Old: old, New: issued, From: t.Material.From, KeyStays: old.PublicKey == issued.PublicKey})
	jobs := p.certificates(d, t)
	if !old.CA {
		p.privateKeys(d, t, jobs)
	}
}
