package vault

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"

	"cert-health/internal/reference"
)

// maxProblems is the number of unseen paths that a snapshot names.
const maxProblems = 20

// maxFolderDepth bounds the nesting of folders in Vault.
const maxFolderDepth = 64

// Refresh reads every secret below the paths. It always returns a snapshot: what
// could not be seen is in its Problems, and its state is Unavailable when nothing
// could be.
func (s *Source) Refresh(ctx context.Context) *reference.Snapshot {
	ctx, cancel := context.WithTimeout(ctx, s.options.Timeout)
	defer cancel()
	before := s.requests.Load()
	w := &walk{source: s, workers: make([]worker, s.options.Concurrency)}
	if err := s.authenticate(ctx); err != nil {
		w.problem("", err.Error())
	} else {
		for _, path := range s.options.Paths {
			w.base(ctx, path)
		}
	}
	snapshot := w.snapshot()
	if snapshot.State == reference.OK {
		snapshot.CheckedAt = s.options.Now().UTC()
	}
	snapshot.Requests = int(s.requests.Load() - before)
	return snapshot
}

// walk is the state of one Refresh.
type walk struct {
	source  *Source
	workers []worker

	mutex    sync.Mutex
	entries  []reference.Entry
	problems []reference.Problem
	omitted  int
	read     int // secrets
}

func (w *walk) snapshot() *reference.Snapshot {
	snapshot := &reference.Snapshot{
		Source: "vault", State: reference.OK,
		Entries: w.entries, Secrets: w.read, Problems: w.problems,
	}
	if w.omitted > 0 {
		snapshot.Problems = append(snapshot.Problems, reference.Problem{
			Reason: fmt.Sprintf("%d more paths could not be read", w.omitted)})
	}
	if w.read == 0 && len(w.problems) > 0 {
		first := w.problems[0]
		snapshot.State = reference.Unavailable
		snapshot.Error = strings.TrimPrefix(first.Path+": "+first.Reason, ": ")
	}
	return snapshot
}

func (w *walk) problem(path, reason string) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	if len(w.problems) == maxProblems {
		w.omitted++
		return
	}
	w.problems = append(w.problems, reference.Problem{Path: path, Reason: reason})
}

// base walks over everything below one of the configured paths, level by level.
func (w *walk) base(ctx context.Context, path string) {
	m, rest, err := w.source.findMount(ctx, path)
	if err != nil {
		w.problem(strings.Trim(path, "/"), err.Error())
		return
	}
	folders := []string{rest}
	for depth := 0; len(folders) > 0; depth++ {
		if depth == maxFolderDepth {
			w.problem(m.path+folders[0], fmt.Sprintf("folders are nested deeper than %d", maxFolderDepth))
			return
		}
		var secrets []string
		folders, secrets = w.list(ctx, m, folders)
		if depth == 0 && len(folders)+len(secrets) == 0 && rest != "" {
			secrets = []string{strings.TrimSuffix(rest, "/")} // not a folder: a secret?
		}
		w.readAll(ctx, m, secrets)
	}
}

// list lists folders and returns the folders and secrets in them.
func (w *walk) list(ctx context.Context, m mount, folders []string) (below, secrets []string) {
	w.each(ctx, m, folders, func(_ int, folder string) error {
		answer, err := w.source.client.Logical().ListWithContext(ctx, m.list(folder))
		if err != nil {
			return errors.New(explain(err))
		}
		if answer == nil {
			return nil // empty
		}
		names, _ := answer.Data["keys"].([]any)
		w.mutex.Lock()
		defer w.mutex.Unlock()
		for _, name := range names {
			switch name, _ := name.(string); {
			case name == "":
			case strings.HasSuffix(name, "/"):
				below = append(below, folder+name)
			default:
				secrets = append(secrets, folder+name)
			}
		}
		return nil
	})
	return below, secrets
}

// readAll reads secrets into entries.
func (w *walk) readAll(ctx context.Context, m mount, secrets []string) {
	if room := w.source.options.MaxSecrets - w.read; len(secrets) > room {
		w.problem(m.path, fmt.Sprintf("there are more secrets than vault.max_secrets (%d); the rest was not read", w.source.options.MaxSecrets))
		secrets = secrets[:room]
	}
	w.each(ctx, m, secrets, func(worker int, path string) error {
		read, err := w.source.readSecret(ctx, m, path, 0, &w.workers[worker])
		switch {
		case errors.Is(err, errGone) && read.version == 0:
			return errors.New("there is nothing at this path") // mistyped, or deleted since it was listed
		case err != nil && !errors.Is(err, errGone):
			return err
		}
		for _, broken := range read.broken {
			w.problem(m.path+path, broken)
		}
		w.mutex.Lock()
		defer w.mutex.Unlock()
		w.read++
		for _, held := range read.certificates {
			w.entries = append(w.entries, reference.Entry{
				Certificate: held.certificate, Mount: m.path, Path: path, Key: held.key,
				Version: read.version, Created: read.created,
			})
		}
		return nil
	})
}

// each calls do for every path, on as many workers as the options allow, and
// turns errors into problems. When the deadline passes, the paths left over are
// one problem.
func (w *walk) each(ctx context.Context, m mount, paths []string, do func(worker int, path string) error) {
	var next atomic.Int64
	var left atomic.Int64
	var group sync.WaitGroup
	for worker := range min(len(paths), len(w.workers)) {
		group.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= len(paths) {
					return
				}
				if ctx.Err() != nil {
					left.Add(1)
					continue
				}
				if err := do(worker, paths[i]); err != nil {
					w.problem(m.path+paths[i], err.Error())
				}
			}
		})
	}
	group.Wait()
	if left := left.Load(); left > 0 {
		w.problem(m.path, fmt.Sprintf("%d paths were not read within vault.timeout (%s)", left, w.source.options.Timeout))
	}
}
