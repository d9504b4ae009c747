package trust_test

import (
	"slices"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/cert"
	"cert-health/internal/knowledge"
	"cert-health/internal/report"
	"cert-health/internal/scenario"
	"cert-health/internal/survey"
	"cert-health/internal/trust"
)

// until sets the end of a certificate.
func until(at time.Time) func(*scenario.Spec) {
	return func(s *scenario.Spec) { s.NotAfter = at }
}

var _ = Describe("breaks", func() {
	It("are in the order in which they happen, each with what stops", func() {
		p := newPKI()
		other := newPKI()
		server, client := p.issue("server.internal", until(now.AddDate(0, 0, 20))), p.issue("client", until(now.AddDate(0, 0, -1)))
		alone := other.issue("alone", until(now.AddDate(0, 0, 5)))
		m := clientVM(client, p.ca)
		m.files["elsewhere/x.crt"] = pairs{alone}
		v := trust.New(fleet(m, serverVM(server, p.ca)), []knowledge.Edge{edge()})
		breaks := v.Breaks(now.AddDate(0, 1, 0))
		Expect(breaks).To(HaveExactElements(HaveField("Certificate.Name", "client"), HaveField("Certificate.Name", "alone"), HaveField("Certificate.Name", "server.internal")))
		Expect(breaks[0].Edges).To(HaveExactElements(And(HaveField("As", trust.Client), HaveField("From", "client"), HaveField("Breaks", "Everything."))))
		Expect(breaks[0].Groups).To(HaveExactElements(HaveField("Name", "clients")))
		Expect(breaks[1].Edges).To(BeEmpty())
		Expect(breaks[1].Jobs).To(HaveExactElements("elsewhere"))
		Expect(breaks[2].Edges).To(HaveExactElements(HaveField("As", trust.Server)))
		Expect(v.Breaks(now.AddDate(0, 0, 10))).To(HaveLen(2))
	})

	It("happen with the CA where it ends first, and not while another CA with the same key holds", func() {
		soon := until(now.AddDate(0, 0, 3))
		ca := scenario.Spec{CommonName: "ca", CA: true, NotBefore: now.AddDate(-1, 0, 0)}
		soon(&ca)
		before := pki{scenario.Issue(ca)}
		ca.SameKey, ca.NotAfter = before.ca, now.AddDate(3, 0, 0)
		renewed := scenario.Issue(ca)
		client, server := before.issue("client"), before.issue("server.internal")
		breaks := trust.New(fleet(clientVM(client, before.ca), serverVM(server, before.ca)), []knowledge.Edge{edge()}).Breaks(now.AddDate(0, 1, 0))
		Expect(breaks).To(HaveExactElements(And(HaveField("Certificate.Name", "ca"), HaveField("Edges", HaveLen(2)))))
		Expect(breaks[0].Edges[0].Leaf.Name).To(Or(Equal("client"), Equal("server.internal")))
		both := trust.New(fleet(clientVM(client, before.ca, renewed), serverVM(server, before.ca, renewed)), []knowledge.Edge{edge()}).Breaks(now.AddDate(0, 1, 0))
		Expect(both).To(HaveExactElements(And(HaveField("Certificate.Name", "ca"), HaveField("Edges", BeEmpty()))))
	})

	It("tell what only a process still shows", func() {
		p := newPKI()
		server := serverVM(p.issue("server.internal"), p.ca)
		before := p.issue("server.internal", until(now.AddDate(0, 0, 2)))
		server.shown = map[string]*scenario.Pair{"server 8889": before}
		m := clientVM(p.issue("client"), p.ca)
		breaks := trust.New(fleet(m, server), []knowledge.Edge{edge()}).Breaks(now.AddDate(0, 1, 0))
		Expect(breaks).To(HaveExactElements(And(HaveField("Restart", true), HaveField("Certificate.Fingerprint", before.Fingerprint().String()))))
	})
})

