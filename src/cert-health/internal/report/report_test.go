package report_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/netip"
	"os"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"cert-health/internal/cert"
	"cert-health/internal/report"
	"cert-health/internal/verdict"
)

var now = time.Date(2026, 11, 22, 3, 4, 5, 678, time.UTC)

// contents make a report with one of everything.
func contents() report.Contents {
	leaf := &cert.Certificate{Fingerprint: cert.Fingerprint{1}, Subject: "CN=rep.service.cf.internal", CommonName: "rep.service.cf.internal",
		Issuer: "CN=ca", Serial: "ab", SANs: []string{"rep.service.cf.internal"}, NotBefore: now.AddDate(-1, 0, 0), NotAfter: now.Add(-3 * time.Hour)}
	ca := &cert.Certificate{Fingerprint: cert.Fingerprint{2}, Subject: "CN=ca", CommonName: "ca", Issuer: "CN=ca", Serial: "1", CA: true,
		NotBefore: now.AddDate(-1, 0, 0), NotAfter: now.AddDate(9, 0, 0)}
	held := ca.Summary()
	deploy := []verdict.Step{verdict.Run("bosh", "-d", "cf", "deploy")}
	return report.Contents{
		Instance:  report.Instance{Deployment: "cf", Group: "cell", ID: "3f2a", AZ: "z1"},
		CheckedAt: now, Duration: 12 * time.Millisecond,
		Source: report.Source{Source: "vault", Name: "Vault", State: "ok", CheckedAt: now, Secrets: 14, Requests: 20},
		Files:  report.Files{With: 3, Without: 7, Unreadable: 1},
		Deployed: []cert.Deployed{
			{Certificate: ca, Role: cert.CA, Locations: []cert.Location{{Job: "rep", File: "/var/vcap/jobs/rep/config/ca.crt", Line: 1, Form: cert.PEM}}},
			{Certificate: leaf, Role: cert.Leaf, Locations: []cert.Location{
				{Job: "rep", File: "/var/vcap/jobs/rep/config/certs/server.crt", Line: 1, Form: cert.PEM},
				{File: "/etc/x.der", Form: cert.DER}}},
		},
		References: map[cert.Fingerprint]cert.Reference{
			{1}: {State: cert.Stale, Mount: "secret/", Path: "rep", Key: "certificate", DeployedVersion: 1, CurrentVersion: 2, Since: now.Add(-time.Hour), Current: &held},
			{2}: {State: cert.Unknown},
		},
		Judgements: []verdict.Judgement{
			{Ignored: []verdict.Ignored{{Code: verdict.Weak, Reason: "known", Until: now.AddDate(0, 1, 0).Truncate(time.Second),
				Locations: []cert.Location{{Job: "rep", File: "/var/vcap/jobs/rep/config/ca.crt", Line: 1, Form: cert.PEM}}}}},
			{Findings: []verdict.Finding{
				{Code: verdict.Expired, Severity: verdict.Critical, Message: "expired 3 hours ago (2026-11-22 00:04 UTC)", Why: "its peers refuse it", Steps: deploy},
				{Code: verdict.Stale, Severity: verdict.Error, Message: "renewed in Vault 60 minutes ago (2026-11-22 02:04 UTC) but not deployed", Why: "secret/rep holds version 2, this is version 1", Steps: deploy},
			}},
		},
		Problems: []verdict.Problem{{Code: verdict.Unreadable, Severity: verdict.Warning, Job: "bbs", File: "/var/vcap/jobs/bbs/config/x.pem", Line: 12, Message: "its END line is missing"}},
		Looked:   true, Listeners: 5, Served: servedStates(leaf),
		Ignored: []verdict.IgnoredProblem{{Problem: verdict.Problem{Code: verdict.Unreadable, File: "/y"}, Reason: "broken for years", Until: now.Truncate(time.Second)}},
	}
}

// servedStates has a served certificate in each state.
func servedStates(leaf *cert.Certificate) []verdict.ServedState {
	filed := &cert.Deployed{Certificate: leaf}
	rep := cert.Process{PID: 812, Name: "rep", Job: "rep", Started: now.AddDate(0, 0, -2)}
	at := func(port uint16, number byte, name string, by cert.Process) cert.Served {
		return cert.Served{Certificate: &cert.Certificate{Fingerprint: cert.Fingerprint{number}, CommonName: name, NotAfter: now.AddDate(0, 1, 0)},
			Address: netip.AddrPortFrom(netip.MustParseAddr("10.0.16.4"), port), Protocol: "tls", Process: by, SeenAt: now}
	}
	own := at(1800, 1, "rep.service.cf.internal", rep)
	own.Certificate = leaf
	return []verdict.ServedState{
		{Served: own, Filed: filed},
		{Served: at(1801, 3, "rep.service.cf.internal", rep), Newer: filed},
		{Served: at(1802, 3, "rep.service.cf.internal", rep), Newer: filed, Outdated: true},
		{Served: at(8443, 4, "made\x1b at start", cert.Process{})},
	}
}

