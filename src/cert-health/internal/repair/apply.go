package repair

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"time"
)

// Apply saves the old files and writes the new ones, all or none. If it cannot write one, it brings back those that it has
// written. An end of the program at any point leaves a journal, by which Undo brings back the old files.
func (s *Store) Apply(r *Repair, now time.Time) (*Journal, error) {
	j := &Journal{Schema: 1, At: now.UTC()}
	for _, p := range r.Replacements {
		j.Certificates = append(j.Certificates, Exchange{p.New.Name(), p.Old.Fingerprint.String(), p.New.Fingerprint.String(), p.From})
	}
	j.Restarts = r.Restarts
	if err := s.begin(j, r); err != nil {
		return nil, fmt.Errorf("save the old files in %s: %w; nothing was changed", s.path, err)
	}
	if err := s.write(j, r); err != nil {
		return nil, s.back(j, err)
	}
	return j, nil
}

// begin saves the old files.
func (s *Store) begin(j *Journal, r *Repair) (err error) {
	if err := s.directory(j); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = s.dir.RemoveAll(j.ID) // nothing has changed, and a full disk needs the space
		}
	}()
	for i, f := range r.Files {
		record := Record{Path: f.Path, Job: f.Job, spot: f.spot, Before: sum(f.before), After: sum(f.after), Kept: "old-" + strconv.Itoa(i+1)}
		if err := s.save(path.Join(j.ID, record.Kept), f.before); err != nil {
			return err
		}
		s.step("save")
		j.Files = append(j.Files, record)
	}
	if err := s.sync("."); err != nil {
		return err
	}
	return s.note(j, Saved)
}

// directory makes the directory of a repair, whose name is the time.
func (s *Store) directory(j *Journal) error {
	name := j.At.Format("20060102T150405Z")
	for n := 1; ; n++ {
		j.ID = name
		if n > 1 {
			j.ID = fmt.Sprintf("%s-%02d", name, n)
		}
		err := s.dir.Mkdir(j.ID, 0o700)
		if !errors.Is(err, fs.ErrExist) || n == 99 {
			return err
		}
	}
}

// write writes all new files beside the old ones, and then puts them in their places.
func (s *Store) write(j *Journal, r *Repair) error {
	changes := make([]*change, len(r.Files))
	for i, f := range r.Files {
		changes[i] = &change{Record: &j.Files[i], expect: j.Files[i].Before, contents: f.after, suffix: j.ID}
	}
	if err := s.replace(changes, func() error { return s.note(j, Writing) }); err != nil {
		return err
	}
	return s.note(j, Written)
}

// replace prepares all files, calls between, and swaps them.
func (s *Store) replace(changes []*change, between func() error) error {
	for _, c := range changes {
		if err := c.prepare(); err != nil {
			return fmt.Errorf("write %s: %w", c.Path, bare(err))
		}
		s.step("prepare")
	}
	if err := between(); err != nil {
		return err
	}
	for _, c := range changes {
		if err := c.swap(s.step); err != nil {
			return fmt.Errorf("write %s: %w", c.Path, bare(err))
		}
	}
	return nil
}

// bare drops the path of a temporary file from an error.
func bare(err error) error {
	var failed *fs.PathError
	if errors.As(err, &failed) {
		return failed.Err
	}
	return err
}

// back brings back the old files after a failure.
func (s *Store) back(j *Journal, cause error) error {
	outcome, err := s.Undo(j)
	switch {
	case err != nil:
		return fmt.Errorf("%w; the old files could not be brought back (%w): they are in %s, and `cert-health repair --undo` tries it again", cause, err, j.Place())
	case len(outcome.Foreign) > 0:
		return fmt.Errorf("%w; the files of before are back, but for those that another process changed: their old contents are in %s", cause, j.Place())
	}
	return fmt.Errorf("%w; all files are as they were", cause)
}

// Finish notes that the jobs of a repair were restarted.
func (s *Store) Finish(j *Journal) error { return s.note(j, Done) }
