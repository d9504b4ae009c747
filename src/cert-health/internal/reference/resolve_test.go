package reference_test

import (
	"context"
	"errors"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/cert"
	"cert-health/internal/reference"
)

var t0 = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// historian answers by path, and counts how often it is asked.
type historian struct {
	versions map[string][]reference.Version
	err      error
	asked    int
}

func (h *historian) History(_ context.Context, entry reference.Entry) ([]reference.Version, error) {
	h.asked++
	return h.versions[entry.Path], h.err
}

// certificate makes a noun by number, of an identity, issued on a day.
func certificate(number byte, name string, day int) *cert.Certificate {
	return &cert.Certificate{Fingerprint: cert.Fingerprint{number}, Subject: "CN=" + name, NotBefore: t0.AddDate(0, 0, day)}
}

func entry(c *cert.Certificate, path string, version int) reference.Entry {
	return reference.Entry{Certificate: c, Mount: "secret/", Path: path, Key: "certificate", Version: version, Created: t0.AddDate(0, 0, 10*version)}
}

var _ = Describe("Resolve", func() {
	var history *historian
	BeforeEach(func() { history = &historian{versions: map[string][]reference.Version{}} })

	resolve := func(c *cert.Certificate, entries ...reference.Entry) cert.Reference {
		snapshot := &reference.Snapshot{State: reference.OK, Entries: entries}
		references, _ := reference.Resolve(context.Background(), snapshot, history, []cert.Deployed{{Certificate: c}})
		return references[c.Fingerprint]
	}

	It("decides by fingerprint first, without asking for history", func() {
		c := certificate(1, "a", 0)
		Expect(resolve(c, entry(certificate(2, "a", 5), "other", 1), entry(c, "a", 3))).To(Equal(cert.Reference{
			State: cert.Current, Mount: "secret/", Path: "a", Key: "certificate", DeployedVersion: 3, CurrentVersion: 3, Held: c}))
		Expect(history.asked).To(BeZero())
	})

	It("finds the older version that is deployed, and since when it is out of date", func() {
		history.versions["a"] = []reference.Version{
			{Number: 4, Created: t0.AddDate(0, 0, 40), Fingerprints: []cert.Fingerprint{{9}}},
			{Number: 3, Created: t0.AddDate(0, 0, 30)}, // deleted
			{Number: 2, Created: t0.AddDate(0, 0, 20), Fingerprints: []cert.Fingerprint{{8}, {1}}},
		}
		r := resolve(certificate(1, "a", 0), entry(certificate(2, "a", 50), "a", 5))
		Expect(r.State).To(Equal(cert.Stale))
		Expect(r.DeployedVersion).To(Equal(2))
		Expect(r.CurrentVersion).To(Equal(5))
		Expect(r.Since).To(Equal(t0.AddDate(0, 0, 30)))
	})

	It("dates the drift from the current version when it came right after", func() {
		history.versions["a"] = []reference.Version{{Number: 4, Fingerprints: []cert.Fingerprint{{1}}}}
		Expect(resolve(certificate(1, "a", 0), entry(certificate(2, "a", 50), "a", 5)).Since).To(Equal(t0.AddDate(0, 0, 50)))
	})

	It("falls back on identity: newer in the store is stale, older is unexpected", func() {
		r := resolve(certificate(1, "a", 0), entry(certificate(2, "a", 50), "a", 1))
		Expect(r.State).To(Equal(cert.Stale))
		Expect(r.DeployedVersion).To(BeZero())
		Expect(r.Since).To(Equal(t0.AddDate(0, 0, 10)))
		Expect(resolve(certificate(1, "a", 51), entry(certificate(2, "a", 50), "a", 1)).State).To(Equal(cert.Unexpected))
	})

	It("names the candidates when several are meant", func() {
		r := resolve(certificate(1, "a", 0), entry(certificate(2, "a", 1), "z", 1), entry(certificate(3, "a", 1), "y", 1))
		Expect(r).To(Equal(cert.Reference{State: cert.Ambiguous, Candidates: []string{"secret/y", "secret/z"}}))
	})

	It("lets history settle what identity leaves open", func() {
		history.versions["y"] = []reference.Version{{Number: 1, Fingerprints: []cert.Fingerprint{{1}}}}
		r := resolve(certificate(1, "a", 0), entry(certificate(2, "a", 1), "z", 1), entry(certificate(3, "a", 1), "y", 2))
		Expect(r.State).To(Equal(cert.Stale))
		Expect(r.Path).To(Equal("y"))
	})

	It("finds no ambiguity in copies", func() {
		held := certificate(2, "a", 50)
		Expect(resolve(certificate(1, "a", 0), entry(held, "z", 1), entry(held, "y", 1)).State).To(Equal(cert.Stale))
	})

	It("knows nothing of what nobody holds", func() {
		Expect(resolve(certificate(1, "a", 0), entry(certificate(2, "b", 0), "b", 1))).To(Equal(cert.Reference{State: cert.Unknown}))
	})

	It("asks for the history of a secret once, and reports once that it cannot be read", func() {
		history.err = errors.New("denied")
		snapshot := &reference.Snapshot{State: reference.OK, Entries: []reference.Entry{entry(certificate(9, "a", 50), "a", 5)}}
		references, problems := reference.Resolve(context.Background(), snapshot, history,
			[]cert.Deployed{{Certificate: certificate(1, "a", 0)}, {Certificate: certificate(2, "a", 0)}})
		Expect(history.asked).To(Equal(1))
		Expect(problems).To(Equal([]reference.Problem{{Path: "secret/a", Reason: "its older versions were not read: denied"}}))
		Expect(references).To(HaveLen(2))
	})

	It("calls nothing good or stale by a store that could not be read", func() {
		snapshot := &reference.Snapshot{State: reference.Unavailable, Entries: []reference.Entry{entry(certificate(1, "a", 0), "a", 1)}}
		references, _ := reference.Resolve(context.Background(), snapshot, history, []cert.Deployed{{Certificate: certificate(1, "a", 0)}})
		Expect(references).To(BeEmpty())
	})
})
