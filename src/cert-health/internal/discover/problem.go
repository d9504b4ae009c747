package discover

import (
	"errors"
	"fmt"
	"io/fs"

	"cert-health/internal/budget"
	"cert-health/internal/extract"
	"cert-health/internal/extract/found"
)

// unreadable lists the problem of a file, or counts it if the reason is the budget of its job.
func (s *scan) unreadable(from source, err error) {
	if errors.Is(err, budget.ErrRefused) {
		s.faults++
		var store *extract.StoreError
		if !errors.As(err, &store) {
			return
		}
	}
	s.problem(unread(from, err))
}

// unread is the problem of a file that could not be read, or not completely.
func unread(from source, err error) Problem {
	p := Problem{Job: from.job, File: from.file, Class: from.class, Reason: err.Error()}
	var limit *limitError
	var store *extract.StoreError
	switch {
	case errors.As(err, &store):
		p.Kind = kindOfStore(store)
	case errors.As(err, &limit):
		p.Kind = Limit
	case errors.Is(err, errSettings):
		p.Kind = Block
	default:
		p.Kind, p.Reason = kindOf(err), cause(err)
	}
	return p
}

// kindOfStore is the kind of a problem with a key store.
func kindOfStore(err *extract.StoreError) Kind {
	switch {
	case err.Locked():
		return Locked
	case err.Limited():
		return Limit
	}
	return Block
}

func kindOf(err error) Kind {
	if errors.Is(err, fs.ErrNotExist) {
		return Vanished
	}
	return Access
}

// cause is the error of the operating system without the path. The Problem has the path as the
// VM sees it, which is a different one under another root.
func cause(err error) string {
	if pathError := (*fs.PathError)(nil); errors.As(err, &pathError) {
		err = pathError.Err
	}
	if errors.Is(err, fs.ErrNotExist) {
		return "it does not exist, or no longer exists"
	}
	return err.Error()
}

func omitted(count int) string {
	return fmt.Sprintf("%d more broken blocks beyond the first %d", count, found.MaxBroken)
}
