package verdict_test

import (
	"crypto/x509"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/cert"
	"cert-health/internal/scenario"
	"cert-health/internal/verdict"
)

var _ = Describe("the words of a finding", func() {
	held := func(after time.Duration) *cert.Summary { return held(2*time.Hour, after) }
	reference := func(state cert.ReferenceState, change func(*cert.Reference)) *cert.Reference {
		r := &cert.Reference{State: state, Mount: "secret/", Path: "a/b", Key: "certificate", Current: held(300 * day)}
		change(r)
		return r
	}
	nothing := func(*cert.Reference) {}

	DescribeTable("says what is wrong, why, and what to do",
		func(c *cert.Certificate, r *cert.Reference, code verdict.Code, message, why, next string) {
			for _, finding := range tell(judge(c, cert.Leaf, r, policy()).Findings) {
				if finding.Code == code {
					Expect(finding.Message).To(Equal(message))
					Expect(finding.Why).To(Equal(why))
					Expect(finding.Next).To(Equal(next))
					return
				}
			}
			Fail("no such finding")
		},
		Entry("expired, renewed in Vault, not deployed", certificate(365*day, -3*time.Hour),
			reference(cert.Stale, func(r *cert.Reference) { r.DeployedVersion, r.CurrentVersion, r.Since = 1, 2, now.Add(-2*time.Hour) }), verdict.Expired,
			"expired 3 hours ago (2026-11-22 00:00 UTC)",
			"clients refuse to connect to the server that uses it",
			"merge the manifest anew, then: bosh -d cf deploy MANIFEST"),
		Entry("stale by version", certificate(365*day, -3*time.Hour),
			reference(cert.Stale, func(r *cert.Reference) { r.DeployedVersion, r.CurrentVersion, r.Since = 1, 2, now.Add(-2*time.Hour) }), verdict.Stale,
			"renewed in Vault 2 hours ago (2026-11-22 01:00 UTC) but not deployed",
			"secret/a/b holds version 2, this is version 1",
			"merge the manifest anew, then: bosh -d cf deploy MANIFEST"),
		Entry("stale, and the renewed one has expired too", certificate(365*day, -3*time.Hour),
			reference(cert.Stale, func(r *cert.Reference) { r.DeployedVersion, r.CurrentVersion, r.Current = 1, 2, held(-time.Hour) }), verdict.Stale,
			"renewed in Vault but not deployed",
			"secret/a/b holds version 2, this is version 1; the certificate there has expired too",
			"cert-health x509 renew secret/a/b, then merge the manifest anew, then: bosh -d cf deploy MANIFEST"),
		Entry("stale, older than all versions in Vault", certificate(300*day, 60*day),
			reference(cert.Stale, func(r *cert.Reference) { r.CurrentVersion, r.Since = 20, now.Add(-3*day) }), verdict.Stale,
			"renewed in Vault 3 days ago (2026-11-19 03:00 UTC) but not deployed",
			"secret/a/b holds version 20, newer than this",
			"merge the manifest anew, then: bosh -d cf deploy MANIFEST"),
		Entry("stale in an engine without versions", certificate(300*day, 60*day), reference(cert.Stale, nothing), verdict.Stale,
			"renewed in Vault but not deployed",
			"secret/a/b holds a newer one", "merge the manifest anew, then: bosh -d cf deploy MANIFEST"),
		Entry("expired in Vault too", certificate(365*day, -3*day), reference(cert.Current, nothing), verdict.Expired,
			"expired 3 days ago (2026-11-19 03:00 UTC)",
			"clients refuse to connect to the server that uses it",
			"cert-health x509 renew secret/a/b, then merge the manifest anew, then: bosh -d cf deploy MANIFEST"),
		Entry("expired under another key", certificate(365*day, -3*day), reference(cert.Current, func(r *cert.Reference) { r.Key = "pem" }), verdict.Expired,
			"expired 3 days ago (2026-11-19 03:00 UTC)",
			"clients refuse to connect to the server that uses it",
			"make a successor of the certificate and write it to the key \"pem\" of secret/a/b (`cert-health x509 renew` needs the keys `certificate` and `key`), then merge the manifest anew, then: bosh -d cf deploy MANIFEST"),
		Entry("expiring, unknown to Vault", certificate(345*day, 20*day), &cert.Reference{State: cert.Unknown}, verdict.Expiring,
			"expires in 20 days (2026-12-12 03:00 UTC)",
			"after that, clients refuse to connect to the server that uses it",
			"Vault does not hold it: renew it at its issuer (CN=ca), in the secret store or variables file from which the manifest takes it, then merge the manifest anew, then: bosh -d cf deploy MANIFEST"),
		Entry("expiring, several candidates", certificate(345*day, 20*day),
			&cert.Reference{State: cert.Ambiguous, Candidates: []string{"s/a", "s/b", "s/c", "s/d"}}, verdict.Expiring,
			"expires in 20 days (2026-12-12 03:00 UTC)",
			"after that, clients refuse to connect to the server that uses it",
			"renew the right one of s/a, s/b, s/c and 1 more, then merge the manifest anew, then: bosh -d cf deploy MANIFEST"),
		Entry("expiring, candidates of other deployments", certificate(345*day, 20*day),
			&cert.Reference{State: cert.Ambiguous, Candidates: []string{"s/a"}, Elsewhere: true}, verdict.Expiring,
			"expires in 20 days (2026-12-12 03:00 UTC)",
			"after that, clients refuse to connect to the server that uses it",
			"Vault may not hold it: renew it at its issuer (CN=ca), in the secret store or variables file from which the manifest takes it, then merge the manifest anew, then: bosh -d cf deploy MANIFEST"),
		Entry("a candidate of another deployment", certificate(30*day, 300*day),
			&cert.Reference{State: cert.Ambiguous, Candidates: []string{"s/a"}, Elsewhere: true}, verdict.ReferenceUnavailable,
			"the secret that it belongs to is unknown",
			"s/a holds a certificate with its identity, and has never held this one; it may be of another deployment: no path names cf",
			"name the deployment's own paths in cert_health.vault.paths"),
		Entry("candidates of its own deployment", certificate(30*day, 300*day),
			&cert.Reference{State: cert.Ambiguous, Candidates: []string{"s/cf/a", "s/cf/b"}, Since: now.Add(-2 * day)}, verdict.ReferenceUnavailable,
			"the secret that it belongs to is unknown",
			"s/cf/a and s/cf/b hold certificates with its identity, and none of them has ever held this one",
			"if it was put there by hand: bosh -d cf recreate cell/0; if it was not: merge the manifest anew, then: bosh -d cf deploy MANIFEST"),
		Entry("revoked, and replaced", certificate(30*day, 300*day),
			reference(cert.Stale, func(r *cert.Reference) { r.Revoked = now.Add(-3 * time.Hour) }), verdict.Stale,
			"it was revoked in Vault 3 hours ago (2026-11-22 00:00 UTC)",
			"its key may be known to others, and programs that check revocation lists refuse it",
			"merge the manifest anew, then: bosh -d cf deploy MANIFEST"),
		Entry("a CA, revoked and not replaced", certificate(30*day, 300*day, ca, func(c *cert.Certificate) { c.SelfIssued = true }),
			reference(cert.Current, func(r *cert.Reference) { r.Revoked = now.Add(-3 * time.Hour) }), verdict.Stale,
			"/f still trusts it, and it was revoked in Vault 3 hours ago (2026-11-22 00:00 UTC)",
			"programs that use this file accept every certificate that it signs, and its key may be known to others",
			"reissue it: cert-health rotate next secret/a/b, then merge the manifest anew, then: bosh -d cf deploy MANIFEST"),
		Entry("a CA, revoked and still in the bundle", certificate(30*day, 300*day, ca),
			reference(cert.Current, func(r *cert.Reference) { r.Revoked, r.Bundle = now.Add(-3*time.Hour), make([]cert.Summary, 2) }), verdict.Stale,
			"/f still trusts it, and it was revoked in Vault 3 hours ago (2026-11-22 00:00 UTC)",
			"programs that use this file accept every certificate that it signs, and its key may be known to others",
			"remove it from secret/a/b, then merge the manifest anew, then: bosh -d cf deploy MANIFEST"),
		Entry("expiring soon, without a source", certificate(360*day, 5*day), nil, verdict.ExpiringSoon,
			"expires in 5 days (2026-11-27 03:00 UTC)",
			"after that, clients refuse to connect to the server that uses it",
			"renew it at its issuer (CN=ca), in the secret store or variables file from which the manifest takes it, then merge the manifest anew, then: bosh -d cf deploy MANIFEST"),
		Entry("expired, of a client", certificate(365*day, -3*time.Hour, func(c *cert.Certificate) { c.ExtKeyUsage = []string{"clientAuth"} }), nil, verdict.Expired,
			"expired 3 hours ago (2026-11-22 00:00 UTC)",
			"servers refuse the client that uses it",
			"renew it at its issuer (CN=ca), in the secret store or variables file from which the manifest takes it, then merge the manifest anew, then: bosh -d cf deploy MANIFEST"),
		Entry("expired, of a CA", certificate(365*day, -3*time.Hour, ca, func(c *cert.Certificate) { c.SelfIssued = true }), nil, verdict.Expired,
			"expired 3 hours ago (2026-11-22 00:00 UTC)",
			"every certificate that it signed is refused",
			"make a successor of this self-signed certificate (CN=x) in the secret store or variables file from which the manifest takes it, then merge the manifest anew, then: bosh -d cf deploy MANIFEST"),
		Entry("not yet valid", certificate(-2*time.Hour, 300*day), nil, verdict.NotYetValid,
			"becomes valid in 2 hours (2026-11-22 05:00 UTC)",
			"until then, clients refuse to connect to the server that uses it",
			"date -u; if the clock is wrong, repair the VM's time synchronization; if it is right, wait, or reissue the certificate"),
		Entry("never valid", certificate(-100*day, 20*day), reference(cert.Current, nothing), verdict.NotYetValid,
			"never valid: it ends (2026-12-12 03:00 UTC) before it begins (2027-03-02 03:00 UTC)",
			"clients refuse to connect to the server that uses it",
			"reissue it: cert-health x509 reissue secret/a/b, then merge the manifest anew, then: bosh -d cf deploy MANIFEST"),
		Entry("never valid, and past its end", certificate(-100*day, -20*day), nil, verdict.Expired,
			"never valid: it ends (2026-11-02 03:00 UTC) before it begins (2027-03-02 03:00 UTC)",
			"clients refuse to connect to the server that uses it",
			"reissue it at its issuer (CN=ca), then merge the manifest anew, then: bosh -d cf deploy MANIFEST"),
		Entry("never valid, and there is a successor", certificate(-100*day, -20*day), reference(cert.Stale, nothing), verdict.Expired,
			"never valid: it ends (2026-11-02 03:00 UTC) before it begins (2027-03-02 03:00 UTC)",
			"clients refuse to connect to the server that uses it",
			"merge the manifest anew, then: bosh -d cf deploy MANIFEST"),
		Entry("in its last second", certificate(365*day, 0), nil, verdict.ExpiringSoon,
			"expires now (2026-11-22 03:00 UTC)",
			"after that, clients refuse to connect to the server that uses it",
			"renew it at its issuer (CN=ca), in the secret store or variables file from which the manifest takes it, then merge the manifest anew, then: bosh -d cf deploy MANIFEST"),
		Entry("weak", certificate(day, 300*day, func(c *cert.Certificate) { c.KeyAlgorithm, c.KeyBits = x509.RSA, 1024 }), reference(cert.Current, nothing), verdict.Weak,
			"its RSA key has 1024 bits",
			"current TLS libraries refuse RSA keys of fewer than 2048 bits",
			"reissue it with a key of RSA 2048 or ECDSA P-256 and SHA-256: cert-health x509 reissue secret/a/b --bits 4096, then merge the manifest anew, then: bosh -d cf deploy MANIFEST"),
	)

	It("do not mention BOSH on a machine without it", func() {
		facts := verdict.Facts{Now: now, Source: vault, DeployCommand: []string{"bosh"}, Drains: []string{"rep"}}
		for range 7 {
			facts.Deployed = append(facts.Deployed, deployed(certificate(365*day, -day, ca), cert.CA, "/f"), deployed(certificate(365*day, -day), cert.Leaf, "/f"))
		}
		facts.References = map[cert.Fingerprint]cert.Reference{}
		for i, state := range states {
			facts.References[facts.Deployed[i].Certificate.Fingerprint] = cert.Reference{State: state, Mount: "secret/", Path: "rep", Key: "certificate"}
			facts.Mismatches = append(facts.Mismatches, cert.Mismatch{Certificate: facts.Deployed[i].Certificate.Fingerprint, At: facts.Deployed[i].Locations[0]})
		}
		for _, judgement := range verdict.Judge(facts, policy()) {
			for _, f := range tell(judgement.Findings) {
				Expect(f.Next).NotTo(MatchRegexp("(?i)bosh|drain"))
				Expect(f.Next).NotTo(BeEmpty())
			}
		}
	})

	It("have the configured deploy command", func() {
		facts := verdict.Facts{Now: now, Deployment: "cf", DeployCommand: []string{"genesis", "deploy", "prod-cf"},
			Deployed: []cert.Deployed{deployed(certificate(365*day, -day), cert.Leaf, "/f")}}
		Expect(tell(verdict.Judge(facts, policy())[0].Findings)[0].Next).To(HaveSuffix("from which the manifest takes it, then genesis deploy prod-cf"))
	})

	It("warn of a drain script that may use an expired certificate", func() {
		facts := verdict.Facts{Now: now, Deployment: "cf", Instance: "cell/3f2a", Drains: []string{"rep"},
			Deployed: []cert.Deployed{deployed(certificate(365*day, -day), cert.Leaf, "/f"), deployed(certificate(365*day, day), cert.Leaf, "/g")}}
		next := func(i int) string { return tell(verdict.Judge(facts, policy())[i].Findings)[0].Next }
		const warning = "; if the deploy hangs in bin/drain of rep, which may use an expired certificate, cancel it and repeat it with --skip-drain=cell"
		Expect(next(0)).To(HaveSuffix("merge the manifest anew, then: bosh -d cf deploy MANIFEST" + warning))
		Expect(next(1)).NotTo(ContainSubstring("drain"), "it has not expired")
		facts.Drains = []string{"other"}
		Expect(next(0)).NotTo(ContainSubstring("drain"))
	})

	It("name the CA by its path in Vault if safe does not find it", func() {
		root := scenario.Issue(scenario.Spec{CommonName: "root", CA: true, NotBefore: now.AddDate(-1, 0, 0), NotAfter: now.Add(day * 300), Key: scenario.RSA})
		leaf := scenario.Issue(scenario.Spec{CommonName: "leaf", Issuer: root, NotBefore: now.AddDate(-1, 0, 0), NotAfter: now.Add(-day), Key: scenario.RSA})
		facts := verdict.Facts{Now: now, Deployment: "cf", Source: vault, Deployed: tree{"rep/ca.crt": pem(root), "rep/tls.crt": pem(leaf)}.scan()}
		facts.References = map[cert.Fingerprint]cert.Reference{
			cert.New(root.X509).Fingerprint: {State: cert.Current, Mount: "secret/", Path: "cas/root", Key: "certificate"},
			cert.New(leaf.X509).Fingerprint: {State: cert.Current, Mount: "secret/", Path: "cf/leaf", Key: "certificate"},
		}
		var all []told
		for _, judgement := range verdict.Judge(facts, policy()) {
			all = append(all, tell(judgement.Findings)...)
		}
		Expect(all).To(ContainElement(And(HaveField("Code", verdict.Expired), HaveField("Next", HavePrefix("cert-health x509 renew secret/cf/leaf --signed-by secret/cas/root, then")))))
	})

	It("are in the order of severity", func() {
		c := certificate(365*day, -day, func(c *cert.Certificate) { c.SignatureAlgorithm = x509.SHA1WithRSA })
		Expect(codes(judge(c, cert.Leaf, reference(cert.Stale, nothing), policy()))).To(Equal([]code{
			{verdict.Expired, verdict.Critical}, {verdict.Stale, verdict.Error}, {verdict.Weak, verdict.Warning}}))
	})
})

var _ = DescribeTable("a moment relative to now", func(t time.Time, expected string) { Expect(verdict.Relative(t, now)).To(Equal(expected)) },
	Entry(nil, now, "now"),
	Entry(nil, now.Add(-999*time.Millisecond), "now"),
	Entry(nil, now.Add(time.Second), "in 1 second"),
	Entry(nil, now.Add(-time.Minute), "60 seconds ago"),
	Entry(nil, now.AddDate(291, 0, 0), "in 291 years"),
	Entry(nil, now.AddDate(1000, 0, 0), "in 1000 years"),
	Entry(nil, now.AddDate(-1000, 0, 0), "1000 years ago"),
	Entry(nil, time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC), "never"),
)

var _ = Describe("Severity", func() {
	It("is written and read by name", func() {
		for _, name := range append(verdict.Severities(), "ok") {
			var s verdict.Severity
			Expect(s.UnmarshalText([]byte(name))).To(Succeed())
			Expect(s.String()).To(Equal(name))
		}
		_, err := verdict.ParseSeverity("ok")
		Expect(err).To(MatchError(ContainSubstring("use info, warning, error, critical")))
	})
})
