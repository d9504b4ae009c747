package repair

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"cert-health/internal/cert"
	"cert-health/internal/discover"
	"cert-health/internal/extract"
)

// links looks at the links in the directories of the jobs that are written. No scan follows them: the file behind one keeps the
// old certificate. Beside a new key, that breaks the job.
func (p *preparation) links() error {
	seen := map[string]bool{}
	for _, f := range p.repair.Files {
		if seen[f.Job] {
			continue
		}
		seen[f.Job] = true
		job := path.Join(discover.JobsDir, f.Job)
		top, err := discover.Resolve(p.vm.Root, job)
		if err != nil {
			continue
		}
		_ = filepath.WalkDir(top, func(name string, entry fs.DirEntry, err error) error {
			if err == nil && entry.Type()&fs.ModeSymlink != 0 {
				p.link(f.Job, path.Join(job, strings.TrimPrefix(name, top)))
			}
			return nil
		})
	}
	return p.refusal.orNil()
}

// link names the certificates that the file behind a link keeps.
func (p *preparation) link(job, vmPath string) {
	for _, c := range p.behind(vmPath) {
		for _, r := range p.repair.Replacements {
			switch {
			case c != r.Old.Fingerprint:
			case r.KeyStays:
				p.warn("%s also is behind the link %s, in a file that stays as it is", r.Old.Name(), cert.PlaceOf(job, vmPath, 0))
			default:
				p.refusal.add("%s is a link to a file that holds %s too and would stay as it is, beside a new key: put a copy of the file in the place of the link, or let a deploy write both",
					cert.PlaceOf(job, vmPath, 0), r.Old.Name())
			}
		}
	}
}

// behind are the certificates in the file that a link leads to, unless the file is written itself.
func (p *preparation) behind(vmPath string) (held []cert.Fingerprint) {
	directory, name, err := resolve(p.vm.Root, vmPath)
	if err != nil {
		return nil
	}
	for _, f := range p.repair.Files {
		if f.spot.Directory == directory && f.spot.Name == name {
			return nil
		}
	}
	dir, err := os.OpenRoot(directory)
	if err != nil {
		return nil
	}
	defer dir.Close()
	contents, _, err := readIn(dir, name)
	if err != nil {
		return nil
	}
	defer clear(contents)
	extractor := extract.ForFiles(nil)
	result, _ := extractor.File(contents, vmPath)
	extractor.Release(0)
	for _, c := range result.Certificates {
		held = append(held, c.Certificate.Fingerprint)
	}
	return held
}
