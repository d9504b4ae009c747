package source

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"cert-health/internal/cert"
	"cert-health/internal/reference"
	"cert-health/internal/report"
	"cert-health/internal/uplink"
)

// Title is the name of the hub in sentences.
const Title = "the hub"

// asker asks a hub. *uplink.Client implements it.
type asker interface {
	References(ctx context.Context, r uplink.ReferencesRequest) (*uplink.ReferencesAnswer, error)
}

// store implements reference.Store.
type store struct {
	hub   asker
	vm    report.Instance
	paths []string // that are compared; empty: all
	words *words
	pause time.Duration // before a busy hub is asked again, if it names no time
}

func newStore(hub asker, vm report.Instance, paths []string, words *words) *store {
	return &store{hub: hub, vm: vm, paths: paths, words: words, pause: 5 * time.Second}
}

// Name implements reference.Store.
func (s *store) Name() string { return Title }

// Find implements reference.Store.
func (s *store) Find(ctx context.Context, identities map[cert.IdentityDigest]bool) *reference.Answer {
	list := slices.SortedFunc(maps.Keys(identities), func(a, b cert.IdentityDigest) int { return slices.Compare(a[:], b[:]) })
	answer, got := s.ask(ctx, uplink.ReferencesRequest{Identities: list})
	if got == nil {
		return answer
	}
	s.take(answer, got, nil, func(secret *reference.Secret) bool { return s.compared(secret.String()) && secret.Concerns(identities) })
	if got.Incomplete {
		answer.Unsearched = identities
	}
	return answer
}

// compared tells whether a path is one of those that are compared. The name of a store before a path
// does not matter.
func (s *store) compared(path string) bool {
	_, plain := qualified(path)
	return len(s.paths) == 0 || slices.ContainsFunc(s.paths, func(base string) bool {
		return path == base || plain == base || strings.HasPrefix(path, base+"/") || strings.HasPrefix(plain, base+"/")
	})
}

// touches tells whether a path, or what is below it if it ends with a slash, may be compared.
func (s *store) touches(path string) bool {
	_, plain := qualified(path)
	return s.compared(strings.TrimSuffix(path, "/")) || strings.HasSuffix(plain, "/") &&
		slices.ContainsFunc(s.paths, func(base string) bool { return strings.HasPrefix(base+"/", path) || strings.HasPrefix(base+"/", plain) })
}

// Read implements reference.Store. All paths are in one request.
func (s *store) Read(ctx context.Context, paths []reference.Path) *reference.Answer {
	answer, got := s.ask(ctx, uplink.ReferencesRequest{Paths: paths})
	if got == nil {
		return answer
	}
	requested := setOf(paths)
	s.take(answer, got, paths, func(secret *reference.Secret) bool { return requested[secret.Path] })
	for _, path := range got.Missing {
		if requested[path] {
			answer.Missing = append(answer.Missing, path)
		}
	}
	return answer
}

func setOf(paths []reference.Path) map[reference.Path]bool {
	set := make(map[reference.Path]bool, len(paths))
	for _, path := range paths {
		set[path] = true
	}
	return set
}

// History implements reference.Store.
func (s *store) History(ctx context.Context, secret reference.Secret) ([]reference.Version, error) {
	answer, got := s.ask(ctx, uplink.ReferencesRequest{History: []reference.Path{secret.Path}})
	if got == nil {
		return nil, errors.New(answer.Error)
	}
	for _, found := range got.Secrets {
		if found.Path == secret.Path {
			return found.Older, nil
		}
	}
	return nil, nil
}

// ask asks the hub. Without an answer, the second result is nil.
func (s *store) ask(ctx context.Context, r uplink.ReferencesRequest) (*reference.Answer, *uplink.ReferencesAnswer) {
	r.Schema, r.Instance = uplink.Schema, s.vm
	answer := &reference.Answer{State: reference.Unavailable}
	got, err := s.retry(ctx, r, answer)
	switch {
	case err != nil:
		answer.Error = err.Error()
		if refused(err) {
			answer.Refused = answer.Error
		}
	case got.State == reference.OK:
		answer.State, answer.CheckedAt = reference.OK, got.CheckedAt
		return answer, got
	default:
		answer.Error = report.Printable(report.Short(got.Error))
		if answer.Error == "" {
			answer.Error = "the hub knows of no store"
		}
	}
	answer.Problems = []reference.Problem{{Reason: answer.Error}}
	return answer, nil
}

// attempts is how often a busy hub is asked.
const attempts = 3

// retry asks a busy hub again.
func (s *store) retry(ctx context.Context, r uplink.ReferencesRequest, answer *reference.Answer) (*uplink.ReferencesAnswer, error) {
	for {
		got, err := s.hub.References(ctx, r)
		if answer.Requests++; err == nil || answer.Requests == attempts || !busy(err) {
			return got, err
		}
		timer := time.NewTimer(max(s.pause, uplink.PauseOf(err)))
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil, err
		case <-timer.C:
		}
	}
}

func statusOf(err error) int {
	if fault := (*uplink.Fault)(nil); errors.As(err, &fault) {
		return fault.Status
	}
	return 0
}

// busy tells that a hub asks to try again.
func busy(err error) bool {
	status := statusOf(err)
	return status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable
}

// refused tells that a hub would answer the same each time: a setting is wrong.
func refused(err error) bool {
	status := statusOf(err)
	return status >= 300 && status < 500 && !busy(err) && status != http.StatusRequestTimeout
}

// maxProblems is the largest number of problems that are taken from an answer.
const maxProblems = 50

// take adds the secrets that are wanted, and what could not be read. Problems that are not about one of
// them, or about a path that was requested, are in every answer.
func (s *store) take(answer *reference.Answer, got *uplink.ReferencesAnswer, requested []reference.Path, wanted func(*reference.Secret) bool) {
	about := map[string]bool{}
	for _, path := range requested {
		about[path.String()] = true
	}
	for i := range got.Secrets {
		if secret := &got.Secrets[i]; wanted(secret) {
			about[secret.String()] = true
			answer.Secrets = append(answer.Secrets, *secret)
		}
	}
	answer.Read = len(answer.Secrets)
	for _, p := range got.Problems[:min(len(got.Problems), maxProblems)] {
		p.Repeated = !about[p.Path]
		p.Path, p.Reason = report.Printable(report.Short(p.Path)), report.Printable(report.Short(p.Reason))
		if p.Path == "" || s.touches(p.Path) {
			answer.Problems = append(answer.Problems, p)
		}
	}
	s.words.learn(got, answer.Secrets)
}
