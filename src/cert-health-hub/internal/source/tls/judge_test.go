package tls_test

import (
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/hub/internal/inventory"
	"cert-health/hub/internal/source/tls"
	"cert-health/internal/scenario"
)

var _ = Describe("the judgement of a chain", func() {
	root := scenario.Issue(scenario.Spec{CommonName: "root", CA: true})
	ca := scenario.Issue(scenario.Spec{CommonName: "ca", CA: true, Issuer: root})
	issue := func(spec scenario.Spec) *scenario.Pair {
		spec.CommonName = "leaf"
		if spec.SANs == nil {
			spec.SANs = []string{"127.0.0.1"}
		}
		return scenario.Issue(spec)
	}
	leaf := issue(scenario.Spec{Issuer: ca})
	ended := scenario.Issue(scenario.Spec{CommonName: "ended", CA: true, Issuer: root, NotBefore: time.Now().AddDate(-1, 0, 0), NotAfter: time.Now().AddDate(0, 0, -1)})
	leafOfEnded := issue(scenario.Spec{Issuer: ended})
	old := time.Now().AddDate(-2, 0, 0)

	DescribeTable("names what clients refuse", func(ctx SpecContext, host tls.Host, code inventory.Code, message string, shown ...*scenario.Pair) {
		host.Host = serve("127.0.0.1:0", shows(holds(shown[0], shown[1:]...)))
		item := only(ctx, options(host))
		if code == "" {
			Expect(item.Findings).To(BeEmpty())
			return
		}
		Expect(item.Findings).To(HaveLen(1))
		Expect(item.Findings[0]).To(And(HaveField("Code", code), HaveField("Message", ContainSubstring(message)),
			HaveField("Certificate", inventory.IDOf(shown[0].Fingerprint())), HaveField("Why", Not(BeEmpty())), HaveField("Steps", Not(BeEmpty()))))
	},
		Entry("nothing, if the chain leads to the given CA", tls.Host{CACert: root.CertPEM()}, inventory.Code(""), "", leaf, ca),
		Entry("nothing, if the given CA is an intermediate one", tls.Host{CACert: ca.CertPEM()}, inventory.Code(""), "", leaf),
		Entry("nothing, if the leaf itself is trusted", tls.Host{CACert: leaf.CertPEM()}, inventory.Code(""), "", leaf),
		Entry("no date: an expired certificate of a trusted CA", tls.Host{CACert: root.CertPEM()}, inventory.Code(""), "",
			scenario.Issue(scenario.Spec{CommonName: "leaf", SANs: []string{"127.0.0.1"}, NotBefore: old, Issuer: ca,
				NotAfter: time.Now().Add(-time.Minute)}), ca),
		Entry("no date: an expired certificate whose CA was renewed since", tls.Host{CACert: root.CertPEM()}, inventory.Code(""), "",
			scenario.Issue(scenario.Spec{CommonName: "leaf", SANs: []string{"127.0.0.1"}, NotBefore: old, Issuer: ca, NotAfter: time.Now().AddDate(0, 0, -1)}), ca),
		Entry("a CA that is not known", tls.Host{}, inventory.NotTrusted, `is not trusted: its chain ends at "root", which a CA of the hub's system did not sign`, leaf, ca, root),
		Entry("no intermediate certificate", tls.Host{CACert: root.CertPEM()}, inventory.NotTrusted,
			`it sends no intermediate certificate, and its issuer "CN=ca" is not the CA in ca_cert`, leaf),
		Entry("a self-signed certificate", tls.Host{}, inventory.NotTrusted, "its certificate is self-signed", issue(scenario.Spec{})),
		Entry("an expired CA", tls.Host{CACert: root.CertPEM()}, inventory.NotTrusted, "is expired or not yet valid", leafOfEnded, ended),
		Entry("a certificate for clients", tls.Host{CACert: ca.CertPEM()}, inventory.NotTrusted, "is not for servers", issue(scenario.Spec{Issuer: ca, Client: true})),
		Entry("another name", tls.Host{CACert: ca.CertPEM()}, inventory.WrongName, "is not for the name 127.0.0.1: clients refuse it", issue(scenario.Spec{Issuer: ca, SANs: []string{"x.example"}})),
		Entry("no name", tls.Host{CACert: ca.CertPEM()}, inventory.WrongName, "is not for the name 127.0.0.1", issue(scenario.Spec{Issuer: ca, SANs: []string{}, Client: false})),
		Entry("another issuer than expected", tls.Host{CACert: ca.CertPEM(), Expect: tls.Expect{Issuer: "other"}}, inventory.NotExpected, `shows another certificate than expected: not the issuer "other"`, leaf),
		Entry("another certificate than expected", tls.Host{CACert: ca.CertPEM(), Expect: tls.Expect{Fingerprint: ca.Fingerprint().String()}}, inventory.NotExpected,
			"not the fingerprint "+ca.Fingerprint().String(), leaf),
		Entry("nothing, if the issuer is the expected one", tls.Host{CACert: ca.CertPEM(), Expect: tls.Expect{Issuer: "CA"}}, inventory.Code(""), "", leaf),
		Entry("nothing, if the issuer is expected by its whole name", tls.Host{CACert: ca.CertPEM(), Expect: tls.Expect{Issuer: "CN=ca"}}, inventory.Code(""), "", leaf),
		Entry("nothing, if the fingerprint is the expected one, whatever CA it has", tls.Host{Expect: tls.Expect{Fingerprint: leaf.Fingerprint().String()}}, inventory.Code(""), "", leaf),
	)
})
