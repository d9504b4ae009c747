package discover

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"

	"cert-health/internal/budget"
	"cert-health/internal/cert"
	"cert-health/internal/extract/found"
	"cert-health/internal/strict"
)

// cost is a number of files that one glob matches, and of the entries it is compared with.
type cost struct{ files, entries int }

// maxCost is generous: a cell has some 250 containers.
func maxCost() cost { return cost{files: 5_000, entries: 50_000} }

// Extra are files of one class, by a glob.
type Extra struct {
	Glob  string `yaml:"glob"` // over absolute paths as the VM sees them
	Class cert.FileClass
}

// extras scans the further files. Missing files are not a problem: most VMs are not cells.
func (s *scan) extras() {
	seen := map[string]bool{}
	var settings []agentSettings
	for _, extra := range s.options.Extra {
		p := extraPass{scan: s, Extra: extra, seen: seen}
		p.top, _ = strict.SplitGlob(extra.Glob)
		p.start()
		if len(p.identities.Validities) > 0 {
			s.inventory.InstanceIdentities = append(s.inventory.InstanceIdentities, p.identities)
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
	top        string          // the directory in which all matches are
	seen       map[string]bool // files of this glob and the globs before it
	cost                       // so far
	full       bool            // a limit is reached
	identities cert.InstanceIdentities
	settings   []agentSettings
}

// start scans the matches below the top directory, which may be a link.
func (p *extraPass) start() {
	p.charge("", p.top+"/")
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
	p.directory(root, p.top, 0)
}

// directory scans the matches in one directory and below, and closes it. It follows no link.
func (p *extraPass) directory(root *os.Root, vmPath string, depth int) {
	defer root.Close()
	entries, err := list(root, p.maxCost.entries-p.entries)
	if err != nil {
		p.unread(vmPath+"/", err)
	}
	if p.entries += len(entries); p.entries > p.maxCost.entries {
		p.end("there are more than %d files to search", p.maxCost.entries)
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
			p.directory(below, entryPath, depth+1)
		}
	}
}

// consider scans a file that matches, unless it was scanned before. A further path takes
// precedence.
func (p *extraPass) consider(root *os.Root, entry fs.DirEntry, vmPath string) {
	if p.seen[vmPath] || !strict.Match(p.Glob, vmPath) || p.options.named(vmPath) {
		return
	}
	if p.files == p.maxCost.files {
		p.end("it matches more than %d files", p.maxCost.files)
		return
	}
	if !p.account.Spend(budget.Files, 1) {
		return
	}
	p.seen[vmPath] = true
	p.file(root, entry, vmPath)
}

// end ends the scan of the glob because of a limit.
func (p *extraPass) end(limit string, count int) {
	p.full = true
	p.problem(Problem{File: p.top + "/", Class: p.Class, Kind: Limit,
		Reason: fmt.Sprintf("not all files that match %s were scanned: "+limit, p.Glob, count)})
}

// done tells whether the scan of the glob must end.
func (p *extraPass) done() bool { return p.full || p.scan.done() }

// file scans one file and counts its one outcome.
func (p *extraPass) file(root *os.Root, entry fs.DirEntry, vmPath string) {
	p.files++
	before, from := p.faults, source{file: vmPath, class: p.Class}
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

// unread reports what could not be read, unless it was removed meanwhile: such files come and
// go.
func (p *extraPass) unread(vmPath string, err error) {
	if !errors.Is(err, fs.ErrNotExist) {
		p.unreadable(source{file: vmPath, class: p.Class}, err)
	}
}

// own is the part of a result that is reported for the file itself.
func (p *extraPass) own(result found.Result) found.Result {
	if p.Class == cert.AgentFile || p.Class == cert.IdentityFile {
		return found.Result{Broken: result.Broken, Omitted: result.Omitted}
	}
	return result
}

// identity notes the validity of the first certificate of a file, which is the container's.
func (p *extraPass) identity(result found.Result) {
	if len(result.Certificates) > 0 {
		c := result.Certificates[0].Certificate
		p.identities.Directory = p.top
		p.identities.Validities = append(p.identities.Validities, cert.Validity{NotBefore: c.NotBefore, NotAfter: c.NotAfter})
	}
}
