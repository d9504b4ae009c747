package discover

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"

	"cert-health/internal/cert"
	"cert-health/internal/extract/found"
	"cert-health/internal/strict"
)

// cost is what one glob may: the files that it matches, and all that it is looked for among.
type cost struct{ files, entries int }

// maxCost is plenty: a cell has some 250 containers.
func maxCost() cost { return cost{files: 5_000, entries: 50_000} }

// Extra are files of one class.
type Extra struct {
	Glob  string `yaml:"glob"` // over absolute paths as the VM sees them
	Class cert.FileClass
}

// extras scans the further files. What is not there is no problem: most VMs are no cells.
func (s *scan) extras() {
	seen := map[string]bool{}
	var settings []agentSettings
	for _, extra := range s.options.Extra {
		p := extraPass{scan: s, Extra: extra, seen: seen}
		p.top, _ = strict.SplitGlob(extra.Glob)
		p.start()
		if len(p.identities.Validities) > 0 {
			s.inventory.Identities = append(s.inventory.Identities, p.identities)
		}
		settings = append(settings, p.settings...)
	}
	if own := inForce(settings); own != nil {
		s.take(own.from, found.Result{Certificates: own.result.Certificates})
	}
}

// extraPass is the scan of one glob.
type extraPass struct {
	*scan
	Extra
	top        string          // the folder in which all matches are
	seen       map[string]bool // files of globs before this one as well
	cost                       // so far
	full       bool            // one of the limits is reached
	identities cert.InstanceIdentities
	settings   []agentSettings
}

// start looks for what the glob matches below its top folder, which is followed if it is a
// link.
func (p *extraPass) start() {
	if p.done() || p.options.excluded(p.top) {
		return
	}
	target, err := p.resolve(p.top)
	if err != nil {
		return
	}
	root, err := os.OpenRoot(target)
	if err != nil {
		p.unread(p.top+"/", err)
		return
	}
	p.folder(root, p.top, 0)
}

// folder scans what matches in one folder and below, and closes it. No link is followed.
func (p *extraPass) folder(root *os.Root, vmPath string, depth int) {
	defer root.Close()
	entries, err := list(root)
	if err != nil {
		p.unread(vmPath+"/", err)
	}
	if p.entries += len(entries); p.entries > p.maxCost.entries {
		p.end("it would be looked for among more than %d files", p.maxCost.entries)
	}
	for _, entry := range entries {
		if p.done() {
			return
		}
		entryPath := path.Join(vmPath, entry.Name())
		switch {
		case p.options.excluded(entryPath):
		case entry.Type().IsRegular():
			p.consider(root, entry, entryPath)
		case entry.IsDir() && depth < maxDepth && strict.MayHold(p.Glob, entryPath):
			below, err := root.OpenRoot(entry.Name())
			if err != nil {
				p.unread(entryPath+"/", err)
				continue
			}
			p.folder(below, entryPath, depth+1)
		}
	}
}

// consider scans a file that matches, unless that was done before. What is named as a
// further path stays one.
func (p *extraPass) consider(root *os.Root, entry fs.DirEntry, vmPath string) {
	if p.seen[vmPath] || !strict.Match(p.Glob, vmPath) || p.options.named(vmPath) {
		return
	}
	if p.files == p.maxCost.files {
		p.end("it matches more than %d files", p.maxCost.files)
		return
	}
	p.seen[vmPath] = true
	p.file(root, entry, vmPath)
}

// end ends the pass because of a limit.
func (p *extraPass) end(limit string, count int) {
	p.full = true
	p.problem(Problem{File: p.top + "/", Class: p.Class, Kind: Limit,
		Reason: fmt.Sprintf("of %s not all was looked at: "+limit, p.Glob, count)})
}

// done tells whether the pass has to end.
func (p *extraPass) done() bool { return p.full || p.scan.done() }

// file scans one file and books its one outcome.
func (p *extraPass) file(root *os.Root, entry fs.DirEntry, vmPath string) {
	p.files++
	before, from := len(p.inventory.Problems), source{file: vmPath, class: p.Class}
	parse := p.reader.parse
	if p.Class == cert.AgentFile {
		parse = p.reader.settings
	}
	result, err := p.lookBy(parse, root, entry, vmPath)
	if err != nil {
		p.unread(vmPath, err)
	}
	if p.Class == cert.AgentFile {
		p.settings = append(p.settings, settingsOf(from, entry, result, err))
	}
	if p.Class == cert.IdentityFile {
		p.identity(result)
	}
	p.take(from, p.own(result))
	p.finish(before, result)
}

// unread notes what could not be read, unless it went meanwhile: such files come and go.
func (p *extraPass) unread(vmPath string, err error) {
	if !errors.Is(err, fs.ErrNotExist) {
		p.problem(unread(source{file: vmPath, class: p.Class}, err))
	}
}

// own is what is to be said of a file on its own.
func (p *extraPass) own(result found.Result) found.Result {
	if p.Class == cert.AgentFile || p.Class == cert.IdentityFile {
		return found.Result{Broken: result.Broken, Omitted: result.Omitted}
	}
	return result
}

// identity notes when the first certificate of a file is valid, which is the container's.
func (p *extraPass) identity(result found.Result) {
	if len(result.Certificates) > 0 {
		c := result.Certificates[0].Certificate
		p.identities.Directory = p.top
		p.identities.Validities = append(p.identities.Validities, cert.Validity{NotBefore: c.NotBefore, NotAfter: c.NotAfter})
	}
}
