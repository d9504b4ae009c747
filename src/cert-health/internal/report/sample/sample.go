// Package sample has the contents of a report with one of everything, for tests.
package sample

import (
	"net/netip"
	"time"

	"cert-health/internal/cert"
	"cert-health/internal/report"
	"cert-health/internal/verdict"
)

// Now is the time at which the report is made.
func Now() time.Time { return time.Date(2026, 11, 22, 3, 4, 5, 678, time.UTC) }

// Contents make a report with one of everything.
func Contents() report.Contents {
	now := Now()
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
		Looked:   true, Listeners: 5, Served: ServedStates(leaf),
		Ignored: []verdict.IgnoredProblem{{Problem: verdict.Problem{Code: verdict.Unreadable, File: "/y"}, Reason: "broken for years", Until: now.Truncate(time.Second)}},
	}
}

// ServedStates has a served certificate in each state. One of them is leaf.
func ServedStates(leaf *cert.Certificate) []verdict.ServedState {
	now := Now()
	filed := &cert.Deployed{Certificate: leaf}
	rep := cert.Process{PID: 812, Name: "rep", Job: "rep", Started: now.AddDate(0, 0, -2)}
	at := func(port uint16, number byte, name string, by cert.Process) cert.Served {
		return cert.Served{Certificate: &cert.Certificate{Fingerprint: cert.Fingerprint{number}, CommonName: name, NotAfter: now.AddDate(0, 1, 0)},
			Address: netip.AddrPortFrom(netip.MustParseAddr("10.0.16.4"), port), Protocol: "tls", Process: by, SeenAt: now, Proven: true}
	}
	own := at(1800, 1, "rep.service.cf.internal", rep)
	own.Certificate = leaf
	copied := at(8444, 1, "rep.service.cf.internal", cert.Process{PID: 4711, Name: "nc"})
	copied.Certificate, copied.Proven = leaf, false
	return []verdict.ServedState{
		{Served: own, Filed: filed},
		{Served: at(1801, 3, "rep.service.cf.internal", rep), Newer: filed},
		{Served: at(1802, 3, "rep.service.cf.internal", rep), Newer: filed, Outdated: true},
		{Served: at(8443, 4, "made\x1b at start", cert.Process{})},
		{Served: copied},
	}
}

// Ending makes a report with two revocation lists in one file, and a credential, which is in
// no file. All three have expired; no certificate has a finding.
func Ending() *report.Report {
	c := Contents()
	c.Judgements = make([]verdict.Judgement, 2)
	list := verdict.Problem{Code: verdict.Expired, Severity: verdict.Error, About: "revocation list of CN=ca", Job: "haproxy",
		File: "/var/vcap/jobs/haproxy/config/crl.pem", Line: 3, Message: "its next update was due", Why: "clients are refused", Steps: []verdict.Step{verdict.Run("cert-health", "x509", "crl", "--renew", "secret/ca")}}
	other, token := list, list
	other.About = "revocation list of CN=other"
	token.About, token.Job, token.File, token.Line = "the agent's Vault token", "cert-health", "", 0
	c.Problems = append(c.Problems, list, other, token)
	return report.Build(c)
}
