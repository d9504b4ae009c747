package db

import (
	"context"
	"database/sql"
	"errors"
)

// ErrNotFound says that there is no row of that name. Compare with errors.Is.
var ErrNotFound = errors.New("there is none of that name")

// ErrExists says that there is one of that name already.
var ErrExists = errors.New("there is one of that name already; choose another name, or remove it first")

// fault is an error whose text stays the same as long as its cause does.
type fault struct {
	text  string
	cause error
}

func (f *fault) Error() string { return f.text }
func (f *fault) Unwrap() error { return f.cause }

// fault adds what was done to an error, and replaces the engine's words by a sentence.
func (d *DB) fault(verb string, err error) error {
	if err == nil {
		return nil
	}
	text := d.engine.explain(err)
	switch {
	case text != "":
	case errors.Is(err, context.DeadlineExceeded):
		text = "the database did not answer in time; check whether its machine is busy"
	case errors.Is(err, sql.ErrNoRows):
		err, text = ErrNotFound, ErrNotFound.Error()
	default:
		text = err.Error()
	}
	return &fault{verb + ": " + text, err}
}
