package discover

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"syscall"
	"time"

	"cert-health/internal/cert"
	"cert-health/internal/keystore"
)

// racy is how long a file must have been at rest before it is taken for known: a
// file system's clock ticks in milliseconds, and a file that is written twice
// within one tick, to the same size, would look unchanged for ever.
const racy = 2 * time.Second

// Scanner scans again and again. What a file holds is remembered, and the file is
// not opened again while its size, times and inode stay what they were. It is not
// safe for concurrent use.
type Scanner struct {
	options Options
	reader  reader
	known   map[string]known // by path as the VM sees it
	round   uint64
	now     func() time.Time
}

// known is what was found in a file, and by what the file is recognised.
type known struct {
	stamp  stamp
	result cert.Result
	err    error  // that it is larger than the limit
	round  uint64 // in which it was last seen
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
	s := &Scanner{options: options.withDefaults(), known: map[string]known{}, now: time.Now}
	s.reader.passwords = s.passwordsOf
	return s
}

// Forget makes the next scan read every file.
func (s *Scanner) Forget() {
	s.known = map[string]known{}
	s.reader.parser = cert.Parser{}
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
	defer s.reader.wipe()
	inventory, err := (&scan{ctx: ctx, Scanner: s}).run()
	if err != nil {
		return nil, err
	}
	for path, file := range s.known {
		if file.round != s.round {
			delete(s.known, path)
		}
	}
	return inventory, nil
}

// Scan scans once.
func Scan(ctx context.Context, options Options) (*Inventory, error) {
	return NewScanner(options).Scan(ctx)
}

// look returns what the file holds: as remembered, or as read now.
func (s *Scanner) look(root *os.Root, entry fs.DirEntry, vmPath string) (cert.Result, error) {
	now, ok := stampOf(entry)
	if before, known := s.known[vmPath]; known && ok && before.stamp == now && !s.newPasswords(before.err, vmPath) {
		before.round = s.round
		s.known[vmPath] = before
		return before.result, before.err
	}
	result, err := s.reader.read(root, entry.Name(), vmPath, s.options.MaxFileSize)
	limit, store := (*limitError)(nil), (*storeError)(nil)
	if (err == nil || errors.As(err, &limit) || errors.As(err, &store)) && ok && s.now().UnixNano()-now.changed > int64(racy) {
		s.known[vmPath] = known{stamp: now, result: result, err: err, round: s.round}
	}
	return result, err
}

// newPasswords tells whether a store that stayed locked may open now.
func (s *Scanner) newPasswords(err error, vmPath string) bool {
	store := (*storeError)(nil)
	if !errors.As(err, &store) || !errors.Is(err, keystore.ErrPassword) {
		return false
	}
	secrets, _ := s.passwordsOf(vmPath)
	return digest(secrets) != store.tried
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
