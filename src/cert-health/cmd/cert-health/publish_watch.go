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

// verifyEvery is how often a watching publisher compares all secrets with what is
// published of them, and not only those that have a new version.
const verifyEvery = 24 * time.Hour

// watch is `cert-health publish --watch` at work. What fails is tried again in the next
// round, and said when it begins and when it ends.
type watch struct {
	*publishFlags
	publisher *publish.Publisher
	verified  time.Time // when all was compared last

	rounds   int
	failing  string // why nothing could be done in the last round
	problems []publish.Problem
}

// run publishes until ctx ends.
func (w *watch) run(ctx context.Context) error {
	for ctx.Err() == nil {
		if time.Since(w.verified) >= verifyEvery {
			w.publisher.Forget()
			w.verified = time.Now()
		}
		result, err := w.publisher.Run(ctx)
		if ctx.Err() != nil {
			return nil
		}
		if err := w.round(result, err); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
		case <-time.After(w.interval):
		}
	}
	return nil
}

// round says what a round did, when that is news. Its error is that of saying so.
func (w *watch) round(result *publish.Result, err error) error {
	if err != nil {
		if reason := cause(err); reason != w.failing {
			w.failing = reason
			w.say(err.Error())
		}
		return nil
	}
	news := w.rounds == 0 || w.failing != "" || len(result.Changes)+result.IndexWrites > 0 || !slices.Equal(result.Problems, w.problems)
	if w.failing != "" {
		w.say("publishing again")
	}
	w.rounds, w.failing, w.problems = w.rounds+1, "", result.Problems
	if !news {
		return nil
	}
	if err := w.write(result, now()+" "); !errors.Is(err, errUnpublished) {
		return err
	}
	return nil
}

func (w *watch) say(sentence string) {
	fmt.Fprintf(w.console.err, "%s cert-health: %s\n", now(), sentence)
}

func now() string { return time.Now().UTC().Format(time.RFC3339) }

// cause is what is wrong, without what changes from round to round, such as when a
// log-in is tried again.
func cause(err error) string {
	if nothing := (*publish.NothingError)(nil); errors.As(err, &nothing) {
		return nothing.Problem.Reason
	}
	if fault := (*client.Fault)(nil); errors.As(err, &fault) {
		return fault.Error()
	}
	return err.Error()
}
