package verdict_test

import (
	"context"
	"fmt"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/budget"
	"cert-health/internal/cert"
	"cert-health/internal/scenario"
	"cert-health/internal/verdict"
)

// crowd adds CAs of one name and leaves that none of them signed to the files of a job.
func (t tree) crowd(job, name string, cas, leaves int) tree {
	stranger := authorityOf(name, nil)
	for i := range cas {
		t[fmt.Sprintf("%s/cas/%d.pem", job, i)] = pem(authorityOf(name, nil))
	}
	for i := range leaves {
		t[fmt.Sprintf("%s/leaves/%d.pem", job, i)] = pem(issue(stranger))
	}
	return t
}

// expiringVM is a bundle of CAs that expire soon, and leaves that they signed, each at several places.
func expiringVM(job string, cas, leaves, places int) (vm []cert.Deployed) {
	var issuers []*scenario.Pair
	for i := range cas {
		issuers = append(issuers, authorityOf(fmt.Sprint("ca", i), nil, lasting(-300, 5)))
		vm = append(vm, at(issuers[i], job+"/bundle.crt"))
	}
	for i := range leaves {
		files := make([]string, places)
		for k := range files {
			files[k] = fmt.Sprintf("%s/%d/%d.crt", job, i, k)
		}
		vm = append(vm, at(issue(issuers[i%cas]), files...))
	}
	return vm
}

var _ = Describe("the budget of a job", func() {
	signer, other := authorityOf("root", nil), authorityOf("root", nil)
	const most = 60
	var meter *budget.Meter
	BeforeEach(func() { meter = budget.New().With(budget.Signatures, most) })
	over := func() (jobs []string) {
		for _, e := range meter.Exceeded() {
			jobs = append(jobs, e.Job)
		}
		return jobs
	}

	It("ends the verification of its own chains, and of no other job's", func() {
		t := tree{tls: pem(issue(signer)), caFile: pem(other)}.crowd("aaa", "crowd", 20, 20)
		found := t.findings(verdict.Facts{Budget: meter}, verdict.Untrusted)
		Expect(len(found)).To(And(BeNumerically(">", 1), BeNumerically("<", 21)))
		Expect(found).To(ContainElement(HaveField("Message", HavePrefix("in "+inTLS))))
		Expect(over()).To(Equal([]string{"aaa"}))
	})

	It("is not spent by CAs of another job, however many have the name", func() {
		t := tree{tls: pem(issue(signer)), caFile: pem(other)}.crowd("aaa", "root", 100, 0)
		Expect(t.findings(verdict.Facts{Budget: meter}, verdict.Untrusted)).To(HaveLen(1))
		Expect(over()).To(BeEmpty())
		t["bbb/ca.pem"] = pem(signer)
		Expect(t.findings(verdict.Facts{Budget: meter}, verdict.Untrusted)).To(BeEmpty(), "the CA that signed is found in another job")
	})

	It("finds the CA that the key identifier names among many in another job", func() {
		t := tree{tls: pem(issue(signer)), caFile: pem(other)}.crowd("aaa", "root", 100, 0)
		t["aaa/cas/99.pem"] = pem(signer)
		Expect(t.findings(verdict.Facts{Budget: meter}, verdict.Untrusted)).To(BeEmpty())
	})

	It("is not spent by leaves of another job that claim its CA", func() {
		t := tree{tls: pem(issue(signer)), caFile: pem(other)}.crowd("aaa", "root", 0, 100)
		Expect(t.findings(verdict.Facts{Budget: meter}, verdict.Untrusted)).To(ContainElement(HaveField("Message", HavePrefix("in "+inTLS))))
		Expect(over()).NotTo(ContainElement("rep"))
	})

	It("is spent in each verdict, whatever an earlier one has verified", func() {
		facts := verdict.Facts{Deployed: tree{}.crowd("aaa", "crowd", 20, 20).scan(), Now: now, Signings: verdict.Signings{}}
		for range 3 {
			facts.Budget = budget.New().With(budget.Signatures, most)
			verdict.Judge(facts, policy())
			Expect(facts.Budget.Exceeded()).To(HaveLen(1))
			Expect(len(facts.Signings)).To(BeNumerically("<=", most), "only those of the last verdict are kept")
		}
	})

	It("pays for the name constraints of a CA", func() {
		meter = budget.New().With(budget.Pairs, 1000)
		names := func(s *scenario.Spec) {
			s.SANs = nil
			for i := range 50 {
				s.SANs = append(s.SANs, fmt.Sprintf("n%d.example", i))
			}
		}
		ca := authorityOf("root", nil, func(s *scenario.Spec) {
			for i := range 50 {
				s.Permitted = append(s.Permitted, fmt.Sprintf("c%d.example", i))
			}
		})
		t := tree{tls: pem(issue(ca, names)), caFile: pem(ca)}
		Expect(t.findings(verdict.Facts{}, verdict.Untrusted)).To(HaveLen(1))
		Expect(t.findings(verdict.Facts{Budget: meter}, verdict.Untrusted)).To(BeEmpty())
		Expect(over()).To(Equal([]string{"rep"}))
	})

	It("pays for the places of leaves that are looked at", func() {
		spent := func(places int) int {
			meter := budget.New()
			verdict.Judge(verdict.Facts{Budget: meter, Now: now, Deployed: expiringVM("rep", 4, 10, places)}, policy())
			return meter.Of("rep").Spent().Of(budget.Pairs)
		}
		Expect(spent(50)-spent(10)).To(BeNumerically(">=", 4*10*(50-10)), "each CA of the bundle goes through all places of leaves")
	})

	It("pays for the CAs and their places beside a leaf, once for a job", func() {
		cost := func(places, leaves int) int {
			meter := budget.New()
			vm := []cert.Deployed{at(signer)}
			for i := range places {
				vm[0].Locations = append(vm[0].Locations, at(signer, fmt.Sprintf("rep/%d.crt", i)).Locations...)
			}
			for i := range leaves {
				vm = append(vm, at(issue(signer), fmt.Sprintf("rep/%d.key", i)))
			}
			verdict.Judge(verdict.Facts{Budget: meter, Now: now, Deployed: vm}, policy())
			return meter.Of("rep").Spent().Of(budget.Pairs)
		}
		Expect(cost(500, 1) - cost(1, 1)).To(BeNumerically(">=", 499))
		Expect(cost(500, 9) - cost(500, 1)).To(BeNumerically("<", 499))
	})

	It("is no limit for a job with 1,000 placements and 20 CAs, all of which expire", func() {
		meter = budget.New()
		verdict.Judge(verdict.Facts{Budget: meter, Now: now, Deployed: expiringVM("rep", 20, 49, 20)}, policy())
		Expect(meter.Of("rep").Spent().Of(budget.Pairs)).To(And(BeNumerically(">", 20*49*20), BeNumerically("<", budget.Pairs.Share()/10)))
		Expect(over()).To(BeEmpty())
	})

	It("is refused once the context has ended, and the verdict ends", func() {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		c := certificate(300*day, -day)
		facts := verdict.Facts{Deployed: []cert.Deployed{deployed(c, cert.Leaf, "/f")}, Now: now}
		Expect(verdict.Judge(facts, policy())[0].Findings).NotTo(BeEmpty())
		facts.Budget = meter.Until(ctx)
		Expect(verdict.Judge(facts, policy())).To(HaveExactElements(HaveField("Findings", BeEmpty())))
	})
})
