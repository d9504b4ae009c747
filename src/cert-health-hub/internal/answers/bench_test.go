package answers_test

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"

	"cert-health/hub/internal/answers"
	"cert-health/hub/internal/catalog"
	"cert-health/internal/scenario"
	"cert-health/internal/uplink"
)

// large is a hub with so many secrets, of ten versions each, and the request of a cell with 40
// certificates.
func large(secrets int) (*world, uplink.ReferencesRequest) {
	w, r := newWorld("vault", "vault"), request()
	ca := scenario.Issue(scenario.Spec{CommonName: "ca", CA: true})
	for i := range secrets {
		c := scenario.Issue(scenario.Spec{CommonName: fmt.Sprintf("service-%d", i), Issuer: ca}).Noun()
		versions := make([]certs, 10)
		for v := range versions {
			versions[v] = certs{c}
		}
		w.secret("vault", "secret/", fmt.Sprintf("env-%d/service-%d", i/40, i), versions...)
		if i < 40 {
			r.Identities = append(r.Identities, c.IdentityDigest())
			r.Paths = append(r.Paths, path("secret/", fmt.Sprintf("env-0/service-%d", i)))
		}
	}
	return w, r
}

func BenchmarkSearch(b *testing.B) { benchmark(b, func(r *uplink.ReferencesRequest) { r.Paths = nil }) }
func BenchmarkRead(b *testing.B) {
	benchmark(b, func(r *uplink.ReferencesRequest) { r.Identities = nil })
}

func benchmark(b *testing.B, only func(*uplink.ReferencesRequest)) {
	for _, secrets := range []int{500, 5_000} {
		w, r := large(secrets)
		only(&r)
		service := w.ready()
		b.Run(fmt.Sprint(secrets), func(b *testing.B) {
			for b.Loop() {
				body, err := json.Marshal(service.Answer(context.Background(), r))
				if err != nil || len(body) < 40*200 {
					b.Fatal("no answer", err)
				}
			}
		})
	}
}

// BenchmarkIndex is the first request after a change of the catalog.
func BenchmarkIndex(b *testing.B) {
	w, _ := large(5_000)
	view := catalog.New(w.contents, catalog.DefaultPolicy(), now())
	for b.Loop() {
		s := answers.New(answers.Options{View: func() *catalog.View { return view }, Loaded: func() bool { return true }})
		s.Answer(context.Background(), request())
	}
}
