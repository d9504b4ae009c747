package budget_test

import (
	"context"
	"fmt"
	"os"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/budget"
)

var _ = Describe("Meter", func() {
	const most = 100
	var m *budget.Meter

	BeforeEach(func() { m = budget.New().With(budget.Pairs, most) })

	It("refuses a job what exceeds its budget, and every request after that", func() {
		Expect(m.Spend("a", budget.Pairs, most)).To(BeTrue())
		Expect(m.Spend("a", budget.Pairs, 1)).To(BeFalse())
		Expect(m.Spend("a", budget.Pairs, 0)).To(BeFalse())
		Expect(m.Exceeded()).To(HaveExactElements(And(HaveField("Job", "a"), HaveField("Work", budget.Pairs))))
	})

	It("counts each job and each kind of work apart", func() {
		Expect(m.Spend("a", budget.Pairs, most+1)).To(BeFalse())
		Expect(m.Spend("a", budget.Signatures, 1)).To(BeTrue())
		Expect(m.Spend("b", budget.Pairs, most)).To(BeTrue())
	})

	It("gives each job its share, whatever the others have spent", func() {
		share, refused := 25, 0 // a quarter, as in the table
		for n := range 10 {
			if !m.Spend(fmt.Sprint("greedy", n), budget.Pairs, most) {
				refused++
			}
		}
		Expect(refused).To(BeNumerically(">", 0))
		Expect(m.Spend("modest", budget.Pairs, share)).To(BeTrue())
		Expect(m.Spend("modest", budget.Pairs, 1)).To(BeFalse())
	})

	It("says what a job could have", func() {
		m.Spend("a", budget.Pairs, most+1)
		m.Spend("b", budget.Pairs, most)
		m.Spend("c", budget.Pairs, 90)
		m.Spend("d", budget.Pairs, 60)
		Expect(m.Exceeded()).To(HaveLen(2))
		Expect(m.Exceeded()[0].String()).To(Equal("it has more than 100 comparisons of certificates: the others were not compared"))
		Expect(m.Exceeded()[1].String()).To(HavePrefix("it has more than 25 comparisons"))
	})

	It("spends several costs together, or none of them", func() {
		a := m.Of("a")
		a.Spend(budget.Pairs, 30)
		a.Spend(budget.Clues, 5)
		costs := a.Spent()
		Expect(a.SpendAll(costs)).To(BeTrue())
		Expect(a.SpendAll(costs)).To(BeTrue())
		Expect(a.SpendAll(costs)).To(BeFalse())
		Expect(a.Spent().Minus(costs).Minus(costs)).To(Equal(costs))
		Expect(m.Exceeded()).To(BeEmpty(), "nothing was refused for good")
	})

	It("refuses everything once its context has ended, which is no excess", func() {
		ctx, cancel := context.WithCancel(context.Background())
		a := m.Until(ctx).Of("a")
		Expect(a.Spend(budget.Pairs, 1)).To(BeTrue())
		Expect(a.Ended()).To(BeFalse())
		cancel()
		Expect(a.Spend(budget.Pairs, 1)).To(BeFalse())
		Expect(a.Ended()).To(BeTrue())
		Expect(m.Exceeded()).To(BeEmpty())
	})

	It("refuses nothing if there is none", func() {
		var none *budget.Meter
		Expect(none.Spend("a", budget.Bytes, 1<<60)).To(BeTrue())
		Expect(none.Of("a").SpendAll(budget.Costs{1 << 60})).To(BeTrue())
		Expect(none.Of("a").Ended()).To(BeFalse())
		Expect(none.Exceeded()).To(BeEmpty())
	})

	It("has a share for each kind of work, and more for one job", func() {
		page, err := os.ReadFile("../../../../docs/findings.md")
		Expect(err).NotTo(HaveOccurred())
		mebibytes := func(n int) string { return fmt.Sprintf("%d MiB", n>>20) }
		for w, name := range map[budget.Work]string{budget.Files: "files and directories", budget.Certificates: "certificates and revocation lists; each place counts",
			budget.Derivations: "iterations to open key stores", budget.Faults: "files and blocks that cannot be read",
			budget.Bytes: "bytes to search in files; what may begin a certificate or a key counts as 64 more",
			budget.Keys:  "private keys", budget.Clues: "private keys and names of certificates, to find which of them belong together",
			budget.Signatures: "verified signatures; one with a large or slow key counts several times",
			budget.Pairs:      "comparisons of certificates with each other, and of names with name constraints",
			budget.Claims:     "verified signatures for the certificates that processes serve"} {
			written := budget.Grouped
			if w == budget.Bytes {
				written = mebibytes
			}
			Expect(string(page)).To(ContainSubstring("| " + name + " | " + written(w.Share()) + " | " + written(w.Limit())))
		}
		for w := budget.Files; w <= budget.Claims; w++ {
			Expect(w.String()).NotTo(BeEmpty())
			Expect(w.Share()).To(BeNumerically(">", 0))
			Expect(w.Limit()).To(BeNumerically(">", w.Share()))
		}
	})
})

var _ = Describe("Excess", func() {
	It("is in a job, or at a path outside of the jobs", func() {
		m := budget.New().With(budget.Files, 1)
		m.Spend("rep", budget.Files, 2)
		m.Spend("/etc/ssl", budget.Files, 2)
		Expect(m.Exceeded()).To(HaveExactElements(
			And(HaveField("Outside()", false), HaveField("Path()", "/var/vcap/jobs/rep/")),
			And(HaveField("Outside()", true), HaveField("Path()", "/etc/ssl"))))
	})
})
