package alert_test

import (
	"fmt"
	"slices"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"pgregory.net/rapid"

	"cert-health/internal/alert"
)

// candidate is an item of some jobs.
func candidate(n int, rank alert.Rank, jobs ...string) alert.Candidate {
	i := item(n)
	i.Job = jobs[0]
	return alert.Candidate{Item: i, Jobs: jobs, Rank: rank}
}

// numbers are those of the items.
func numbers(items []alert.Item) (list []int) {
	for _, i := range items {
		var n int
		_, _ = fmt.Sscanf(i.Fingerprint, "%x", &n)
		list = append(list, n)
	}
	return list
}

var _ = Describe("Choose", func() {
	It("keeps the order if all items have room", func() {
		list := []alert.Candidate{candidate(0, alert.Other, "a"), candidate(1, alert.New, "b"), candidate(2, alert.Named, "a")}
		Expect(numbers(alert.Choose(list))).To(Equal([]int{0, 1, 2}))
	})

	It("names the new victim first behind sixty old items, in the same job and in another one", func() {
		for _, job := range []string{"flooded", "victim"} {
			var list []alert.Candidate
			for n := range 60 {
				list = append(list, candidate(n, alert.Other, "flooded"))
			}
			list = append(list, candidate(60, alert.New, job))
			Expect(numbers(alert.Choose(list))).To(HaveExactElements(append([]any{60}, BeNumerically("<", 60), BeNumerically("<", 60), BeNumerically("<", 60), BeNumerically("<", 60),
				BeNumerically("<", 60), BeNumerically("<", 60), BeNumerically("<", 60), BeNumerically("<", 60), BeNumerically("<", 60))...))
		}
	})

	It("names the same items in a reminder", func() {
		var list []alert.Candidate
		for n := range 60 {
			list = append(list, candidate(n, alert.Other, "flooded"))
		}
		list = append(list, candidate(60, alert.New, "flooded"), candidate(61, alert.Other, "b"))
		first := numbers(alert.Choose(list))
		for i := range list {
			list[i].Rank = alert.Other
			if slices.Contains(first, i) {
				list[i].Rank = alert.Named
			}
		}
		Expect(numbers(alert.Choose(list))).To(ConsistOf(first))
	})

	It("names each victim beside a flood of items with long names, also if the flooding job has a copy of it", func() {
		rapid.Check(GinkgoT(), func(t *rapid.T) {
			var list []alert.Candidate
			flood := rapid.IntRange(1, 200).Draw(t, "flood")
			length := rapid.IntRange(0, 3000).Draw(t, "length")
			for n := range flood {
				c := candidate(n, rapid.SampledFrom([]alert.Rank{alert.New, alert.Other}).Draw(t, "rank"), "aaa")
				c.Name, c.Place, c.Message = strings.Repeat("x", length), strings.Repeat("|", length), strings.Repeat("\n", length)
				list = append(list, c)
			}
			victims := rapid.IntRange(1, 3).Draw(t, "victims")
			for n := range victims {
				jobs := []string{"aaa", fmt.Sprint("victim", n)}
				list = append(list, candidate(1000+n, alert.New, jobs...))
			}
			chosen := numbers(alert.Choose(list))
			for n := range victims {
				if !slices.Contains(chosen, 1000+n) {
					t.Fatalf("%d is not among %v", 1000+n, chosen)
				}
			}
			a := alert.Alert{Class: alert.Expired, Items: alert.Choose(list), Total: len(list)}
			back, _ := alert.Parse(title(a), a.Description())
			if len(back.Items) != len(chosen) || back.Total != len(list) {
				t.Fatalf("%d of %d items, %d of %d in all", len(back.Items), len(chosen), back.Total, len(list))
			}
		})
	})
})
