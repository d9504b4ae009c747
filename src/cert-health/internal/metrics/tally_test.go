package metrics_test

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/cert"
	"cert-health/internal/discover"
	"cert-health/internal/metrics"
)

var _ = Describe("Tally", func() {
	errors := func(t metrics.Tally) map[string]float64 {
		return series(text(nil, metrics.Options{State: metrics.State{Errors: t}}), "x509_source_errors_total")
	}
	key := func(reason string) string { return `reason="` + reason + `",source_kind="file",source_name="jobs"` }

	It("starts at zero for every reason, so that increase() sees the first error", func() {
		Expect(errors(metrics.Tally{})).To(HaveLen(len(metrics.Reasons())))
		for _, reason := range metrics.Reasons() {
			Expect(errors(metrics.Tally{})).To(HaveKeyWithValue(key(string(reason)), 0.0))
		}
	})

	It("counts by the exporter's reasons, and counts a lasting error in each scan", func() {
		problems := []discover.Problem{
			{Kind: discover.Block, Reason: "its END line is missing"}, {Kind: discover.Block, Reason: "bad base64"},
			{Kind: discover.Access, Reason: "permission denied"}, {Kind: discover.Access, Reason: "input/output error"},
			{Kind: discover.Access, Class: cert.AgentFile, Reason: "permission denied"}, // not counted
			{Kind: discover.Vanished}, {Kind: discover.Locked}, {Kind: discover.Limit, Reason: "too large"},
		}
		var t metrics.Tally
		t.Scanned(problems)
		before := t
		t.Scanned(problems)
		t.Failed()
		Expect(errors(t)).To(Equal(map[string]float64{key("bad_pem"): 4, key("bad_passphrase"): 2, key("permission_denied"): 2, key("read_failed"): 4, key("not_found"): 2, key("walk_error"): 1}))
		Expect(errors(before)).To(HaveKeyWithValue(key("bad_pem"), 2.0), "a copy stays as it was")
	})
})
