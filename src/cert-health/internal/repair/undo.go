package repair

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"strconv"
)

// Outcome is what Undo found and did, by the paths of files.
type Outcome struct {
	Restored []string
	Deployed []string // a deploy has replaced them since: they are none of the repair any more
	Foreign  []string // another process has changed them since: they stay as they are
	Found    []string // copies of what a temporary file held, which is neither the old nor the new contents
}

// errForeign says that a repair cannot be undone as a whole.
var errForeign = errors.New("another process changed it after the repair, so that nothing was undone: compare it with the saved copy")

// undoing is the suffix of the temporary files of Undo.
const undoing = "undo"

// Undo brings back the old files of a repair, whether or not that had come to its end. A file that a deploy replaced stays.
func (s *Store) Undo(j *Journal) (o Outcome, err error) {
	var changes []*change
	defer func() {
		for _, c := range changes {
			clear(c.contents)
		}
	}()
	for i := range j.Files {
		c, err := s.restoration(j, i, &o)
		if err != nil {
			return o, fmt.Errorf("%s: %w", j.Files[i].Path, bare(err))
		}
		if c != nil {
			changes = append(changes, c)
		}
	}
	if len(o.Foreign) > 0 && !j.Unfinished() {
		return o, fmt.Errorf("%s: %w in %s", o.Foreign[0], errForeign, j.Place())
	}
	if err := s.replace(changes, func() error { return nil }); err != nil {
		return o, err
	}
	for _, c := range changes {
		o.Restored = append(o.Restored, c.Path)
	}
	return o, s.note(j, Undone)
}

// restoration returns what brings back one file; nil if there is nothing to do.
func (s *Store) restoration(j *Journal, i int, o *Outcome) (*change, error) {
	r := &j.Files[i]
	directory, name, err := resolve(s.root, r.Path)
	if err != nil || directory != r.Directory || name != r.Name {
		o.Deployed = append(o.Deployed, r.Path)
		return nil, s.tidyGone(j, i, o)
	}
	dir, err := os.OpenRoot(r.Directory)
	if errors.Is(err, fs.ErrNotExist) {
		o.Deployed = append(o.Deployed, r.Path)
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	if err := s.tidy(dir, j, i, o); err != nil {
		return nil, err
	}
	contents, _, err := readIn(dir, r.Name)
	held := sum(contents)
	clear(contents)
	switch {
	case errors.Is(err, fs.ErrNotExist), err == nil && held != r.Before && held != r.After:
		o.Foreign = append(o.Foreign, r.Path)
		return nil, nil
	case err != nil || held == r.Before:
		return nil, err
	}
	old, err := s.dir.ReadFile(path.Join(j.ID, r.Kept))
	if err == nil && sum(old) != r.Before {
		err = errors.New("the saved copy is damaged")
	}
	return &change{Record: r, expect: r.After, contents: old, suffix: undoing}, err
}

// tidyGone removes what is left in a directory that the job does not use any more.
func (s *Store) tidyGone(j *Journal, i int, o *Outcome) error {
	dir, err := os.OpenRoot(j.Files[i].Directory)
	if err != nil {
		return nil // it is gone
	}
	defer dir.Close()
	return s.tidy(dir, j, i, o)
}

// tidy removes the temporary files that a killed program left. One that is neither old nor new is what another process
// wrote: a copy is kept.
func (s *Store) tidy(dir *os.Root, j *Journal, i int, o *Outcome) error {
	r := &j.Files[i]
	for _, suffix := range []string{j.ID, undoing} {
		name := r.temporary(suffix)
		contents, _, err := readIn(dir, name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		held := sum(contents)
		if j.Progress != Saved && held != r.Before && held != r.After {
			copied := path.Join(j.ID, "found-"+strconv.Itoa(i+1)+"-"+suffix)
			if err := s.save(copied, contents); err != nil {
				return err
			}
			o.Found = append(o.Found, path.Join(Directory, copied))
		}
		clear(contents)
		if err := dir.Remove(name); err != nil {
			return err
		}
		s.step("tidy")
	}
	return nil
}

// Recover undoes a repair in whose middle the program ended, so that the next one begins with the files of before. It returns
// nil if there is none.
func (s *Store) Recover() (*Journal, Outcome, error) {
	j, err := s.Last()
	if err != nil || j == nil || !j.Unfinished() {
		return nil, Outcome{}, err
	}
	outcome, err := s.Undo(j)
	return j, outcome, err
}
