package budget

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// ErrRefused means that something was not read, because of a budget or because its context has
// ended. The Meter knows the reason.
var ErrRefused = errors.New("its budget is spent")

// Meter counts the work of one scan. New makes one. It is not safe for concurrent use. A nil
// Meter refuses nothing.
type Meter struct {
	ctx      context.Context // ends all work
	limits   [works]limit
	accounts map[string]*Account
	pool     Costs // what was spent of the pools
	exceeded []Excess
}

// New returns the meter of one scan.
func New() *Meter {
	return &Meter{ctx: context.Background(), limits: limits, accounts: map[string]*Account{}}
}

// Until makes the meter refuse all work once ctx has ended. Work whose length comes from
// outside asks the meter again and again, and so it ends soon after ctx.
func (m *Meter) Until(ctx context.Context) *Meter {
	m.ctx = ctx
	return m
}

// With replaces the limit of a job for one kind of work. The share and the pool grow or shrink
// with it.
func (m *Meter) With(w Work, most int) *Meter {
	row := &m.limits[w]
	row.share, row.pool, row.job = row.share*most/row.job, row.pool*most/row.job, most
	return m
}

// Spend asks for n units of work for a job, and tells whether the work may be done. After the
// first refusal every further request of the job for this kind of work is refused.
func (m *Meter) Spend(job string, w Work, n int) bool { return m.Of(job).Spend(w, n) }

// Of returns the account of a job: its name, or outside of the jobs the absolute path that is
// searched.
func (m *Meter) Of(job string) *Account {
	if m == nil {
		return nil
	}
	a := m.accounts[job]
	if a == nil {
		a = &Account{meter: m, job: job}
		m.accounts[job] = a
	}
	return a
}

// Exceeded lists the jobs that were refused work, in the order of their first refusals.
func (m *Meter) Exceeded() []Excess {
	if m == nil {
		return nil
	}
	return slices.Clone(m.exceeded)
}

// Account is what one job has spent in one scan. A nil Account refuses nothing.
type Account struct {
	meter   *Meter
	job     string
	spent   Costs
	refused [works]bool
}

// Spend asks for n units of work, and tells whether the work may be done. After the first
// refusal every further request for this kind of work is refused.
func (a *Account) Spend(w Work, n int) bool {
	switch {
	case a == nil:
		return true
	case a.refused[w] || a.Ended():
		return false
	case n > a.left(w):
		a.refuse(w, n)
		return false
	}
	beyond := max(0, a.spent[w]+n-max(a.spent[w], a.meter.limits[w].share))
	a.meter.pool[w] += beyond
	a.spent[w] += n
	return true
}

// SpendAll spends all costs or nothing.
func (a *Account) SpendAll(costs Costs) bool {
	if a == nil {
		return true
	}
	for w, n := range costs {
		if a.refused[w] || n > a.left(Work(w)) {
			return false
		}
	}
	for w, n := range costs {
		a.Spend(Work(w), n)
	}
	return true
}

// left is how much of the work may still be done.
func (a *Account) left(w Work) int {
	row := a.meter.limits[w]
	return min(row.job-a.spent[w], max(0, row.share-a.spent[w])+row.pool-a.meter.pool[w])
}

// Left is how much of each kind of work may still be done: nothing after a refusal.
func (a *Account) Left() (all Costs) {
	if a == nil {
		return all
	}
	for w := range all {
		if !a.refused[w] {
			all[w] = a.left(Work(w))
		}
	}
	return all
}

// Spent is what was spent so far.
func (a *Account) Spent() Costs {
	if a == nil {
		return Costs{}
	}
	return a.spent
}

// refuse makes the account refuse a kind of work from now on, of which n units were asked for.
func (a *Account) refuse(w Work, n int) {
	row, most := a.meter.limits[w], 0
	if most = row.job; n <= row.job-a.spent[w] {
		most = max(row.share, a.spent[w]) // other jobs have used the rest
	}
	a.refused[w] = true
	a.meter.exceeded = append(a.meter.exceeded, Excess{Job: a.job, Work: w, most: most})
}

// Refused tells whether a kind of work was refused.
func (a *Account) Refused(w Work) bool { return a != nil && a.refused[w] }

// Refusals is the number of kinds of work that were refused.
func (a *Account) Refusals() (count int) {
	if a == nil {
		return 0
	}
	for _, refused := range a.refused {
		if refused {
			count++
		}
	}
	return count
}

// Ended tells whether the context of the meter has ended.
func (a *Account) Ended() bool { return a != nil && a.meter.ctx.Err() != nil }

// Excess is a job whose content needs more of a kind of work than its budget.
type Excess struct {
	Job  string // or the absolute path that is searched outside of the jobs
	Work Work
	most int // how much of it the job could have
}

// Outside tells whether the excess is outside of the jobs. Job is then a path.
func (e Excess) Outside() bool { return strings.HasPrefix(e.Job, "/") }

// jobs is where BOSH puts the jobs of a VM.
const jobs = "/var/vcap/jobs/"

// Path is the directory of the job, with a slash behind it, or the path outside of the jobs.
func (e Excess) Path() string {
	if e.Outside() {
		return e.Job
	}
	return jobs + e.Job + "/"
}

// String says what the excess is, and what was not done because of it.
func (e Excess) String() string {
	return fmt.Sprintf("it has more than %s %s: %s", grouped(e.most), limits[e.Work].name, limits[e.Work].left)
}

// grouped writes a number with a comma between thousands.
func grouped(n int) string {
	digits := fmt.Sprint(n)
	for at := len(digits) - 3; at > 0; at -= 3 {
		digits = digits[:at] + "," + digits[at:]
	}
	return digits
}