var _ = Describe("the radius of a certificate", func() {
	It("has the edges that use it, on both sides, and the leaves below a CA", func() {
		p := newPKI()
		both := p.issue("server.internal")
		short := p.issue("client", until(now.AddDate(0, 1, 0)))
		m := clientVM(short, p.ca)
		m.files["elsewhere/x.crt"] = pairs{both}
		s := fleet(m, serverVM(both, p.ca), vm{group: "both", files: map[string]pairs{"client/tls.crt": {both}, "client/ca.crt": {p.ca}}})
		v := trust.New(s, []knowledge.Edge{edge()})
		r := v.Radius(s.Find(both.Fingerprint().String())[0])
		Expect(r.Server).To(HaveExactElements(HaveField("Groups", HaveExactElements(HaveField("Name", "servers")))))
		Expect(r.Client).To(HaveExactElements(HaveField("Groups", HaveExactElements(HaveField("Name", "both")))))
		Expect(r.Jobs).To(HaveExactElements("elsewhere"))
		Expect(r.Leaves).To(BeEmpty())

		r = v.Radius(s.Find(p.ca.Fingerprint().String())[0])
		Expect(r.Trusts).To(HaveExactElements(HaveField("Groups", HaveLen(3))))
		Expect(r.Leaves).To(HaveExactElements(HaveField("Leaf.Name", "client"), HaveField("Leaf.Name", "server.internal")))
		Expect(r.Leaves[0].WithCA).To(BeFalse())
	})

	It("tells which leaves end with their CA", func() {
		p := pki{scenario.Issue(scenario.Spec{CommonName: "ca", CA: true, NotBefore: now.AddDate(-1, 0, 0), NotAfter: now.AddDate(0, 0, 9)})}
		s := fleet(clientVM(p.issue("client"), p.ca))
		r := trust.New(s, nil).Radius(s.Find(p.ca.Fingerprint().String())[0])
		Expect(r.Leaves).To(HaveExactElements(And(HaveField("WithCA", true), HaveField("Ends", BeTemporally("==", now.AddDate(0, 0, 9))))))
	})
})

