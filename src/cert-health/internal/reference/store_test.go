package reference_test

import (
	"context"
	"slices"
	"time"

	"cert-health/internal/cert"
	"cert-health/internal/reference"
)

// store is a Store in memory that records its calls.
type store struct {
	secrets map[reference.Path]reference.Secret
	past    map[reference.Path][]reference.Version
	now     func() time.Time
	down    bool
	unfound bool // it answers no search
	busy    map[reference.Path]bool
	denied  map[reference.Path]bool

	searched  []map[cert.IdentityDigest]bool
	read      [][]reference.Path
	histories int
	failure   error
	unseen    []reference.Problem
}

func (s *store) put(secrets ...reference.Secret) {
	for _, secret := range secrets {
		s.secrets[secret.Path] = secret
	}
}

func (s *store) answer() *reference.Answer {
	if s.down {
		return &reference.Answer{State: reference.Unavailable, Error: "it is down"}
	}
	return &reference.Answer{State: reference.OK, CheckedAt: s.now(), Requests: 1}
}

func (s *store) Find(_ context.Context, identities map[cert.IdentityDigest]bool) *reference.Answer {
	s.searched = append(s.searched, identities)
	answer := s.answer()
	if s.down || s.unfound {
		return &reference.Answer{State: reference.Unavailable, Error: "it is busy"}
	}
	answer.Problems = slices.Clone(s.unseen)
	for _, secret := range s.secrets {
		if secret.Concerns(identities) {
			secret.ReadAt = s.now()
			answer.Secrets = append(answer.Secrets, secret)
		}
	}
	return answer
}

func (s *store) Read(_ context.Context, paths []reference.Path) *reference.Answer {
	s.read = append(s.read, paths)
	answer := s.answer()
	for _, path := range paths {
		secret, there := s.secrets[path]
		switch {
		case s.down:
		case s.denied[path]:
			answer.Problems = append(answer.Problems, reference.Problem{Path: path.String(), Reason: "denied"})
		case s.busy[path]:
			answer.Delayed = append(answer.Delayed, path)
		case !there:
			answer.Missing = append(answer.Missing, path)
		default:
			secret.ReadAt = s.now()
			answer.Secrets = append(answer.Secrets, secret)
		}
	}
	return answer
}

// Name implements reference.Store.
func (s *store) Name() string { return "Vault" }

func (s *store) History(_ context.Context, secret reference.Secret) ([]reference.Version, error) {
	s.histories++
	if s.failure != nil {
		return nil, s.failure
	}
	return s.past[secret.Path], nil
}
