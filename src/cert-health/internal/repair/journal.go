package repair

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"
)

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

// Place is the directory of a repair on the VM.
func (j *Journal) Place() string { return path.Join(Directory, j.ID) }