var _ = Describe("a step", func() {
	// stored says that a store holds next in the place of a certificate.
	stored := func(place, next *scenario.Pair, path string) func(*report.Report) {
		return func(r *report.Report) {
			for n := range r.Certificates {
				if c := &r.Certificates[n]; c.Fingerprint == place.Fingerprint().String() {
					c.Reference = &report.Reference{State: cert.Stale, Mount: "secret/", Path: path, Key: "certificate", CurrentVersion: 2,
						Fingerprint: next.Fingerprint().String(), NotAfter: next.Noun().NotAfter}
				}
			}
		}
	}
	status := func(s *survey.Survey) trust.Status { return only(s, edge()).Files.Status }

	It("is read, and refused with what it may be", func() {
		for text, expected := range map[string]trust.Step{"remove CA the ca": {Verb: trust.Remove, Target: "the ca"}, "remove x": {Verb: trust.Remove, Target: "x"},
			"Deploy cf/cell": {Verb: trust.Deploy, Target: "cf/cell"}, "renew x": {Verb: trust.Renew, Target: "x"}} {
			Expect(trust.ParseStep(text)).To(Equal(expected))
		}
		for _, text := range []string{"", "remove", "remove CA ", "burn x"} {
			_, err := trust.ParseStep(text)
			Expect(err).To(MatchError(ContainSubstring("a step is")))
		}
	})

	It("removes a CA from all bundles, and leaves the survey as it is", func() {
		p := newPKI()
		s := fleet(clientVM(p.issue("client"), p.ca), serverVM(p.issue("server.internal"), p.ca))
		after, err := trust.Simulate(s, trust.Step{Verb: trust.Remove, Target: "ca"})
		Expect(err).NotTo(HaveOccurred())
		Expect(status(s)).To(Equal(trust.Trusted))
		Expect(status(after)).To(Equal(trust.UnknownCA))
		_, err = trust.Simulate(s, trust.Step{Verb: trust.Remove, Target: "client"})
		Expect(err).To(MatchError(ContainSubstring("no CA is known")))
	})

	It("deploys what the store holds, and restarts the processes", func() {
		p := newPKI()
		before, after := p.issue("client", ended), p.issue("client")
		r := vm{group: "clients", id: "0", files: clientVM(before, p.ca).files}.report(stored(before, after, "client"))
		// Another instance has the new certificate, so that all of it is known.
		reports := []*report.Report{r, vm{group: "spare", id: "1", files: map[string]pairs{"spare/x.crt": {after}}}.report(), vm{group: "servers", id: "2", files: serverVM(p.issue("server.internal"), p.ca).files}.report()}
		s := survey.FromReports(reports, now)
		Expect(status(s)).To(Equal(trust.Expired))
		deployed, err := trust.Simulate(s, trust.Step{Verb: trust.Deploy, Target: "cf/clients"})
		Expect(err).NotTo(HaveOccurred())
		Expect(status(deployed)).To(Equal(trust.Trusted))
		// Of a certificate that only the store has, a report knows the fingerprint.
		s = survey.FromReports(slices.Delete(reports, 1, 2), now)
		deployed, err = trust.Simulate(s, trust.Step{Verb: trust.Deploy, Target: "clients"})
		Expect(err).NotTo(HaveOccurred())
		Expect(status(deployed)).To(Equal(trust.Unknown))
		_, err = trust.Simulate(s, trust.Step{Verb: trust.Deploy, Target: "strangers"})
		Expect(err).To(MatchError(ContainSubstring("no instance group or deployment")))
	})

	It("renews a certificate", func() {
		p := newPKI()
		s := fleet(clientVM(p.issue("client", ended), p.ca), serverVM(p.issue("server.internal"), p.ca))
		after, err := trust.Simulate(s, trust.Step{Verb: trust.Renew, Target: "client"})
		Expect(err).NotTo(HaveOccurred())
		Expect(status(after)).To(Equal(trust.Trusted))
	})

	It("is put in an order that keeps everything connected, if there is one", func() {
		old, renewed := newPKI(), newPKI()
		client, server := old.issue("client"), old.issue("server.internal")
		newServer := renewed.issue("server.internal")
		reports := []*report.Report{
			vm{group: "clients", id: "0", files: map[string]pairs{"client/tls.crt": {client}, "client/ca.crt": {old.ca}}}.report(stored(old.ca, renewed.ca, "ca")),
			vm{group: "servers", id: "1", files: map[string]pairs{"server/tls.crt": {server}, "server/ca.crt": {old.ca}}}.report(stored(server, newServer, "server")),
			vm{group: "spare", id: "2", files: map[string]pairs{"spare/x.crt": {newServer}, "spare/ca.crt": {renewed.ca}}}.report(),
		}
		o, err := trust.DeployOrder(survey.FromReports(reports, now), []knowledge.Edge{edge()})
		Expect(err).NotTo(HaveOccurred())
		Expect(o.Deploys).To(HaveLen(2))
		Expect(o.Connected).To(BeFalse(), "the new CA replaces the old one at once: no order keeps both sides connected")
	})
})

var _ = Describe("edges that are learned", func() {
	It("are possible ones between jobs that would accept each other", func() {
		p := newPKI()
		server := vm{group: "servers", files: map[string]pairs{"stock/tls.crt": {p.issue("stock.internal")}, "stock/ca.crt": {p.ca}}}
		server.shown = map[string]*scenario.Pair{"stock 9443": server.files["stock/tls.crt"][0]}
		client := vm{group: "clients", files: map[string]pairs{"shop/config/[x]/tls.crt": {p.issue("shop")}, "shop/config/[x]/ca.crt": {p.ca}, "stranger/tls.crt": {newPKI().issue("stranger")}, "stranger/ca.crt": {p.ca}}}
		s := fleet(client, server)
		edges := trust.Learn(s, nil)
		Expect(edges).To(HaveExactElements(And(HaveField("Name", "shop-stock-9443"), HaveField("Learned", HavePrefix("possible: ")))))
		cell := only(s, edges[0])
		Expect(cell.Files.Status).To(Equal(trust.Unknown), "the name that the client asks for is not known")
		Expect(trust.Learn(s, []knowledge.Edge{edges[0]})).To(BeEmpty())
	})
})
