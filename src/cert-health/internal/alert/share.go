package alert

import (
	"cmp"
	"slices"
)

// Candidate is an item that an alert may name.
type Candidate struct {
	Item
	Jobs []string // of all its places
	Rank Rank
}

// Rank orders the candidates of one job.
type Rank int

// The ranks, the first ones first.
const (
	New   Rank = iota // no earlier alert was about it
	Named             // the alert before named it
	Other
)

// Choose returns the items that an alert names. If not all have room, each job has its share, so
// that a job with many items hides none of its neighbours, and new items come first.
func Choose(candidates []Candidate) []Item {
	var chosen []int
	length := 0
	for _, i := range turns(candidates) {
		if len(chosen) == MaxItems {
			break
		}
		if text := candidates[i].String(); fits(length, text, len(candidates)) {
			chosen, length = append(chosen, i), length+len(separator)+len(text)
		}
	}
	slices.SortFunc(chosen, func(a, b int) int {
		if len(chosen) < len(candidates) {
			return cmp.Or(cmp.Compare(min(candidates[a].Rank, Named), min(candidates[b].Rank, Named)), cmp.Compare(a, b))
		}
		return cmp.Compare(a, b)
	})
	items := make([]Item, len(chosen))
	for n, i := range chosen {
		items[n] = candidates[i].Item
	}
	return items
}

// turns orders candidates so that each job has its turn. An item in several jobs belongs to the
// one with the fewest items: a job cannot take an item from another one by a copy of it.
func turns(candidates []Candidate) []int {
	return Turns(len(candidates),
		func(i int) []string { return candidates[i].Jobs },
		func(i int) int { return int(candidates[i].Rank) })
}

// Turns orders the numbers below count so that each job has its turn: the first number of each
// job, then the second of each, and so on. The numbers of one job are ordered by rank, and the
// jobs by the rank of their first.
func Turns(count int, jobs func(int) []string, rank func(int) int) []int {
	counts := map[string]int{}
	for i := range count {
		for _, job := range jobs(i) {
			counts[job]++
		}
	}
	var order []string
	queues := map[string][]int{}
	for i := range count {
		job := ""
		if all := jobs(i); len(all) > 0 {
			job = slices.MinFunc(all, func(a, b string) int { return cmp.Compare(counts[a], counts[b]) })
		}
		if queues[job] == nil {
			order = append(order, job)
		}
		queues[job] = append(queues[job], i)
	}
	byRank := func(a, b int) int { return cmp.Compare(rank(a), rank(b)) }
	for _, queue := range queues {
		slices.SortStableFunc(queue, byRank)
	}
	slices.SortStableFunc(order, func(a, b string) int { return byRank(queues[a][0], queues[b][0]) })
	numbers := make([]int, 0, count)
	for round := 0; len(order) > 0; round++ {
		for _, job := range order {
			numbers = append(numbers, queues[job][round])
		}
		order = slices.DeleteFunc(order, func(job string) bool { return len(queues[job]) == round+1 })
	}
	return numbers
}
