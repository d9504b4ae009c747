package repair

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"syscall"
	"time"

	"cert-health/internal/discover"
)

// Directory is where the old files and the journals are, on a VM. Only root can read it.
const Directory = "/var/vcap/data/cert-health/repair"

// Store keeps the old files of repairs, and a journal of each. It is locked: only one process has it.
type Store struct {
	dir  *os.Root
	path string // on this machine
	root string
	lock *os.File
	step func(name string) // for tests, which kill the program there
}

// Open opens the store of a VM, and makes it if it does not exist.
func Open(root string) (*Store, error) {
	real, err := discover.Resolve(root, path.Dir(Directory))
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(real, 0o750); err != nil {
		return nil, err
	}
	parent, err := os.OpenRoot(real)
	if err != nil {
		return nil, err
	}
	defer parent.Close()
	name := path.Base(Directory)
	if err := parent.Mkdir(name, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, err
	}
	dir, err := parent.OpenRoot(name)
	if err != nil {
		return nil, err
	}
	s := &Store{dir: dir, path: path.Join(real, name), root: root, step: func(string) {}}
	if err := s.secure(); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// secure makes sure that the directory is the one of this user, because others may write beside it, and locks it.
func (s *Store) secure() error {
	info, err := s.dir.Stat(".")
	if err != nil {
		return err
	}
	if own, ok := info.Sys().(*syscall.Stat_t); !ok || int(own.Uid) != os.Geteuid() || info.Mode().Perm()&0o077 != 0 {
		return fmt.Errorf("%s does not belong to this user alone, so that private keys are not saved there: look who made it, and move it away", s.path)
	}
	if s.lock, err = s.dir.OpenFile("lock", os.O_CREATE|os.O_RDWR|syscall.O_NOFOLLOW, 0o600); err != nil {
		return err
	}
	if err := syscall.Flock(int(s.lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return errors.New("another repair is running on this VM: wait until it has ended")
	}
	return nil
}

// Close unlocks the store.
func (s *Store) Close() {
	if s.lock != nil {
		_ = s.lock.Close()
	}
	_ = s.dir.Close()
}

// Progress is how far a repair has come.
type Progress string

// The states of a repair, and no others.
const (
	Saved   Progress = "saved"   // the old files are saved, and nothing has changed
	Writing Progress = "writing" // some files may have changed
	Written Progress = "written" // all files have changed
	Done    Progress = "done"    // the jobs were restarted, or that was left to the operator
	Undone  Progress = "undone"  // no file is the one of the repair any more
)

// Journal is what is known of a repair, without any secret.
type Journal struct {
	ID           string     `json:"-"` // the name of its directory
	Schema       int        `json:"schema"`
	At           time.Time  `json:"at"`
	Progress     Progress   `json:"progress"`
	Files        []Record   `json:"files"`
	Certificates []Exchange `json:"certificates"`
	Restarts     []Process  `json:"restarts"`
}

// Record is one file of a repair.
type Record struct {
	Path string `json:"path"` // as the VM sees it
	Job  string `json:"job"`
	spot
	Before string `json:"before_sha256"`
	After  string `json:"after_sha256"`
	Kept   string `json:"saved"` // below the directory of the repair
}

// Exchange is one certificate of a repair.
type Exchange struct {
	Name string `json:"name"`
	Old  string `json:"old_sha256"`
	New  string `json:"new_sha256"`
	From string `json:"from"`
}

// Unfinished tells whether the program ended in the middle of the repair.
func (j *Journal) Unfinished() bool { return j.Progress == Saved || j.Progress == Writing }

// Last returns the newest repair that is not undone; nil if there is none.
func (s *Store) Last() (*Journal, error) {
	entries, err := fs.ReadDir(s.dir.FS(), ".")
	if err != nil {
		return nil, err
	}
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(b.Name(), a.Name()) })
	for _, entry := range entries {
		if !entry.IsDir() {
			continue
		}
		j, err := s.read(entry.Name())
		if err != nil {
			return nil, err
		}
		if j != nil && j.Progress != Undone {
			return j, nil
		}
	}
	return nil, nil
}

// read reads one journal; nil if the repair ended before it had one, when nothing had changed.
func (s *Store) read(id string) (*Journal, error) {
	contents, err := s.dir.ReadFile(path.Join(id, "journal.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	j := &Journal{ID: id}
	if err := json.Unmarshal(contents, j); err != nil || j.Schema != 1 {
		return nil, fmt.Errorf("%s is not a journal that this version reads: look at the saved files beside it", path.Join(s.path, id, "journal.json"))
	}
	return j, nil
}

// note writes the progress of a repair, and waits until it is on the disk.
func (s *Store) note(j *Journal, progress Progress) error {
	j.Progress = progress
	contents, err := json.MarshalIndent(j, "", "  ")
	if err != nil {
		return err
	}
	name := path.Join(j.ID, "journal.json")
	if err := s.save(name+".new", append(contents, '\n')); err != nil {
		return err
	}
	if err := s.dir.Rename(name+".new", name); err != nil {
		return err
	}
	s.step("journal " + string(progress))
	return s.sync(j.ID)
}

// save writes a file of the store that only this user can read.
func (s *Store) save(name string, contents []byte) error {
	_ = s.dir.Remove(name) // of a program that was killed
	file, err := s.dir.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(contents)
	if err == nil {
		err = file.Sync()
	}
	return errors.Join(err, file.Close())
}

func (s *Store) sync(name string) error {
	dir, err := s.dir.Open(name)
	if err != nil {
		return err
	}
	defer dir.Close()
	return dir.Sync()
}

// Place is the directory of a repair on the VM.
func (j *Journal) Place() string { return path.Join(Directory, j.ID) }
