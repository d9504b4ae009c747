package discover

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"syscall"
	"time"

	"cert-health/internal/budget"
	"cert-health/internal/cert"
	"cert-health/internal/extract"
	"cert-health/internal/extract/found"
	"cert-health/internal/pairing"
)

// racy is how long a file must be unchanged before its contents are remembered. The clock of a
// file system ticks in milliseconds: a file that is written twice within one tick, with the
// same size, would always look unchanged.
const racy = 2 * time.Second

// Scanner scans repeatedly. It remembers what it found in each file, of private keys only the
// digests of their public halves. It opens a file again only if its size, times or inode
// change. It is not safe for concurrent use.
type Scanner struct {
	options Options
	reader  reader
	known   map[string]known // by path as the VM sees it; nil to remember nothing
	round   uint64
	now     func() time.Time
	meter   func() *budget.Meter // of one scan
	maxCost cost

	mismatches []cert.Mismatch // of the last scan
	changed    bool            // a file was read or removed since these were found
	passing    bool            // a file was read that is not remembered
}

// stamp identifies one state of a file.
type stamp struct {
	size         int64
	modified     int64 // nanoseconds
	changed      int64 // nanoseconds; of the inode
	device, node uint64
}

// NewScanner returns a scanner that remembers nothing yet.
func NewScanner(options Options) *Scanner {
	s := &Scanner{options: options.withDefaults(), known: map[string]known{}, now: time.Now, maxCost: maxCost()}
	s.meter = func() *budget.Meter { return budget.New().With(budget.Files, s.options.MaxFiles) }
	s.reader = newReader(s.passwordsOf)
	return s
}

// Forget makes the next scan read every file.
func (s *Scanner) Forget() {
	s.known = map[string]known{}
	s.reader.forget()
}

// Scan reads every regular file of every job, and of the further paths.
//
// It follows the link of a job and of a further path. It follows no link below that: the
// target is either scanned at its own place, or does not belong to the job, like packages. A
// job's directory stays open during its scan, so that a deploy that replaces the link cannot
// mix two versions.
//
// An error means that nothing could be scanned or that ctx ended. Everything else is a
// Problem.
func (s *Scanner) Scan(ctx context.Context) (*Inventory, error) {
	pass, err := s.scan(ctx)
	if err != nil {
		return nil, err
	}
	return &pass.inventory, nil
}

func (s *Scanner) scan(ctx context.Context) (*scan, error) {
	s.round++
	s.changed, s.passing = s.changed || s.passing, false
	pass := s.pass(ctx)
	defer func() { s.reader.wipe(len(pass.inventory.Deployed)) }()
	if err := pass.run(); err != nil {
		return nil, err
	}
	for path, file := range s.known {
		if file.round != s.round {
			delete(s.known, path)
			s.changed = true
		}
	}
	if s.changed {
		s.mismatches, s.changed = pass.pairs(), false
	}
	pass.inventory.Mismatches = s.mismatches
	return pass, nil
}

// pass is the state of one scan, with a budget.
func (s *Scanner) pass(ctx context.Context) *scan {
	return &scan{ctx: ctx, Scanner: s, collector: collector{budgets: s.meter().Until(ctx)}}
}

// Scan scans once, and remembers nothing.
func Scan(ctx context.Context, options Options) (*Inventory, error) {
	s := NewScanner(options)
	s.known = nil
	return s.Scan(ctx)
}

// ScanWithClues is Scan for a program that changes files: it also returns the files that hold private keys or name other
// files.
func ScanWithClues(ctx context.Context, options Options) (*Inventory, []pairing.File, error) {
	s := NewScanner(options)
	s.known = nil
	pass, err := s.scan(ctx)
	if err != nil {
		return nil, nil, err
	}
	return &pass.inventory, pass.files, nil
}

// look returns what is remembered of the file, or reads it.
func (s *scan) look(root *os.Root, entry fs.DirEntry, vmPath string) (found.Result, error) {
	return s.lookBy(s.reader.parse, root, entry, vmPath)
}

// lookBy is look with another parser.
func (s *scan) lookBy(parse parse, root *os.Root, entry fs.DirEntry, vmPath string) (found.Result, error) {
	now, ok := s.stampOf(entry)
	if before, known := s.known[vmPath]; known && ok && before.stamp == now && !s.newPasswords(before.err(), vmPath) {
		if result, err, paid := before.outcome(s.account); paid {
			before.round = s.round
			s.known[vmPath] = before
			return result, err
		}
	}
	s.changed = true
	before, refusals := s.account.Spent(), s.account.Refusals()
	result, err := read(parse, root, entry.Name(), vmPath, s.options.MaxFileSize)
	whole := s.account.Refusals() == refusals // otherwise the next scan reads the file again
	costs, clues := s.account.Spent().Minus(before), cluesIn(result)
	result = withClues(result, clues, s.account)
	unlisted := s.account.Refused(budget.Faults) && len(result.Broken) > 0
	if unlisted {
		result.Omitted, result.Broken = result.Omitted+len(result.Broken), nil
	}
	if whole && lasting(err) && ok && s.known != nil && s.now().UnixNano()-now.changed > int64(racy) {
		s.known[vmPath] = known{stamp: now, round: s.round, bytes: costs.Of(budget.Bytes), found: outcomeOf(outcome{result, err, costs, clues, unlisted})}
	} else {
		s.passing = true
	}
	return result, err
}

// lasting tells whether a file will have the same result until it changes.
func lasting(err error) bool {
	limit, store := (*limitError)(nil), (*extract.StoreError)(nil)
	if errors.Is(err, budget.ErrRefused) {
		return false
	}
	return err == nil || errors.Is(err, errSettings) || errors.As(err, &limit) || errors.As(err, &store)
}

// newPasswords tells whether a locked store may open now, because its passwords changed.
func (s *Scanner) newPasswords(err error, vmPath string) bool {
	store := (*extract.StoreError)(nil)
	if !errors.As(err, &store) || !store.Locked() {
		return false
	}
	secrets, _ := s.passwordsOf(vmPath)
	return !store.Tried(secrets)
}

// stampOf returns the state of a file. It is not ok when the file is gone, when the system does not
// provide all of the state, or when the scanner remembers nothing: then it costs nothing.
func (s *Scanner) stampOf(entry fs.DirEntry) (stamp, bool) {
	if s.known == nil {
		return stamp{}, false
	}
	info, err := entry.Info()
	if err != nil {
		return stamp{}, false
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return stamp{}, false
	}
	return stamp{
		size: stat.Size, modified: stat.Mtim.Nano(), changed: stat.Ctim.Nano(),
		device: uint64(stat.Dev), node: stat.Ino,
	}, true
}
