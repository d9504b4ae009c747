package verdict_test

import (
	"crypto/x509"
	"regexp"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/cert"
	"cert-health/internal/scenario"
	"cert-health/internal/verdict"
)

const (
	tls    = "rep/config/certs/tls.crt"
	caFile = "rep/config/certs/ca.crt"
	inTLS  = "/var/vcap/jobs/" + tls
	inCA   = "/var/vcap/jobs/" + caFile
)

var _ = Describe("the chain of a leaf", func() {
	root := authorityOf("root", nil)
	sub := authorityOf("sub", root)
	leaf := issue(sub)
	expired := authorityOf("root", nil, lasting(-300, -0.125))
	expiredSub := authorityOf("sub", root, lasting(-300, -0.125))
	young := authorityOf("root", nil, lasting(2, 300))
	renewed := authorityOf("root", nil, keyOf(expired))
	narrow := authorityOf("sub", root, func(s *scenario.Spec) { s.Permitted = []string{"cf.internal"} })
	ending := authorityOf("root", nil, lasting(-300, 20))
	twin := authorityOf("root", nil)
	namesake := authorityOf("sub", root)
	orphan := authorityOf("sub", expired)
	brief := authorityOf("sub", sub, lasting(-30, 5))
	lasted := authorityOf("sub", sub, keyOf(brief))
	dying := authorityOf("sub", ending)
	halfway := issue(dying)
	distant := authorityOf("root", nil, lasting(-30, 40))

	DescribeTable("without a fault",
		func(t tree) {
			Expect(t.findings(verdict.Facts{}, verdict.Untrusted)).To(BeEmpty())
		},
		Entry("its intermediate behind it", tree{tls: pem(leaf, sub), caFile: pem(root)}),
		Entry("a trusted intermediate", tree{tls: pem(leaf), caFile: pem(sub)}),
		Entry("its intermediate in the CA file", tree{tls: pem(leaf), caFile: pem(root, sub)}),
		Entry("its intermediate behind another leaf of the job", tree{tls: pem(leaf), "rep/b.crt": pem(issue(sub), sub), caFile: pem(root)}),
		Entry("its intermediate trusted by another job", tree{tls: pem(leaf), "bbs/ca.crt": pem(sub), caFile: pem(root)}),
		Entry("a public chain, beside the CA of its peers", tree{tls: pem(leaf, sub), caFile: pem(oldCA)}),
		Entry("a chain with its root behind it, beside the CA of its peers", tree{tls: pem(leaf, sub, root), caFile: pem(oldCA)}),
		Entry("a chain that ends in an expired root, of which peers may have a renewed one", tree{tls: pem(issue(expired), expired)}),
		Entry("the same, with text in between", tree{tls: "subject=leaf\n" + pem(issue(expired)) + "subject=root\n" + pem(expired)}),
		Entry("an expired cross-signed intermediate that peers may not need", tree{
			tls: pem(leaf, sub, authorityOf("root", oldCA, keyOf(root), lasting(-300, -1))), caFile: pem(newCA)}),
		Entry("a cross-signed CA with one expired certificate", tree{tls: pem(issue(sub), sub),
			caFile: pem(authorityOf("root", oldCA, keyOf(root), lasting(-300, -1)), root)}),
		Entry("intermediates that signed each other", tree{
			tls: pem(leaf, sub, authorityOf("root", sub, keyOf(root))), caFile: pem(oldCA)}),
		Entry("two chains, one of which is valid", tree{tls: pem(leaf, sub, expiredSub), "rep/int.pem": pem(authorityOf("sub", expired, keyOf(sub))), caFile: pem(root, expired)}),
		Entry("a CA that was renewed with its key, beside the old one", tree{tls: pem(issue(expired)), caFile: pem(expired, renewed)}),
		Entry("a CA that was renewed with its key, for another job only", tree{tls: pem(issue(expired)), caFile: pem(expired), "bbs/ca.crt": pem(renewed)}),
		Entry("a new CA that the old one signed", tree{tls: pem(issue(twin), authorityOf("root", root, keyOf(twin))), caFile: pem(root)}),
		Entry("old and new CA in one bundle", tree{tls: pem(issue(twin)), caFile: pem(root, twin)}),
		Entry("a leaf that has expired with its CA", tree{tls: pem(issue(expired, lasting(-300, -0.125))), caFile: pem(expired)}),
		Entry("a self-signed leaf", tree{tls: pem(issue(nil, func(s *scenario.Spec) { s.CommonName = "root" })), caFile: pem(root)}),
		Entry("a CA with the name of its issuer behind another leaf", tree{
			tls: pem(leaf), "rep/b.crt": pem(issue(namesake), namesake)}),
		Entry("an intermediate that this job does not use", tree{tls: pem(leaf), "bbs/b.crt": pem(issue(sub), sub), caFile: pem(oldCA)}),
		Entry("an intermediate behind another leaf, and a root behind a leaf", tree{tls: pem(leaf), "rep/b.crt": pem(issue(root), root), "bbs/tls.crt": pem(issue(sub), sub)}),
		Entry("an intermediate behind another leaf, and an expired root", tree{tls: pem(issue(orphan)), caFile: pem(expired), "bbs/tls.crt": pem(issue(orphan), orphan)}),
		Entry("an expired intermediate behind another leaf", tree{tls: pem(issue(expiredSub)), caFile: pem(root), "bbs/tls.crt": pem(issue(expiredSub, lasting(-300, -0.125)), expiredSub)}),
		Entry("another CA with the name, while another job has the right one, which has expired", tree{tls: pem(issue(expired)), caFile: pem(twin), "bbs/ca.crt": pem(expired)}),
		Entry("names that its CA may sign for", tree{tls: pem(issue(narrow, func(s *scenario.Spec) { s.SANs = []string{"bbs.cf.internal"} }), narrow), caFile: pem(root)}),
		Entry("a CA that expires before it, but not soon", tree{tls: pem(issue(distant)), caFile: pem(distant)}),
		Entry("a CA that expires before it, beside a renewed one", tree{tls: pem(issue(ending)), caFile: pem(ending, authorityOf("root", nil, keyOf(ending)))}),
		Entry("a CA that expires soon, and a leaf that expires before it", tree{tls: pem(issue(ending, lasting(-300, 19))), caFile: pem(ending)}),
		Entry("a CA that expires soon, and a leaf that is expiring too", tree{tls: pem(issue(ending, lasting(-300, 21))), caFile: pem(ending)}),
		Entry("a CA that expires soon, and a leaf with a short lifetime", tree{tls: pem(issue(ending, lasting(-15, 15))), caFile: pem(ending)}),
		Entry("an intermediate that expires soon, and its renewed certificate", tree{tls: pem(issue(brief), brief, lasted, sub), caFile: pem(root)}),
		Entry("another CA first, distinguished by key algorithms", tree{tls: pem(issue(twin, unlinked)),
			caFile: pem(authorityOf("root", nil, func(s *scenario.Spec) { s.Key = scenario.RSA }), twin)}),
		Entry("another CA first, and an expired leaf", tree{tls: pem(issue(twin, unlinked, lasting(-300, -1))), caFile: pem(root, twin)}),
		Entry("another CA first, distinguished by key identifiers", tree{tls: pem(issue(twin)), caFile: pem(root, twin)}),
		Entry("another CA behind, not distinguished", tree{tls: pem(issue(twin, unlinked)), caFile: pem(twin, root)}),
		Entry("an expired CA first, not distinguished", tree{tls: pem(issue(twin, unlinked)), caFile: pem(expired, twin)}),
	)

	DescribeTable("with a fault, in words",
		func(t tree, severity verdict.Severity, message, why, next string) {
			found := t.findings(verdict.Facts{}, verdict.Untrusted)
			for i := range found {
				found[i].Next = regexp.MustCompile(", key identifier [0-9a-f]+").ReplaceAllString(found[i].Next, "")
			}
			Expect(found).To(Equal([]told{
				{Code: verdict.Untrusted, Severity: severity, Message: message, Why: why, Next: next}}))
		},
		Entry("an expired CA", tree{tls: pem(issue(expired)), caFile: pem(expired)}, verdict.Error,
			"in "+inTLS+" it was signed by CN=root in "+inCA+", which expired 3 hours ago (2026-11-22 00:00 UTC)",
			"peers that verify it with this CA refuse it",
			"for CN=root: make a successor of this self-signed certificate (CN=root) in the secret store or variables file from which the manifest takes it, then merge the manifest anew, then: bosh -d cf deploy MANIFEST"),
		Entry("an expired CA beside its successor", tree{tls: pem(issue(expired)), caFile: pem(expired, root)}, verdict.Error,
			"in "+inTLS+" it was signed by CN=root in "+inCA+", which expired 3 hours ago (2026-11-22 00:00 UTC)",
			"peers that verify it with this CA refuse it",
			"reissue it from the CA that replaces the other one in "+inCA+" at its issuer (CN=root), then merge the manifest anew, then: bosh -d cf deploy MANIFEST"),
		Entry("a CA that is not valid yet", tree{tls: pem(issue(young)), caFile: pem(young)}, verdict.Error,
			"in "+inTLS+" it was signed by CN=root in "+inCA+", which becomes valid in 2 days (2026-11-24 03:00 UTC)",
			"peers that verify it with this CA refuse it",
			"date -u; if the clock is wrong, repair the VM's time synchronization; if it is right, wait, or reissue it from a CA that is valid at its issuer (CN=root), then merge the manifest anew, then: bosh -d cf deploy MANIFEST"),
		Entry("an expired intermediate behind it", tree{tls: pem(issue(expiredSub), expiredSub)}, verdict.Error,
			"in "+inTLS+" it was signed by CN=sub in the same file, which expired 3 hours ago (2026-11-22 00:00 UTC)",
			"peers that verify it with this CA refuse it",
			"for CN=sub: renew it at its issuer (CN=root), in the secret store or variables file from which the manifest takes it, then merge the manifest anew, then: bosh -d cf deploy MANIFEST"),
		Entry("an expired CA above its intermediate", tree{tls: pem(issue(orphan), orphan), caFile: pem(expired)}, verdict.Error,
			"in "+inTLS+" its intermediate CN=sub was signed by CN=root in "+inCA+", which expired 3 hours ago (2026-11-22 00:00 UTC)",
			"peers that verify it with this CA refuse it",
			"for CN=root: make a successor of this self-signed certificate (CN=root) in the secret store or variables file from which the manifest takes it, then merge the manifest anew, then: bosh -d cf deploy MANIFEST"),
		Entry("a CA of another generation above its intermediate", tree{tls: pem(leaf, sub), caFile: pem(twin)}, verdict.Error,
			"in "+inTLS+" its intermediate CN=sub does not chain to any CA of its job with its issuer's name: CN=root in "+inCA+" has another key",
			"peers that trust only this CA refuse it",
			"add the CA that signed it to the property that fills "+inCA+", or reissue it at its issuer (CN=sub), then merge the manifest anew, then: bosh -d cf deploy MANIFEST"),
		Entry("an intermediate of another generation behind it", tree{tls: pem(leaf, namesake), caFile: pem(root)}, verdict.Error,
			"in "+inTLS+" it does not chain to any CA of its job with its issuer's name: CN=sub in the same file has another key",
			"peers that trust only this CA refuse it",
			"add the CA that signed it to the property that fills "+inTLS+", or reissue it at its issuer (CN=sub), then merge the manifest anew, then: bosh -d cf deploy MANIFEST"),
		Entry("its own CA behind it, and another in the CA file", tree{tls: pem(issue(twin), twin), caFile: pem(root)}, verdict.Error,
			"in "+inTLS+" it does not chain to any CA of its job with its issuer's name: CN=root in "+inCA+" has another key",
			"peers that trust only this CA refuse it",
			"add the CA that signed it to the property that fills "+inCA+", or reissue it at its issuer (CN=root), then merge the manifest anew, then: bosh -d cf deploy MANIFEST"),
		Entry("a missing intermediate", tree{tls: pem(leaf), caFile: pem(root), "bbs/tls.crt": pem(issue(sub), sub)}, verdict.Warning,
			inTLS+" lacks the intermediate CN=sub that signed it; /var/vcap/jobs/bbs/tls.crt has it",
			"peers that trust only CN=root in "+inCA+" refuse it",
			"in the property that fills "+inTLS+", put CN=sub from /var/vcap/jobs/bbs/tls.crt behind this certificate, then merge the manifest anew, then: bosh -d cf deploy MANIFEST"),
		Entry("a name that its CA may not sign for", tree{tls: pem(issue(narrow), narrow), caFile: pem(root)}, verdict.Error,
			"in "+inTLS+" it was signed by CN=sub in the same file, whose name constraints do not allow rep",
			"its peers refuse it",
			"reissue it for names that its CA may sign, or from another CA at its issuer (CN=sub), then merge the manifest anew, then: bosh -d cf deploy MANIFEST"),
		Entry("a CA that expires first, and soon", tree{tls: pem(issue(ending)), caFile: pem(ending)}, verdict.Info,
			"in "+inTLS+" it was signed by CN=root in "+inCA+", which expires before it, in 20 days (2026-12-12 03:00 UTC)",
			"after that, its peers refuse it",
			"for CN=root: make a successor of this self-signed certificate (CN=root) in the secret store or variables file from which the manifest takes it, then merge the manifest anew, then: bosh -d cf deploy MANIFEST"),
		Entry("two such CAs, of which the one that lasts longer counts", tree{tls: pem(issue(ending)), caFile: pem(ending, authorityOf("root", nil, keyOf(ending), lasting(-300, 10)))}, verdict.Info,
			"in "+inTLS+" it was signed by CN=root in "+inCA+", which expires before it, in 20 days (2026-12-12 03:00 UTC)",
			"after that, its peers refuse it",
			"for CN=root: make a successor of this self-signed certificate (CN=root) in the secret store or variables file from which the manifest takes it, then merge the manifest anew, then: bosh -d cf deploy MANIFEST"),
		Entry("an expired CA in another property", tree{"rep/rep.yml": "cert: |\n" + scenario.Indent(pem(issue(expired)), "  ") + "ca: |\n" + scenario.Indent(pem(expired), "  ")}, verdict.Error,
			"in /var/vcap/jobs/rep/rep.yml it was signed by CN=root in the same file, which expired 3 hours ago (2026-11-22 00:00 UTC)",
			"peers that verify it with this CA refuse it",
			"for CN=root: make a successor of this self-signed certificate (CN=root) in the secret store or variables file from which the manifest takes it, then merge the manifest anew, then: bosh -d cf deploy MANIFEST"),
		Entry("an expired CA behind it and in the CA file", tree{"rep/a.crt": pem(issue(expired), expired), caFile: pem(expired)}, verdict.Error,
			"in /var/vcap/jobs/rep/a.crt it was signed by CN=root in "+inCA+", which expired 3 hours ago (2026-11-22 00:00 UTC)",
			"peers that verify it with this CA refuse it",
			"for CN=root: make a successor of this self-signed certificate (CN=root) in the secret store or variables file from which the manifest takes it, then merge the manifest anew, then: bosh -d cf deploy MANIFEST"),
		Entry("with another fault at each of two places", tree{"bbs/tls.crt": pem(halfway, dying), "bbs/ca.crt": pem(ending), tls: pem(halfway), caFile: pem(ending)}, verdict.Warning,
			inTLS+" lacks the intermediate CN=sub that signed it; /var/vcap/jobs/bbs/tls.crt has it",
			"peers that trust only CN=root in "+inCA+" refuse it",
			"in the property that fills "+inTLS+", put CN=sub from /var/vcap/jobs/bbs/tls.crt behind this certificate, then merge the manifest anew, then: bosh -d cf deploy MANIFEST"),
		Entry("another CA first, not distinguished", tree{tls: pem(issue(twin, unlinked)), caFile: pem(root, twin)}, verdict.Info,
			"in "+inTLS+" it was signed by CN=root in "+inCA+", where another CA with that name comes first and no key identifiers distinguish them",
			"OpenSSL (nginx, HAProxy, MySQL) tries only the first one and refuses it; Go tries both",
			"in the property that fills "+inCA+", put the CA that signed it first, or remove the other one, then merge the manifest anew, then: bosh -d cf deploy MANIFEST"),
	)

	It("has a fault if a server is known to use a certificate for clients", func() {
		client := issue(root, func(s *scenario.Spec) { s.Client = true })
		t := tree{tls: pem(client), caFile: pem(root)}
		Expect(t.findings(verdict.Facts{}, verdict.Untrusted)).To(BeEmpty())
		Expect(t.findings(verdict.Facts{Served: showing(client.Noun())}, verdict.Untrusted)).To(Equal([]told{{
			Code: verdict.Untrusted, Severity: verdict.Error,
			Message: "a server uses it, but it may be used for clientAuth only (extended key usage)",
			Why:     "clients refuse to connect",
			Next:    "reissue it for serverAuth at its issuer (CN=root), then merge the manifest anew, then: bosh -d cf deploy MANIFEST"}}))
		both := issue(root)
		Expect(tree{tls: pem(both), caFile: pem(root)}.findings(verdict.Facts{Served: showing(both.Noun())}, verdict.Untrusted)).To(BeEmpty())
	})

	It("is not judged if the key usage of one of the CAs does not allow it to sign", func() {
		usage := at(twin, caFile)
		usage.Certificate.KeyUsage = x509.KeyUsageDigitalSignature
		well := at(twin, caFile)
		expect := func(second cert.Deployed, count int) {
			GinkgoHelper()
			Expect(untrusted(verdict.Facts{Deployed: []cert.Deployed{at(issue(expired), tls), at(expired, caFile), second}}, policy())).To(HaveLen(count))
		}
		expect(well, 1)
		expect(usage, 0)
	})

	Describe("to a CA under another name, which Vault's bundle holds and the file does not", func() {
		next := authorityOf("next", nil)
		late := issue(next)
		t := tree{tls: pem(late, next), caFile: pem(root)}
		references := func(bundle ...*scenario.Pair) verdict.Facts {
			r := cert.Reference{State: cert.Current, Mount: "secret/", Path: "cf/ca", CurrentVersion: 3, Written: now}
			for _, p := range bundle {
				r.Bundle = append(r.Bundle, p.Noun().Summary())
			}
			return verdict.Facts{References: map[cert.Fingerprint]cert.Reference{root.Fingerprint(): r}}
		}

		It("is missing there", func() {
			Expect(t.findings(references(root, next), verdict.Untrusted)).To(Equal([]told{{Code: verdict.Untrusted, Severity: verdict.Error,
				Message: "in " + inTLS + " it was signed by CN=next, which " + inCA + " lacks and secret/cf/ca (version 3) holds",
				Why:     "peers that trust only the CAs in " + inCA + " refuse it",
				Next:    "merge the manifest anew, then: bosh -d cf deploy MANIFEST"}}))
		})

		It("is not missing otherwise", func() {
			Expect(t.findings(references(root, twin), verdict.Untrusted)).To(BeEmpty())
			Expect(t.findings(verdict.Facts{}, verdict.Untrusted)).To(BeEmpty())
			shown := tree{tls: pem(late, next), "rep/b.crt": pem(issue(root), root)}
			Expect(shown.findings(references(root, next), verdict.Untrusted)).To(BeEmpty())
			t := tree{tls: pem(late, next), caFile: pem(root), "bbs/ca.crt": pem(next)}
			Expect(t.findings(references(root, next), verdict.Untrusted)).To(BeEmpty())
		})
	})

	It("is not judged by a CA with the right name that Vault keeps in another secret than the CA that signed", func() {
		kept := func(path string) cert.Reference {
			return cert.Reference{State: cert.Current, Mount: "secret/", Path: path}
		}
		t := tree{tls: pem(issue(twin), twin), caFile: pem(root)}
		find := func(own, other string) []told {
			return t.findings(verdict.Facts{References: map[cert.Fingerprint]cert.Reference{
				twin.Fingerprint(): kept(own), root.Fingerprint(): kept(other)}}, verdict.Untrusted)
		}
		Expect(find("server/ca", "client/ca")).To(BeEmpty())
		Expect(find("cf/ca", "cf/ca")).To(HaveLen(1))
		Expect(find("", "client/ca")).To(HaveLen(1))
		t = tree{tls: pem(issue(authorityOf("root", nil))), caFile: pem(root, twin)} // neither of which signed
		Expect(find("server/ca", "client/ca")).To(HaveLen(1))
	})

	It("is not judged if more than 64 CAs are above it", func() {
		shown := func(count int) tree {
			chain := []*scenario.Pair{leaf}
			for range count {
				chain = append(chain, authorityOf("sub", root, keyOf(sub)))
			}
			return tree{tls: pem(chain...), caFile: pem(twin)}
		}
		Expect(shown(63).findings(verdict.Facts{}, verdict.Untrusted)).To(HaveLen(1))
		Expect(shown(64).findings(verdict.Facts{}, verdict.Untrusted)).To(BeEmpty())
	})

	It("is repaired by a deploy, or by a renewal in Vault", func() {
		held := root.Noun().Summary()
		stale := verdict.Facts{References: map[cert.Fingerprint]cert.Reference{expired.Fingerprint(): {State: cert.Stale, Current: &held}}}
		Expect(tree{tls: pem(issue(expired)), caFile: pem(expired)}.findings(stale, verdict.Untrusted)[0].Next).To(Equal("merge the manifest anew, then: bosh -d cf deploy MANIFEST"))
		current := verdict.Facts{References: map[cert.Fingerprint]cert.Reference{
			expired.Fingerprint(): {State: cert.Current, Mount: "secret/", Path: "cf/ca", Key: "certificate"}}}
		Expect(tree{tls: pem(issue(expired)), caFile: pem(expired)}.findings(current, verdict.Untrusted)[0].Next).To(
			Equal("for CN=root: cert-health x509 renew secret/cf/ca, then merge the manifest anew, then: bosh -d cf deploy MANIFEST"))
	})
})
