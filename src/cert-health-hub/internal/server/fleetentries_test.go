package server_test

import (
	"fmt"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/hub/internal/catalog"
	"cert-health/hub/internal/fleet"
	"cert-health/hub/internal/fleet/sample"
	"cert-health/hub/internal/inventory"
	"cert-health/hub/internal/remind"
	"cert-health/hub/internal/server"
	"cert-health/internal/cert"
	"cert-health/internal/verdict"
)

var _ = Describe("the notifications about VMs", func() {
	long := sample.Now().AddDate(0, -1, 0)
	keys := func(entries []remind.Entry) (keys []string) {
		for _, e := range entries {
			keys = append(keys, e.Key)
		}
		return keys
	}
	// later is the sample with another clock: all its agents are silent.
	later := func(n int, by time.Duration) fleet.Input {
		in := sample.Input(n)
		in.Now = in.Now.Add(by)
		return in
	}
	query := func(q catalog.Query, entries ...remind.Entry) []remind.Entry {
		return server.WithFleet(long, entries, sample.View(100), q)
	}

	It("tell each certificate that a deploy has not brought, with its places and its one next step", func() {
		entries := query(catalog.Query{})
		Expect(entries).To(HaveLen(15))
		Expect(entries[0]).To(And(HaveField("State", "awaiting deploy"), HaveField("Severity", verdict.Critical), HaveField("Places", ConsistOf("cf diego-cell: 44 of 95 VMs")),
			HaveField("Message", HavePrefix("auctioneer")), HaveField("Steps", Not(BeEmpty()))))
		Expect(keys(entries)).To(ContainElements("fleet cf missing", "fleet cf silent"))
	})

	It("belong to a filter of the agents, and to no filter of stores", func() {
		Expect(query(catalog.Query{Sources: []string{"agents"}})).To(HaveLen(15))
		Expect(query(catalog.Query{Types: []string{"agents"}})).To(HaveLen(15))
		Expect(query(catalog.Query{Types: []string{"vault"}})).To(BeEmpty())
		Expect(query(catalog.Query{Text: "rep"})).To(BeEmpty())
	})

	It("tell a certificate once that is not renewed", func() {
		in := sample.Input(100)
		in.Stores, in.Listed, in.Known = nil, nil, false
		for _, vm := range sample.VMs(100) {
			if vm.Renewed || vm.Missing {
				delete(in.Members, vm.Key())
				delete(in.Reporting, vm.Key())
				delete(in.Pulses, vm.Key())
				continue
			}
			r := vm.Report()
			for i := range r.Certificates {
				r.Certificates[i].Reference = nil
			}
			in.Members[vm.Key()] = fleet.Read(r)
		}
		view := fleet.New(in)
		row := view.Rows()[0]
		Expect(row).To(And(HaveField("State", fleet.AwaitingRenewal), HaveField("Severity", verdict.Critical)))
		Expect(keys(server.WithFleet(long, nil, view, catalog.Query{}))).To(ContainElement("fleet " + row.ID))
		store := remind.Entry{Key: string(row.Current.ID()), Name: "in Vault", Places: []string{"vault secret/cf/rep"}}
		entries := server.WithFleet(long, []remind.Entry{store}, view, catalog.Query{})
		Expect(keys(entries)).NotTo(ContainElement("fleet " + row.ID))
		Expect(entries[0].Places).To(HaveLen(2))
	})

	It("leave out a certificate that people have acknowledged, until its date", func() {
		view := sample.View(100)
		row := view.Rows()[0]
		var old *fleet.Version
		for _, version := range row.Versions {
			if !version.Current {
				old = version
			}
		}
		sighting := inventory.Sighting{Certificate: old.ID(), State: inventory.Previous}
		told := func(until time.Time) []string {
			contents := inventory.Contents{
				Sources: []inventory.Health{{Name: "v", Type: "vault"}}, Items: []inventory.Stored{{Source: "v", Item: inventory.Item{Path: "p", Sightings: []inventory.Sighting{sighting}}}},
				Certificates: []inventory.Certificate{{ID: old.ID(), Certificate: &cert.Certificate{NotBefore: old.NotBefore, NotAfter: old.NotAfter}}},
				Acks:         []inventory.Ack{{Certificate: old.ID(), Until: until, Reason: "off in January", By: "ann"}},
			}
			return keys(server.WithStores(long, nil, view, catalog.Query{}, contents))
		}
		Expect(told(view.Now().Add(time.Hour))).To(And(HaveLen(14), Not(ContainElement("fleet "+row.ID))))
		Expect(told(view.Now().Add(-time.Hour))).To(ContainElement("fleet " + row.ID))
	})

	It("keep open what was wrong on VMs that are silent now: silence repairs nothing", func() {
		wrong := keys(query(catalog.Query{}))
		entries := server.WithFleet(long, nil, fleet.New(later(100, time.Hour)), catalog.Query{})
		Expect(keys(entries)).To(ContainElements(wrong))
		Expect(entries).To(ContainElement(And(HaveField("State", "silent"), HaveField("Message", ContainSubstring("silent now (45)")))))
	})

	It("do not call agents silent that a hub could not hear because it was down", func() {
		in := later(3, time.Hour)
		silent := func(started time.Time) []string {
			return keys(server.WithFleet(started, nil, fleet.New(in), catalog.Query{}))
		}
		Expect(silent(in.Now.Add(-time.Minute))).NotTo(ContainElement("fleet cf silent"), "all may come back soon")
		Expect(silent(in.Now.Add(-20 * time.Minute))).To(ContainElement("fleet cf silent"))
		for key := range in.Pulses {
			in.Pulses[key] = inventory.Pulse{Key: key, At: sample.Now().Add(-10 * time.Minute)} // long before the others
			head := in.Reporting[key]
			head.Received = sample.Now().Add(-10 * time.Minute)
			in.Reporting[key] = head
			break
		}
		Expect(silent(in.Now.Add(-time.Minute))).To(ContainElement("fleet cf silent"), "one was silent before the hub went down")
	})

	It("do not call a certificate changed by hand before its store was read again", func() {
		in := sample.Input(3)
		for _, vm := range sample.VMs(3) {
			r := vm.Report()
			for i := range r.Certificates {
				if c := &r.Certificates[i]; c.Reference != nil && c.Reference.State == cert.Stale {
					c.Reference.State, c.Fingerprint = cert.Unexpected, fmt.Sprintf("%064d", i)
				}
			}
			in.Members[vm.Key()] = fleet.Read(r)
		}
		told := func(received, attempt time.Time) []remind.Entry {
			for key, head := range in.Reporting {
				head.Received = received
				in.Reporting[key] = head
			}
			store := inventory.Health{Name: "v", Type: "vault", LastAttempt: attempt}
			return server.WithFleet(long, nil, fleet.New(in), catalog.Query{}, store)
		}
		byHand := HaveField("State", "changed by hand")
		ago := func(minutes time.Duration) time.Time { return in.Now.Add(-minutes * time.Minute) }
		Expect(told(ago(1), ago(0))).To(ContainElement(byHand))
		Expect(told(ago(1), ago(60))).NotTo(ContainElement(byHand))
		Expect(told(ago(6), ago(60))).To(ContainElement(byHand), "the store does not answer")
	})

	It("do not call an agent missing while its VM is made", func() {
		in := sample.Input(50)
		missing := func() []string { return keys(server.WithFleet(long, nil, fleet.New(in), catalog.Query{})) }
		Expect(missing()).To(ContainElement("fleet cf missing"))
		for i := range in.Listed {
			in.Listed[i].Since = in.Now.Add(-10 * time.Minute)
		}
		Expect(missing()).NotTo(ContainElement("fleet cf missing"))
	})
})
