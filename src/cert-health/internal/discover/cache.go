package discover

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"syscall"
	"time"

	"cert-health/internal/cert"
	"cert-health/internal/extract"
	"cert-health/internal/extract/found"
)

// racy is how long a file must have been at rest before it is taken for known: a
// file system's clock ticks in milliseconds, and a file that is written twice
// within one tick, to the same size, would look unchanged for ever.
const racy = 2 * time.Second

// Scanner scans again and again. What a file holds is remembered, of private keys the
// digests of their public halves, and the file is not opened again while its size, times
// and inode stay what they were. It is not safe for concurrent use.
type Scanner struct {
	options Options
	reader  reader
	known   map[string]known // by path as the VM sees it; nil to remember nothing
	round   uint64
	now     func() time.Time
	maxCost cost

	mismatches []cert.Mismatch // of the last scan
	moved      bool            // a file was read since these were found, or has gone
	passing    bool            // and one was that is not remembered
}

// known is a file of which it is remembered what was found in it, and by what it is
// recognised. Most hold nothing.
type known struct {
	stamp stamp
	round uint64 // in which it was last seen
	held  *held  // nil for nothing
}

type held struct {
	result found.Result
	err    error // that it is larger than the limit, or a store that does not open
}

func (k known) found() (found.Result, error) {
	if k.held == nil {
		return found.Result{}, nil
	}
	return k.held.result, k.held.err
}

// stamp tells one state of a file from another.
type stamp struct {
	size         int64
	modified     int64 // nanoseconds
	changed      int64 // nanoseconds; of the inode
	device, node uint64
}

// NewScanner returns a scanner that knows nothing yet.
func NewScanner(options Options) *Scanner {
	s := &Scanner{options: options.withDefaults(), known: map[string]known{}, now: time.Now, maxCost: maxCost()}
	s.reader = newReader(s.passwordsOf)
	return s
}

// Forget makes the next scan read every file.
func (s *Scanner) Forget() {
	s.known = map[string]known{}
	s.reader.forget()
}

// Scan looks into every regular file of every job, and of the further paths.
//
// The job's own link is followed, as is a further path's; below that, no link
// is: what a link inside a job leads to is either scanned where it stands or
// belongs to somebody else, as packages do. A job is held open while it is
// walked, so that a deploy which swaps its link cannot mix two versions.
//
// An error means that nothing could be scanned or that ctx ended; everything
// less is a Problem.
func (s *Scanner) Scan(ctx context.Context) (*Inventory, error) {
	s.round++
	s.moved, s.passing = s.moved || s.passing, false
	defer s.reader.wipe()
	pass := &scan{ctx: ctx, Scanner: s}
	if err := pass.run(); err != nil {
		return nil, err
	}
	for path, file := range s.known {
		if file.round != s.round {
			delete(s.known, path)
			s.moved = true
		}
	}
	if s.moved {
		s.mismatches, s.moved = pass.pairs(), false
	}
	pass.inventory.Mismatches = s.mismatches
	return &pass.inventory, nil
}

// Scan scans once, and remembers nothing.
func Scan(ctx context.Context, options Options) (*Inventory, error) {
	s := NewScanner(options)
	s.known = nil
	return s.Scan(ctx)
}

// look returns what the file holds: as remembered, or as read now.
func (s *Scanner) look(root *os.Root, entry fs.DirEntry, vmPath string) (found.Result, error) {
	return s.lookBy(s.reader.parse, root, entry, vmPath)
}

// lookBy is look with a parser for files of another kind.
func (s *Scanner) lookBy(parse parse, root *os.Root, entry fs.DirEntry, vmPath string) (found.Result, error) {
	now, ok := stampOf(entry)
	if before, known := s.known[vmPath]; known && ok && before.stamp == now {
		if result, err := before.found(); !s.newPasswords(err, vmPath) {
			before.round = s.round
			s.known[vmPath] = before
			return result, err
		}
	}
	s.moved = true
	result, err := read(parse, root, entry.Name(), vmPath, s.options.MaxFileSize)
	limit, store := (*limitError)(nil), (*extract.StoreError)(nil)
	lasting := err == nil || errors.Is(err, errSettings) || errors.As(err, &limit) || errors.As(err, &store)
	if lasting && ok && s.known != nil && s.now().UnixNano()-now.changed > int64(racy) {
		s.known[vmPath] = known{stamp: now, round: s.round, held: hold(result, err)}
	} else {
		s.passing = true
	}
	return result, err
}

func hold(result found.Result, err error) *held {
	if err == nil && len(result.Certificates) == 0 && len(result.CRLs) == 0 && len(result.Broken) == 0 && result.Clues == nil {
		return nil
	}
	return &held{result, err}
}

// newPasswords tells whether a store that stayed locked may open now.
func (s *Scanner) newPasswords(err error, vmPath string) bool {
	store := (*extract.StoreError)(nil)
	if !errors.As(err, &store) || !store.Locked() {
		return false
	}
	secrets, _ := s.passwordsOf(vmPath)
	return !store.Tried(secrets)
}

// stampOf asks for the state of a file; not ok when it is gone, or on a system
// that does not tell all of it.
func stampOf(entry fs.DirEntry) (stamp, bool) {
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