var _ = Describe("WriteJSON", func() {
	It("writes what the JSON Schema describes", func() {
		file, err := os.Open("../../../../docs/report.schema.json")
		Expect(err).NotTo(HaveOccurred())
		defer file.Close()
		document, err := jsonschema.UnmarshalJSON(file)
		Expect(err).NotTo(HaveOccurred())
		compiler := jsonschema.NewCompiler()
		Expect(compiler.AddResource("report.json", document)).To(Succeed())
		schema, err := compiler.Compile("report.json")
		Expect(err).NotTo(HaveOccurred())

		for _, r := range []*report.Report{report.Build(contents()), report.Build(report.Contents{CheckedAt: now, Source: report.Source{State: "none"}})} {
			var out bytes.Buffer
			Expect(r.WriteJSON(&out)).To(Succeed())
			instance, err := jsonschema.UnmarshalJSON(&out)
			Expect(err).NotTo(HaveOccurred())
			Expect(schema.Validate(instance)).To(Succeed())
		}
	})

	It("writes the same as one call of the encoder", func() {
		for _, count := range []int{0, 1, 2} {
			c := contents()
			c.Deployed, c.Judgements = c.Deployed[:count], c.Judgements[:count]
			r := report.Build(c)
			var out, whole bytes.Buffer
			Expect(r.WriteJSON(&out)).To(Succeed())
			encoder := json.NewEncoder(&whole)
			encoder.SetIndent("", "  ")
			Expect(encoder.Encode(r)).To(Succeed())
			Expect(out.String()).To(Equal(whole.String()))
		}
	})

	It("returns the error of a closed pipe", func() {
		Expect(report.Build(contents()).WriteJSON(closed{})).To(MatchError(ContainSubstring("gone")))
	})

	It("leaves out what is unknown and keeps empty lists", func() {
		var out bytes.Buffer
		Expect(report.Build(report.Contents{CheckedAt: now, Source: report.Source{State: "none"}}).WriteJSON(&out)).To(Succeed())
		var keys map[string]any
		Expect(json.Unmarshal(out.Bytes(), &keys)).To(Succeed())
		Expect(keys).To(HaveKeyWithValue("instance", BeEmpty()))
		Expect(keys).To(HaveKeyWithValue("certificates", BeEmpty()))
		Expect(keys).To(HaveKeyWithValue("problems", BeEmpty()))
		Expect(keys["reference"]).To(Equal(map[string]any{"state": "none"}))
		Expect(keys["summary"]).To(HaveKeyWithValue("worst", "ok"))
	})
})

var _ = Describe("Build", func() {
	It("says what processes serve in place of each certificate, an older one first", func() {
		r := report.Build(contents())
		Expect(r.Certificates[1].Served).To(BeNil())
		Expect(*r.Certificates[0].Served).To(Equal(report.ServedSummary{State: report.NotLoaded, Addresses: []string{"10.0.16.4:1801"},
			NotAfter: now.AddDate(0, 1, 0).Truncate(time.Second), SeenAt: now.Truncate(time.Second)}))
		states := []report.ServedState{}
		for _, shown := range r.Served.Shown {
			states = append(states, shown.State)
		}
		Expect(states).To(Equal([]report.ServedState{report.Loaded, report.NotLoaded, report.Outdated, report.Unfiled}))
	})

	It("counts files and certificates, and puts the worst certificates first", func() {
		r := report.Build(contents())
		Expect(r.Summary).To(Equal(report.Summary{
			Files: 11, With: 3, Without: 7, Unreadable: 1, Certificates: 2, Placements: 3,
			ByCode: map[verdict.Code]int{verdict.Expired: 1, verdict.Stale: 1, verdict.Unreadable: 1}, Worst: verdict.Critical,
		}))
		Expect(r.Certificates[0].Subject).To(Equal("CN=rep.service.cf.internal"))
		Expect(r.Certificates[1].Reference.State).To(Equal(cert.Unknown))
	})
})

// closed is a pipe without a reader.
type closed struct{}

func (closed) Write([]byte) (int, error) { return 0, fmt.Errorf("gone") }
