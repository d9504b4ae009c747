package validate

import (
	"bytes"
	"context"
	"slices"
	"strings"

	"cert-health/internal/budget"
	"cert-health/internal/extract"
	"cert-health/internal/extract/found"
	"cert-health/internal/issue"
	"cert-health/internal/secret"
	"cert-health/internal/vault/client"
)

// The bounds of one secret, as package client has them.
const (
	maxCertificates = 500
	maxDerivations  = 1_500_000
)

// reading reads secrets one after the other. Each worker has its own.
type reading struct{ extractor *extract.Extractor }

func newReading() *reading {
	return &reading{extract.ForFiles(func(string) ([]secret.Value, []error) { return nil, nil })}
}

// read reads the public part of the secret at a path, and wipes the rest. It is nil if there is none.
func (r *reading) read(ctx context.Context, c *client.Client, m client.Mount, path string) (*Secret, error) {
	values, err := c.ReadValues(ctx, m, path)
	defer values.Wipe()
	if err != nil || !values.Exists {
		return nil, err
	}
	meter := budget.New().Until(ctx).With(budget.Certificates, maxCertificates).With(budget.Derivations, maxDerivations)
	r.extractor.Charge(meter.Of(""))
	s := &Secret{Path: m.Path + path, Version: values.Version}
	for _, key := range values.Keys() {
		r.value(s, key, values.Text(key))
	}
	for _, excess := range meter.Exceeded() {
		s.Held = append(s.Held, Held{Broken: []string{excess.String() + ": split this secret"}})
	}
	slices.SortStableFunc(s.Held, func(a, b Held) int { return rank(a.Key) - rank(b.Key) })
	r.extractor.Release(maxCertificates)
	return s, nil
}

// rank orders the keys of a secret: `certificate` first and `combined` last.
func rank(key string) int {
	switch key {
	case certificateKey:
		return 0
	case combinedKey:
		return 2
	}
	return 1
}

// value reads the value under one key and wipes it.
func (r *reading) value(s *Secret, key string, text []byte) {
	defer clear(text)
	switch key {
	case serialKey:
		s.Serial = number(text)
		return
	case listKey:
		if len(bytes.TrimSpace(text)) == 0 {
			return
		}
		list, err := issue.ParseList(text)
		if s.List = list; err != nil {
			s.ListFault = err.Error()
		}
		return
	}
	result := r.extractor.Value(text)
	held := heldOf(key, &result)
	if held.Broken == nil && held.Certificates == nil && held.Private == nil && (key != privateKey || len(text) == 0) {
		return
	}
	s.Held = append(s.Held, held)
}

// maxNumber is the length of the longest serial number that is kept: 20 bytes in hexadecimal, twice.
const maxNumber = 80

// number is the text of a serial number. A longer one is cut: it is none.
func number(text []byte) string {
	trimmed := strings.TrimSpace(string(text[:min(len(text), maxNumber)]))
	if trimmed == "" && len(text) > 0 {
		return "-"
	}
	return trimmed
}

func heldOf(key string, result *found.Result) Held {
	held := Held{Key: key}
	for _, f := range result.Certificates {
		held.Certificates = append(held.Certificates, f.Certificate)
	}
	if result.Clues != nil {
		for _, k := range result.Clues.Keys {
			held.Private = append(held.Private, k.Digest)
		}
	}
	for _, b := range result.Broken {
		held.Broken = append(held.Broken, b.Reason)
	}
	return held
}
