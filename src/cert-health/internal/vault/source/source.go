package source

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"cert-health/internal/cert"
	"cert-health/internal/reference"
	"cert-health/internal/vault/client"
)

// Source reads one Vault. It implements reference.Store, and is not safe for concurrent use.
type Source struct {
	options     Options
	client      *client.Client
	reader      func(ctx context.Context, worker *client.Reader, m client.Mount, path string) (reference.Secret, error)
	access      reference.Access
	accessKnown bool // Vault has answered what the token permits, or does not permit to ask
}

// maxProblems is the largest number of paths that an answer names in problems.
const maxProblems = 20

// answering builds an answer.
type answering struct {
	*Source
	before  int // number of requests before
	workers []client.Reader

	mutex    sync.Mutex
	answer   reference.Answer
	answered bool // something was read
	omitted  int
	entries  int    // certificates in the secrets of the answer
	failure  string // the first
}

// Find implements reference.Store.
func (s *Source) Find(ctx context.Context, identities map[cert.IdentityDigest]bool) *reference.Answer {
	s.client.AllowAllRetries()
	return s.do(ctx, func(ctx context.Context, a *answering) {
		for _, path := range s.options.Paths {
			if s.options.Mode == Data {
				a.walk(ctx, path, identities)
			} else {
				a.lookUp(ctx, path, identities)
			}
		}
	})
}

// minRetries is the number of retries in one Read with few paths. With many paths, it is a fifth
// of them.
const minRetries = 4

// Read implements reference.Store. It makes few retries, which add to the load of a busy Vault:
// the next Read tries again.
func (s *Source) Read(ctx context.Context, paths []reference.Path) *reference.Answer {
	s.client.AllowRetries(int64(max(minRetries, len(paths)/5)))
	return s.do(ctx, func(ctx context.Context, a *answering) {
		if len(paths) == 0 {
			a.ping(ctx)
			return
		}
		named := map[string]reference.Path{}
		var names []string
		for _, path := range paths {
			named[path.String()] = path
			names = append(names, path.String())
		}
		s.client.Each(ctx, names, func(worker int, name string) error {
			return a.read(ctx, worker, named[name])
		}, a.problem)
	})
}

// do logs in, does the work within the deadline, and completes the answer.
func (s *Source) do(ctx context.Context, work func(context.Context, *answering)) *reference.Answer {
	ctx, cancel := context.WithTimeout(ctx, s.options.Timeout)
	defer cancel()
	a := &answering{Source: s, before: s.client.Requests(), workers: make([]client.Reader, s.client.Concurrency())}
	if err := s.client.Authenticate(ctx); err != nil {
		a.refuse("", err)
	} else {
		work(ctx, a)
	}
	if a.answered {
		s.checkAccess(ctx)
	}
	return a.finish()
}

func (a *answering) finish() *reference.Answer {
	answer := &a.answer
	answer.State = reference.OK
	if a.omitted > 0 {
		answer.Problems = append(answer.Problems, reference.Problem{
			Reason: fmt.Sprintf("%d more paths could not be read", a.omitted)})
	}
	if !a.answered && a.failure != "" {
		answer.State, answer.Error = reference.Unavailable, a.failure
	} else {
		answer.CheckedAt = a.options.Client.Now().UTC()
	}
	if skew := a.client.Skew(); skew.Abs() >= maxSkew {
		answer.Problems = append(answer.Problems, reference.Problem{Reason: skewed(skew), Repeated: true})
	}
	answer.Access, answer.Requests = a.access, a.client.Requests()-a.before
	answer.Credentials = a.client.Credentials()
	return answer
}

// maxSkew is the largest difference of the clocks that is not reported.
const maxSkew = 2 * time.Minute

func skewed(skew time.Duration) string {
	side := "behind"
	if skew < 0 {
		side = "ahead of"
	}
	return fmt.Sprintf("the clock of this VM is %s %s the clock of Vault, so certificates seem to expire too early or too late: check the time service (chronyc tracking)", skew.Abs().Round(time.Second), side)
}

func (a *answering) problem(path, reason string) {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	a.fail(path, reason)
	if len(a.answer.Problems) == maxProblems {
		a.omitted++
		return
	}
	a.answer.Problems = append(a.answer.Problems, reference.Problem{Path: path, Reason: reason})
}

// refuse records a failure of a log-in or of a configured path.
func (a *answering) refuse(path string, err error) {
	a.problem(path, err.Error())
	a.noteRefusal(path, err)
}

// noteRefusal notes a failure that Vault would repeat each time: a setting is wrong.
func (a *answering) noteRefusal(path string, err error) {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	if !client.IsTemporary(err) && a.answer.Refused == "" {
		a.answer.Refused = strings.TrimPrefix(path+": "+err.Error(), ": ")
	}
}

// fail records the first failure. The caller holds the mutex.
func (a *answering) fail(path, reason string) {
	if a.failure == "" {
		a.failure = strings.TrimPrefix(path+": "+reason, ": ")
	}
}

// read reads one secret.
func (a *answering) read(ctx context.Context, worker int, path reference.Path) error {
	m, rest, err := a.client.FindMount(ctx, path.String())
	var secret reference.Secret
	if err == nil {
		secret, err = a.reader(ctx, &a.workers[worker], m, rest)
	}
	a.mutex.Lock()
	defer a.mutex.Unlock()
	switch {
	case err == nil:
		secret.Path = path
		a.answered = true
		a.answer.Read++
		a.answer.Secrets = append(a.answer.Secrets, secret)
	case client.Is(err, client.NotFound):
		a.answered = true
		a.answer.Missing = append(a.answer.Missing, path)
		return nil
	case client.IsTemporary(err):
		a.fail(path.String(), err.Error())
		a.answer.Delayed = append(a.answer.Delayed, path)
		return nil
	}
	return err
}

// ping checks that Vault answers.
func (a *answering) ping(ctx context.Context) {
	if _, _, err := a.client.FindMount(ctx, a.options.Paths[0]); err != nil {
		a.problem(a.options.Paths[0], err.Error())
		return
	}
	a.answered = true
}

// History implements reference.Store.
func (s *Source) History(ctx context.Context, secret reference.Secret) ([]reference.Version, error) {
	if s.options.Mode == Metadata {
		return nil, nil // the publication contains the older versions
	}
	read, err := s.versions(ctx, secret)
	return pastVersions(read), err
}

// Name implements reference.Store.
func (s *Source) Name() string { return "Vault" }
