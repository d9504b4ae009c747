package trust_test

import (
	"fmt"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/knowledge"
	"cert-health/internal/scenario"
	"cert-health/internal/strict"
	"cert-health/internal/trust"
)

func usage(client, server bool) func(*scenario.Spec) {
	return func(s *scenario.Spec) { s.Client, s.Server = client, server }
}

func ended(s *scenario.Spec) { s.NotAfter = now.AddDate(0, 0, -1) }

var _ = Describe("the matrix", func() {
	It("trusts what fits", func() {
		p := newPKI()
		cell := only(fleet(clientVM(p.issue("client"), p.ca), serverVM(p.issue("server.internal"), p.ca)), edge())
		Expect(cell.Files.Status).To(Equal(trust.Trusted))
		Expect(cell.Now).To(BeNil())
		Expect(cell.Files.EndsWith.NotAfter).To(BeTemporally("==", now.AddDate(1, 0, 0)))
	})

	DescribeTable("says who refuses what, and why", func(client, server func(p, other pki) vm, expected trust.Status, by trust.Side, why string) {
		p, other := newPKI(), newPKI()
		cell := only(fleet(client(p, other), server(p, other)), edge())
		Expect(cell.Files.Status).To(Equal(expected), "%+v", cell.Files)
		Expect(cell.Files.By).To(Equal(by))
		Expect(cell.Files.Why).To(ContainSubstring(why))
	},
		Entry("an expired server", func(p, _ pki) vm { return clientVM(p.issue("client"), p.ca) }, func(p, _ pki) vm { return serverVM(p.issue("server.internal", ended), p.ca) },
			trust.Expired, trust.Client, "it ended at"),
		Entry("an expired client", func(p, _ pki) vm { return clientVM(p.issue("client", ended), p.ca) }, func(p, _ pki) vm { return serverVM(p.issue("server.internal"), p.ca) },
			trust.Expired, trust.Server, "the certificate client of the client"),
		Entry("a server of another CA", func(p, _ pki) vm { return clientVM(p.issue("client"), p.ca) }, func(p, o pki) vm { return serverVM(o.issue("server.internal"), p.ca) },
			trust.UnknownCA, trust.Client, "is not in the bundle"),
		Entry("a client of another CA", func(p, o pki) vm { return clientVM(o.issue("client"), p.ca) }, func(p, _ pki) vm { return serverVM(p.issue("server.internal"), p.ca) },
			trust.UnknownCA, trust.Server, "is not in the bundle"),
		Entry("a wrong name", func(p, _ pki) vm { return clientVM(p.issue("client"), p.ca) }, func(p, _ pki) vm { return serverVM(p.issue("other.internal"), p.ca) },
			trust.WrongName, trust.Client, "it lacks the name server.internal"),
		Entry("no client certificate", func(p, _ pki) vm { return clientVM(nil, p.ca) }, func(p, _ pki) vm { return serverVM(p.issue("server.internal"), p.ca) },
			trust.NoClientCertificate, trust.Server, "no file of the client"),
		Entry("a server with a client's certificate", func(p, _ pki) vm { return clientVM(p.issue("client"), p.ca) }, func(p, _ pki) vm { return serverVM(p.issue("server.internal", usage(true, false)), p.ca) },
			trust.WrongUsage, trust.Client, "the key usages of server.internal"),
		Entry("names of CAs that do not prove a signature", func(p, _ pki) vm { return clientVM(p.issue("client"), p.ca) },
			func(p, _ pki) vm {
				return serverVM(p.issue("server.internal", func(s *scenario.Spec) { s.Unlinked = true }), p.ca)
			},
			trust.Unknown, trust.Side(""), "no key identifier"),
		Entry("a server whose bundle is not known", func(p, _ pki) vm { return clientVM(p.issue("client"), p.ca) },
			func(p, _ pki) vm {
				return vm{group: "servers", files: map[string]pairs{"server/tls.crt": {p.issue("server.internal")}}}
			},
			trust.Unknown, trust.Side(""), "no bundle of CAs is known"),
	)

	It("names the CA that has ended", func() {
		ca := scenario.Issue(scenario.Spec{CommonName: "ca", CA: true, NotBefore: now.AddDate(-1, 0, 0), NotAfter: now.AddDate(0, 0, -1)})
		p := pki{ca}
		cell := only(fleet(clientVM(p.issue("client"), ca), serverVM(p.issue("server.internal"), ca)), edge())
		Expect(cell.Files.Status).To(Equal(trust.Expired))
		Expect(cell.Files.Cause.Name).To(Equal("ca"))
		Expect(cell.Files.Certificate.Name).To(Equal("server.internal"))
	})

	It("has one generation for equal instances, however many they are, and a pair for each two", func() {
		p := newPKI()
		before, after := p.issue("client", ended), p.issue("client")
		server := p.issue("server.internal")
		vms := []vm{serverVM(server, p.ca)}
		for n := range 300 {
			leaf := before
			if n < 100 {
				leaf = after
			}
			vms = append(vms, clientVM(leaf, p.ca))
		}
		m := trust.New(fleet(vms...), []knowledge.Edge{edge()}).Matrix(trust.Filter{})
		Expect(m.Edges[0].Clients).To(HaveLen(2))
		Expect([]string{m.Edges[0].Clients[0].Describe(), m.Edges[0].Clients[1].Describe()}).To(ConsistOf("cf/clients x 100", "cf/clients x 200"))
		Expect(m.Counts).To(Equal(map[trust.Status]int{trust.Trusted: 1, trust.Expired: 1}))
		Expect(m.Refused()).To(Equal(1))
	})

	It("has both states where a process shows another certificate than its file", func() {
		p := newPKI()
		before, after := p.issue("server.internal", ended), p.issue("server.internal")
		server := serverVM(after, p.ca)
		server.shown = map[string]*scenario.Pair{"server 8889": before}
		cell := only(fleet(clientVM(p.issue("client"), p.ca), server), edge())
		Expect(cell.Files.Status).To(Equal(trust.Trusted))
		Expect(cell.Now.Status).To(Equal(trust.Expired))
		Expect(cell.Worst().Status).To(Equal(trust.Expired))
	})

	It("does not claim to know what a process trusts that is behind its files", func() {
		p := newPKI()
		server := serverVM(p.issue("server.internal"), p.ca)
		before := p.issue("server.internal")
		server.files["other/old.crt"] = pairs{before}
		server.shown = map[string]*scenario.Pair{"server 8889": before}
		cell := only(fleet(clientVM(p.issue("client"), p.ca), server), edge())
		Expect(cell.Files.Status).To(Equal(trust.Trusted))
		Expect(cell.Now.Status).To(Equal(trust.Unknown))
		Expect(cell.Now.Why).To(ContainSubstring("from before its files changed"))
	})

	It("pairs clients and servers of one instance only on a local edge", func() {
		p, other := newPKI(), newPKI()
		local := edge()
		local.Local = true
		var vms []vm
		for n, own := range []pki{p, other} {
			vms = append(vms, vm{group: "cells", id: fmt.Sprint(n), files: map[string]pairs{"client/ca.crt": {own.ca}, "client/tls.crt": {own.issue("client")},
				"server/ca.crt": {own.ca}, "server/tls.crt": {own.issue("server.internal")}}})
		}
		m := trust.New(fleet(vms...), []knowledge.Edge{local}).Matrix(trust.Filter{})
		Expect(m.Counts).To(Equal(map[trust.Status]int{trust.Trusted: 2}))
		m = trust.New(fleet(vms...), []knowledge.Edge{edge()}).Matrix(trust.Filter{})
		Expect(m.Counts).To(Equal(map[trust.Status]int{trust.Trusted: 2, trust.UnknownCA: 2}))
	})

	It("chooses edges, and says which side is not seen", func() {
		p := newPKI()
		second := edge()
		second.Name, second.Server.Jobs = "client-stock", strict.Strings{"stock"}
		v := trust.New(fleet(clientVM(p.issue("client"), p.ca), serverVM(p.issue("server.internal"), p.ca)), []knowledge.Edge{edge(), second})
		Expect(v.Matrix(trust.Filter{}).Edges).To(HaveLen(2))
		Expect(v.Matrix(trust.Filter{To: "stock"}).Edges).To(HaveExactElements(HaveField("Missing", "no server is seen: stock")))
		Expect(v.Matrix(trust.Filter{From: "server"}).Edges).To(BeEmpty())
	})
})
