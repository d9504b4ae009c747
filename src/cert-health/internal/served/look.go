package served

import (
	"cmp"
	"context"
	"errors"
	"os"
	"slices"
	"time"
)

// look is one call of Probe. It starts the visits that are due so that one job cannot keep the
// results of the others waiting: a job gets all but one of the connections, and gets no more after
// some of its servers did not answer. Everything that is known is given while slow servers are
// still probed.
type look struct {
	options *Options
	waiting []*visit
	running map[string]int // visits, by job
	stalls  map[string]int // visits without an answer in time, by job
	ended   chan visited
}

// visited is a visit that has ended.
type visited struct {
	*visit
	at  time.Time
	saw outcome
}

const (
	// maxStalls is how many servers of a job may keep a look waiting. The others of the job that have
	// not answered before wait for the next look.
	maxStalls = 3
	// knownEvery is how often the results are given while slow servers are probed.
	knownEvery = time.Second
)

func newLook(options *Options, due []*visit) *look {
	// Servers that have answered before come first, and then the oldest sockets: a process that opens
	// more and more ports only delays its own.
	slices.SortStableFunc(due, func(a, b *visit) int {
		return cmp.Or(cmp.Compare(a.record.rank(), b.record.rank()), cmp.Compare(a.inode, b.inode))
	})
	return &look{options: options, waiting: due, running: map[string]int{}, stalls: map[string]int{}, ended: make(chan visited)}
}

// rank is 0 for a server that has answered, and otherwise the number of probes, with one more.
func (r *record) rank() int {
	if r.result.Protocol.Encrypted() {
		return 0
	}
	return 1 + r.unanswered
}

// run makes the visits, and waits for all that it began. It calls known from time to time.
func (l *look) run(ctx context.Context, known func()) {
	tick := time.NewTicker(knownEvery)
	defer tick.Stop()
	ctx, cancel := context.WithTimeout(ctx, l.options.Look)
	defer cancel()
	running, news := 0, false
	for {
		for v := l.next(ctx); v != nil; v = l.next(ctx) {
			running++
			go func() { l.ended <- v.run(ctx) }()
		}
		if running == 0 {
			return
		}
		select {
		case v := <-l.ended:
			running--
			news = l.end(ctx, v) || news
		case <-tick.C:
			if news {
				known()
			}
			news = false
		}
	}
}

// next begins the next visit. It returns nil if none may begin now.
func (l *look) next(ctx context.Context) *visit {
	total := 0
	for _, n := range l.running {
		total += n
	}
	if total >= l.options.Concurrency || ctx.Err() != nil {
		return nil
	}
	at := slices.IndexFunc(l.waiting, func(v *visit) bool { return l.running[v.job] < l.perJob() && !l.deferred(v) })
	if at < 0 {
		return nil
	}
	v := l.waiting[at]
	l.waiting = slices.Delete(l.waiting, at, at+1)
	l.running[v.job]++
	return v
}

// perJob is how many visits of one job run at a time.
func (l *look) perJob() int { return max(1, l.options.Concurrency-1) }

// deferred tells whether a visit has to wait for the next look.
func (l *look) deferred(v *visit) bool { return l.stalls[v.job] >= maxStalls && v.record.rank() > 0 }

// end records the outcome of a visit. A visit that was cut short says nothing, and stays due.
func (l *look) end(ctx context.Context, v visited) (news bool) {
	l.running[v.job]--
	if stalled(v.saw.err) {
		l.stalls[v.job]++
	}
	if ctx.Err() != nil {
		l.waiting = append(l.waiting, v.visit)
		return false
	}
	v.record.update(v.at, v.saw)
	return true
}

func stalled(err error) bool {
	return errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, context.DeadlineExceeded)
}

// left counts the sockets that are still due, by job.
func (l *look) left() map[string]int {
	left := map[string]int{}
	for _, v := range l.waiting {
		left[v.job]++
	}
	return left
}
