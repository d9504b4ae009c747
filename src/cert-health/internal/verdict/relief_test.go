package verdict_test

import (
	"fmt"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/cert"
	"cert-health/internal/scenario"
	"cert-health/internal/strict"
	"cert-health/internal/verdict"
)

// expiry are the findings by the dates of a tree's certificates.
func (t tree) expiry(facts verdict.Facts) []told {
	GinkgoHelper()
	return t.findings(facts, verdict.Expired, verdict.NotYetValid, verdict.ExpiringSoon, verdict.Expiring, verdict.Untrusted)
}

var _ = Describe("a CA that is not valid, or soon will not be", func() {
	const clientCA, inClientCA = "client/ca.pem", "/var/vcap/jobs/client/ca.pem"
	past := lasting(-300, -0.125)
	const expired = "expired 3 hours ago (2026-11-22 00:00 UTC)"
	oldRoot := authorityOf("old root", nil, past)
	root := authorityOf("root", nil)
	crossed := authorityOf("root", oldRoot, keyOf(root), past)
	sub := authorityOf("sub", root)
	leaf := issue(sub)
	expiredSub := authorityOf("sub", root, past)
	issuing := authorityOf("issuing", expiredSub)

	Describe("behind a leaf", func() {
		It("is a warning while another path is valid, and names the path", func() {
			Expect(tree{tls: pem(leaf, sub, crossed), clientCA: pem(root, oldRoot)}.expiry(verdict.Facts{})).To(ConsistOf(
				told{verdict.Expired, verdict.Warning, expired,
					"its leaves stay valid by another path, to CN=root in " + inClientCA + "; only peers without that CA refuse them",
					"in the property that fills " + inTLS + ", remove it or put a valid certificate of this CA in its place, then merge the manifest anew, then: bosh -d cf deploy MANIFEST"},
				told{verdict.Expired, verdict.Warning, expired,
					"its leaves stay valid by another path, to CN=root in " + inClientCA + "; only peers without that CA refuse them",
					"in the property that fills " + inClientCA + ", remove it or put a valid certificate of this CA in its place, then merge the manifest anew, then: bosh -d cf deploy MANIFEST"}))
		})
		It("is an error if peers may have another certificate of the CA, and says so", func() {
			Expect(tree{tls: pem(leaf, sub, crossed)}.expiry(verdict.Facts{})).To(Equal([]told{{verdict.Expired, verdict.Error, expired,
				"peers refuse the leaf unless they have another valid certificate of this CA",
				"in the property that fills " + inTLS + ", remove it or put a valid certificate of this CA in its place, then merge the manifest anew, then: bosh -d cf deploy MANIFEST"}}))
		})
		It("is information while it is expiring and another path lasts longer", func() {
			ending := authorityOf("root", authorityOf("old root", nil), keyOf(root), lasting(-300, 3))
			Expect(tree{tls: pem(leaf, sub, ending), clientCA: pem(root)}.expiry(verdict.Facts{})).To(HaveExactElements(
				And(HaveField("Code", verdict.ExpiringSoon), HaveField("Severity", verdict.Info),
					HaveField("Why", HavePrefix("after that, its leaves stay valid by another path")))))
			brief := authorityOf("root", nil, keyOf(root), lasting(-300, 2))
			Expect(tree{tls: pem(leaf, sub, ending), clientCA: pem(brief)}.expiry(verdict.Facts{})).To(ContainElement(
				And(HaveField("Code", verdict.ExpiringSoon), HaveField("Severity", verdict.Error), HaveField("Why", HavePrefix("after that, peers refuse the leaf unless")))))
		})
		DescribeTable("is critical without another path",
			func(t tree) {
				Expect(t.expiry(verdict.Facts{})).To(ContainElement(And(HaveField("Code", verdict.Expired), HaveField("Severity", verdict.Critical),
					HaveField("Why", "every certificate that it signed is refused"))))
			},
			Entry("if it signed the leaf", tree{tls: pem(issue(expiredSub), expiredSub), caFile: pem(root)}),
			Entry("if it signed the leaf, and nothing trusts its root", tree{tls: pem(issue(expiredSub), expiredSub)}),
			Entry("if a trusted root signed it", tree{tls: pem(issue(issuing), issuing, expiredSub), caFile: pem(root)}),
			Entry("if it is a root", tree{tls: pem(issue(oldRoot), oldRoot)}),
		)
	})

	It("may have the name of its leaf, which did not sign itself", func() {
		ca := authorityOf("log-cache", nil)
		named := func(s *scenario.Spec) { s.CommonName = "log-cache" }
		Expect(tree{tls: pem(issue(ca, named, past)), caFile: pem(ca)}.expiry(verdict.Facts{})).To(HaveExactElements(
			HaveField("Next", "renew it at its issuer (CN=log-cache), in the secret store or variables file from which the manifest takes it, then merge the manifest anew, then: bosh -d cf deploy MANIFEST")))
		Expect(tree{tls: pem(issue(nil, named, past)), caFile: pem(ca)}.expiry(verdict.Facts{})).To(HaveExactElements(
			HaveField("Next", "make a successor of this self-signed certificate (CN=log-cache) in the secret store or variables file from which the manifest takes it, then merge the manifest anew, then: bosh -d cf deploy MANIFEST")))
	})

	It("is critical where it is the only CA, whatever other jobs trust", func() {
		old := authorityOf("root", nil, past)
		Expect(tree{tls: pem(issue(old)), caFile: pem(old), clientCA: pem(authorityOf("root", nil, keyOf(old)))}.expiry(verdict.Facts{})).To(HaveExactElements(
			And(HaveField("Code", verdict.Expired), HaveField("Severity", verdict.Critical))))
	})

	It("is an error in a bundle that has no other path, whatever other jobs trust", func() {
		old := authorityOf("root", nil, past)
		Expect(tree{tls: pem(issue(old)), caFile: pem(old, oldCA), clientCA: pem(authorityOf("root", nil, keyOf(old)))}.expiry(verdict.Facts{})).To(HaveExactElements(
			And(HaveField("Code", verdict.Expired), HaveField("Severity", verdict.Error))))
	})

	Describe("in a bundle of public roots", func() {
		first, second := authorityOf("A", nil, past), authorityOf("B", nil, past)
		ending, lasts := authorityOf("C", nil, lasting(-300, 3)), authorityOf("D", nil)
		roots := tree{caFile: pem(lasts, ending, first, second)}

		It("is one line of information for the bundle if no leaf chains to it", func() {
			Expect(roots.expiry(verdict.Facts{})).To(Equal([]told{{verdict.Expired, verdict.Info,
				"of the 4 CAs in " + inCA + ", 2 have expired (A and B) and 1 expires soon (C)",
				"no certificate on this VM chains to them; only peers with a certificate that they signed are refused",
				"if peers need it, put a current bundle into the property that fills " + inCA + ", then merge the manifest anew, then: bosh -d cf deploy MANIFEST"}}))
			Expect(tree{caFile: pem(lasts, first)}.expiry(verdict.Facts{})).To(HaveExactElements(And(
				HaveField("Severity", verdict.Info), HaveField("Message", expired),
				HaveField("Why", "no certificate on this VM chains to it; only peers with a certificate that it signed are refused"))))
		})
		It("is an error if a leaf chains to it", func() {
			roots[tls] = pem(issue(first))
			defer delete(roots, tls)
			Expect(roots.findings(verdict.Facts{}, verdict.Expired, verdict.ExpiringSoon)).To(ConsistOf(
				And(HaveField("Code", verdict.Expired), HaveField("Severity", verdict.Error), HaveField("Message", expired)),
				And(HaveField("Severity", verdict.Info), HaveField("Message", "of the 4 CAs in "+inCA+", 1 has expired (B) and 1 expires soon (C)"))))
		})
		It("is an error if no member of the bundle is valid", func() {
			Expect(tree{caFile: pem(first, second)}.expiry(verdict.Facts{})).To(HaveEach(HaveField("Severity", verdict.Error)))
		})
		It("is a warning if all members are generations of one CA, and information otherwise", func() {
			young := authorityOf("A", nil)
			Expect(tree{caFile: pem(first, young)}.expiry(verdict.Facts{})).To(HaveExactElements(HaveField("Severity", verdict.Warning)))
			Expect(tree{caFile: pem(first, young, lasts)}.expiry(verdict.Facts{})).To(HaveExactElements(HaveField("Severity", verdict.Info)))
		})
		It("is an error if the source keeps it in a secret of its own", func() {
			reference := cert.Reference{State: cert.Current, Mount: "secret/", Path: "a"}
			facts := verdict.Facts{References: map[cert.Fingerprint]cert.Reference{first.Fingerprint(): reference}}
			Expect(tree{caFile: pem(lasts, first)}.expiry(facts)).To(HaveExactElements(HaveField("Severity", verdict.Error)))
			reference.Bundle = []cert.Summary{lasts.Noun().Summary(), first.Noun().Summary()}
			facts.References[first.Fingerprint()] = reference
			Expect(tree{caFile: pem(lasts, first)}.expiry(facts)).To(HaveExactElements(HaveField("Severity", verdict.Info)))
		})
		It("may be ignored member by member", func() {
			p := policy(func(p *verdict.Policy) {
				p.Ignore = []verdict.Ignore{{Scope: verdict.Scope{Subject: "A"}, Reason: "known", Until: strict.Date{End: now.Add(time.Hour)}}}
			})
			judgements := verdict.Judge(verdict.Facts{Deployed: roots.scan(), Now: now}, p)
			var messages []string
			for _, judgement := range judgements {
				for _, finding := range judgement.Findings {
					messages = append(messages, finding.Message)
				}
			}
			Expect(messages).To(HaveExactElements("of the 4 CAs in " + inCA + ", 1 has expired (B) and 1 expires soon (C)"))
			Expect(judgements).To(ContainElement(HaveField("Ignored", HaveLen(1))))
		})
		It("is information too if it is weak", func() {
			weak := scenario.Issue(scenario.Spec{CommonName: "A", CA: true, NotBefore: now.Add(-day), NotAfter: now.Add(300 * day)}).Noun()
			weak.Refused = "Go programs refuse it: its serial number is negative"
			judgements := verdict.Judge(verdict.Facts{Now: now, Source: vault, Deployment: "cf",
				Deployed: []cert.Deployed{deployed(weak, cert.Trust, "/f"), deployed(lasts.Noun(), cert.Trust, "/f")}}, policy())
			Expect(tell(judgements[0].Findings)).To(HaveExactElements(And(HaveField("Code", verdict.Weak), HaveField("Severity", verdict.Info),
				HaveField("Next", "if peers need it, put a current bundle into the property that fills /f, then merge the manifest anew, then: bosh -d cf deploy MANIFEST"))))
		})
	})

	Describe("in a directory with one CA in each file", func() {
		// roots are CAs with these numbers in their names, in files below a directory.
		roots := func(t tree, directory string, first, last int) tree {
			for i := first; i <= last; i++ {
				name := fmt.Sprintf("r%02d", i)
				t[directory+name+".pem"] = pem(authorityOf(name, nil, keyOf(root)))
			}
			return t
		}
		first, second := authorityOf("A", nil, past), authorityOf("B", nil, past)
		information := func(message string) told {
			return told{verdict.Expired, verdict.Info, message,
				"no certificate on this VM chains to them; only peers with a certificate that they signed are refused",
				"if peers need it, put a current set of CAs into /var/vcap/jobs/rep/store/"}
		}
		It("is one line of information if no leaf chains to it", func() {
			t := roots(tree{"rep/store/a.pem": pem(first), "rep/store/b.pem": pem(second)}, "rep/store/", 1, 8)
			Expect(t.expiry(verdict.Facts{})).To(Equal([]told{information("of the 10 CAs in /var/vcap/jobs/rep/store/, 2 have expired (A and B)")}))
			t["client/bundle.pem"] = pem(first, second, root)
			Expect(t.expiry(verdict.Facts{})).To(HaveLen(1), "the same CAs in a bundle are not a second finding")
		})
		It("is critical if a leaf chains to it, and if Vault knows it", func() {
			t := roots(tree{"rep/store/a.pem": pem(first), "rep/tls/tls.crt": pem(issue(first))}, "rep/store/", 1, 9)
			critical := HaveExactElements(And(HaveField("Code", verdict.Expired), HaveField("Severity", verdict.Critical)))
			Expect(t.findings(verdict.Facts{}, verdict.Expired)).To(critical)
			delete(t, "rep/tls/tls.crt")
			Expect(t.expiry(verdict.Facts{})).To(HaveExactElements(HaveField("Severity", verdict.Info)))
			Expect(t.expiry(verdict.Facts{References: map[cert.Fingerprint]cert.Reference{
				first.Fingerprint(): {State: cert.Stale, Mount: "secret/", Path: "cf/ca", Bundle: make([]cert.Summary, 2)}}})).To(critical)
		})
		DescribeTable("is critical if it is not a trust store",
			func(change func(tree)) {
				t := roots(tree{"rep/store/a.pem": pem(first)}, "rep/store/", 1, 9)
				Expect(t.expiry(verdict.Facts{})).To(HaveExactElements(HaveField("Severity", verdict.Info)))
				change(t)
				Expect(t.expiry(verdict.Facts{})).To(ContainElement(And(HaveField("Code", verdict.Expired), HaveField("Severity", verdict.Critical))))
			},
			Entry("with few CAs", func(t tree) { delete(t, "rep/store/r01.pem") }),
			Entry("with a leaf", func(t tree) { t["rep/store/tls.crt"] = pem(issue(root)) }),
			Entry("with a CA that did not sign itself", func(t tree) { t["rep/store/a.pem"] = pem(expiredSub) }),
		)
		It("is critical beside a private key", func() {
			t := roots(tree{"rep/store/a.pem": pem(first)}, "rep/store/", 1, 9)
			Expect(t.expiry(verdict.Facts{Keys: []string{"/var/vcap/jobs/rep/store/ca.key"}})).To(HaveExactElements(HaveField("Severity", verdict.Critical)))
		})
		It("may be beside leaves and keys if there are very many CAs", func() {
			t := roots(tree{"rep/store/a.pem": pem(first), "rep/store/tls.crt": pem(issue(root))}, "rep/store/", 1, 49)
			Expect(t.expiry(verdict.Facts{})).To(HaveExactElements(HaveField("Severity", verdict.Info)))
		})
		It("needs few CAs outside the directories of jobs", func() {
			facts := verdict.Facts{Now: now}
			for i, p := range []*scenario.Pair{first, root, sub, oldCA} {
				facts.Deployed = append(facts.Deployed, cert.Deployed{Certificate: p.Noun(), Role: cert.CA,
					Locations: []cert.Location{{File: fmt.Sprintf("/etc/ssl/certs/%d.pem", i), Line: 1, Form: cert.PEM}}})
			}
			Expect(tell(verdict.Judge(facts, policy())[0].Findings)).To(HaveExactElements(And(HaveField("Severity", verdict.Info),
				HaveField("Next", "if peers need it, put a current set of CAs into /etc/ssl/certs/"))))
			facts.Deployed = facts.Deployed[:2]
			Expect(tell(verdict.Judge(facts, policy())[0].Findings)).To(HaveExactElements(HaveField("Severity", verdict.Critical)))
		})
	})
})
