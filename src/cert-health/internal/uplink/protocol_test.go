package uplink_test

import (
	"encoding/json"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/reference"
	"cert-health/internal/report"
	"cert-health/internal/report/sample"
	"cert-health/internal/uplink"
	"cert-health/internal/verdict"
)

var _ = Describe("the digest of a report", func() {
	digest := func(change func(*report.Report)) string {
		GinkgoHelper()
		r := report.Build(sample.Contents())
		change(r)
		before, err := json.Marshal(r)
		Expect(err).NotTo(HaveOccurred())
		sum, err := uplink.Digest(r)
		Expect(err).NotTo(HaveOccurred())
		Expect(json.Marshal(r)).To(Equal(before), "the report was changed")
		return sum
	}
	same := func(*report.Report) {}

	It("is a SHA-256 in hexadecimal", func() { Expect(digest(same)).To(MatchRegexp("^[0-9a-f]{64}$")) })

	DescribeTable("stays the same while nothing happens", func(change func(*report.Report)) {
		Expect(digest(change)).To(Equal(digest(same)))
	},
		Entry("a later check", func(r *report.Report) { r.CheckedAt, r.DurationMS = r.CheckedAt.Add(time.Minute), 99 }),
		Entry("a later comparison", func(r *report.Report) {
			r.Reference.CheckedAt, r.Reference.Requests, r.Reference.RequestsDay = r.CheckedAt.Add(time.Minute), 99, 999
		}),
		Entry("a later handshake", func(r *report.Report) { r.Served.Shown[0].SeenAt = r.CheckedAt.Add(time.Minute) }),
		Entry("a hub that does not answer", func(r *report.Report) { r.Hub = &report.Hub{State: "unavailable", Error: "it is down"} }),
		Entry("another age in a finding", func(r *report.Report) {
			r.Certificates[0].Findings[0].Message = "expired 4 hours ago (2026-11-22 00:04 UTC)"
		}),
	)

	DescribeTable("changes with everything else", func(change func(*report.Report)) {
		Expect(digest(change)).NotTo(Equal(digest(same)))
	},
		Entry("a certificate", func(r *report.Report) { r.Certificates[0].Fingerprint = "ab" }),
		Entry("the state of the source", func(r *report.Report) { r.Reference.State = "unavailable" }),
		Entry("a severity", func(r *report.Report) { r.Certificates[0].Findings[0].Severity = verdict.Warning }),
		Entry("the unit of an age", func(r *report.Report) {
			r.Certificates[0].Findings[0].Message = "expired 2 days ago (2026-11-22 00:04 UTC)"
		}),
		Entry("what a process serves", func(r *report.Report) { r.Served.Shown[0].Fingerprint = "ab" }),
		Entry("a problem", func(r *report.Report) { r.Problems[0].Line = 13 }),
	)
})

var _ = Describe("a sequence", func() {
	DescribeTable("tells which message came later", func(a, b uplink.Sequence, newer bool) {
		Expect(a.Newer(b)).To(Equal(newer))
	},
		Entry("by its count", uplink.Sequence{Boot: "a", Count: 2}, uplink.Sequence{Boot: "a", Count: 1}, true),
		Entry("not the same", uplink.Sequence{Boot: "a", Count: 1}, uplink.Sequence{Boot: "a", Count: 1}, false),
		Entry("not an older one", uplink.Sequence{Boot: "a", Count: 1}, uplink.Sequence{Boot: "a", Count: 2}, false),
		Entry("by its boot", uplink.Sequence{Boot: "b", Count: 1}, uplink.Sequence{Boot: "a", Count: 9}, true),
	)
})

var _ = Describe("a message", func() {
	It("keeps its names: agents and hubs of other releases read them", func() {
		at := time.Date(2026, 11, 22, 3, 4, 5, 0, time.UTC)
		Expect(json.Marshal(uplink.Heartbeat{Schema: 1, Instance: report.Instance{Deployment: "cf", Group: "cell", ID: "3f2a"}, Digest: "ab",
			Sequence: uplink.Sequence{Boot: "b", Count: 7}, ScannedAt: at})).To(MatchJSON(`{"schema": 1, "instance": {"deployment": "cf",
			"group": "cell", "id": "3f2a"}, "digest": "ab", "sequence": {"boot": "b", "count": 7}, "scanned_at": "2026-11-22T03:04:05Z"}`))
		Expect(json.Marshal(uplink.Report{Schema: 1, Digest: "ab", Report: json.RawMessage(`{}`)})).To(MatchJSON(
			`{"schema": 1, "digest": "ab", "sequence": {"boot": "", "count": 0}, "report": {}}`))
		Expect(json.Marshal(uplink.ReferencesRequest{Schema: 1, Paths: []reference.Path{{Mount: "secret/", Path: "cf/rep"}}})).To(MatchJSON(
			`{"schema": 1, "instance": {}, "paths": [{"mount": "secret/", "path": "cf/rep"}]}`))
		Expect(json.Marshal(uplink.ReferencesAnswer{Schema: 1, Kind: "vault", Title: "Vault", State: reference.OK, CheckedAt: at,
			Remedies: uplink.Remedies{"secret/cf/rep": {"renew": {verdict.Run("credhub")}}}})).To(MatchJSON(`{"schema": 1, "kind": "vault",
			"title": "Vault", "state": "ok", "checked_at": "2026-11-22T03:04:05Z", "remedies": {"secret/cf/rep": {"renew": [{"run": ["credhub"]}]}}}`))
	})

	It("has a name for each action", func() {
		names := map[string]bool{}
		for action := range verdict.Actions {
			Expect(uplink.ActionName(action)).NotTo(BeEmpty())
			names[uplink.ActionName(action)] = true
		}
		Expect(names).To(HaveLen(int(verdict.Actions)))
		Expect(uplink.ActionName(verdict.Actions)).To(BeEmpty())
	})
})
