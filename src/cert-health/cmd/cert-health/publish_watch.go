//go:build !vm

package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"cert-health/internal/vault/client"
	"cert-health/internal/vault/publish"
)

// verifyInterval is the time after which --watch compares all secrets with their publications,
// and not only those with a new version.
const verifyInterval = 24 * time.Hour

// watch runs `cert-health publish --watch`. A failure is tried again in the next run. It is
// reported when it begins and when it ends.
type watch struct {
	*publishFlags
	publisher *publish.Publisher
	verified  time.Time // when all secrets were last compared

	runs     int
	failing  string // why nothing could be published in the last run
	problems []publish.Problem
}

// run publishes until ctx ends.
func (w *watch) run(ctx context.Context) error {
	for ctx.Err() == nil {
		if time.Since(w.verified) >= verifyInterval {
			w.publisher.Forget()
			w.verified = time.Now()
		}
		result, err := w.publisher.Run(ctx)
		if ctx.Err() != nil {
			return nil
		}
		if err := w.report(result, err); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
		case <-time.After(w.interval):
		}
	}
	return nil
}

// report writes the result of a run, if it differs from the last one. It returns an error of
// writing.
func (w *watch) report(result *publish.Result, err error) error {
	if err != nil {
		if reason := cause(err); reason != w.failing {
			w.failing = reason
			w.warn(err.Error())
		}
		return nil
	}
	news := w.runs == 0 || w.failing != "" || len(result.Changes)+result.IndexWrites > 0 || !slices.Equal(result.Problems, w.problems)
	if w.failing != "" {
		w.warn("publishing again")
	}
	w.runs, w.failing, w.problems = w.runs+1, "", result.Problems
	if !news {
		return nil
	}
	if err := w.write(result, now()+" "); !errors.Is(err, errUnpublished) {
		return err
	}
	return nil
}

func (w *watch) warn(sentence string) {
	fmt.Fprintf(w.console.err, "%s cert-health: %s\n", now(), new(guard).clean(sentence))
}

func now() string { return time.Now().UTC().Format(time.RFC3339) }

// cause returns the reason of an error without the parts that differ from run to run.
func cause(err error) string {
	if nothing := (*publish.NothingError)(nil); errors.As(err, &nothing) {
		return nothing.Problem.Reason
	}
	if fault := (*client.Fault)(nil); errors.As(err, &fault) {
		return fault.Error()
	}
	return err.Error()
}
