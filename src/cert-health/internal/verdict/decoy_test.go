package verdict_test

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/cert"
	"cert-health/internal/scenario"
	"cert-health/internal/verdict"
)

// brainpool gives a CA a key with which nothing can be verified.
func brainpool(s *scenario.Spec) {
	s.Patch = func(tbs *scenario.Node) { tbs.At(6, 0, 1).Set(0x06, []byte("\x2b\x24\x03\x03\x02\x08\x01\x01\x07")...) }
}

var _ = Describe("what another job has", func() {
	signer, other := authorityOf("root", nil), authorityOf("root", nil)
	mute := authorityOf("root", nil, brainpool)
	broken := tree{tls: pem(issue(signer)), caFile: pem(other)}

	with := func(t tree, job string, pairs ...*scenario.Pair) tree {
		more := tree{job + "/more.pem": pem(pairs...)}
		for path, text := range t {
			more[path] = text
		}
		return more
	}

	DescribeTable("hides no untrusted leaf without the signature",
		func(job string, decoys []*scenario.Pair, hidden bool) {
			found := with(broken, job, decoys...).findings(verdict.Facts{}, verdict.Untrusted)
			if hidden {
				Expect(found).To(BeEmpty())
			} else {
				Expect(found).To(HaveExactElements(HaveField("Message", HavePrefix("in "+inTLS))))
			}
		},
		Entry("nothing", "aaa", nil, false),
		Entry("a CA with the name", "aaa", []*scenario.Pair{authorityOf("root", nil)}, false),
		Entry("a CA whose signatures cannot be verified", "aaa", []*scenario.Pair{mute}, false),
		Entry("such a CA in the job itself", "rep", []*scenario.Pair{mute}, true),
		Entry("the CA that signed", "aaa", []*scenario.Pair{signer}, true),
	)

	Describe("raises no finding of a CA that no leaf chains to", func() {
		past := lasting(-300, -1)
		public, lasts := authorityOf("public", nil, past), authorityOf("D", nil)
		forger := authorityOf("public", nil, past, brainpool)
		severity := func(t tree) verdict.Severity {
			found := t.findings(verdict.Facts{}, verdict.Expired)
			Expect(found).To(HaveLen(1))
			return found[0].Severity
		}
		It("without the signature", func() {
			t := tree{caFile: pem(lasts, public)}
			Expect(severity(t)).To(Equal(verdict.Info))
			Expect(severity(with(t, "aaa", issue(authorityOf("public", nil))))).To(Equal(verdict.Info), "a leaf with the name of the CA as its issuer")
			Expect(severity(with(t, "aaa", issue(public)))).To(Equal(verdict.Error), "a leaf that it signed")
		})
		It("also if signatures of the CA cannot be verified", func() {
			t := tree{caFile: pem(lasts, forger)}
			Expect(severity(t)).To(Equal(verdict.Info))
			Expect(severity(with(t, "aaa", issue(public)))).To(Equal(verdict.Info))
			Expect(severity(with(t, "rep", issue(public)))).To(Equal(verdict.Error), "in the job itself, it may be used")
		})
	})

	It("does not end the finding of a withdrawn CA", func() {
		lasts, old := authorityOf("D", nil), authorityOf("root", nil)
		renewed := authorityOf("root", nil, keyOf(old), lasting(-1, 3000))
		held := renewed.Noun().Summary()
		facts := verdict.Facts{References: map[cert.Fingerprint]cert.Reference{old.Fingerprint(): {
			State: cert.Stale, Mount: "secret/", Path: "cf/ca", Since: now.Add(-2 * day), Current: &held, Bundle: []cert.Summary{lasts.Noun().Summary()}}}}
		t := tree{caFile: pem(lasts, old)}
		Expect(t.findings(facts, verdict.Stale)).To(HaveLen(1))
		Expect(with(t, "aaa", renewed).findings(facts, verdict.Stale)).To(HaveLen(1), "the renewed CA in another job")
		Expect(tree{caFile: pem(lasts, old, renewed)}.findings(facts, verdict.Stale)).To(BeEmpty(), "the renewed CA in the bundle")
	})

	It("is named if only there a certificate with the same finding is worse", func() {
		expired, lasts := authorityOf("root", nil, lasting(-300, -1)), authorityOf("root", nil)
		Expect(tree{caFile: pem(expired, lasts)}.findings(verdict.Facts{}, verdict.Expired)).To(HaveExactElements(HaveField("Severity", verdict.Warning)))
		Expect(with(tree{caFile: pem(expired, lasts)}, "aaa", expired).findings(verdict.Facts{}, verdict.Expired)).To(HaveExactElements(And(
			HaveField("Severity", verdict.Critical), HaveField("Message", HaveSuffix("(critical only at aaa more.pem:1)")))))
	})
})
