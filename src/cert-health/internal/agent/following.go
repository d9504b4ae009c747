package agent

import (
	"context"

	"github.com/cloudfoundry/bosh-utils/logger"

	"cert-health/internal/check"
	"cert-health/internal/reference"
)

// following is the comparison with the configured source.
type following struct {
	source   *reference.Source   // nil without one
	follower *reference.Follower // nil if the source cannot be asked
	err      error               // why it cannot be asked
	last     check.Comparison
	answers  chan answer
	running  bool
	requests uint64 // since the agent started
	log      sourceLog
}

// answer is what a source has answered.
type answer struct {
	follower  *reference.Follower
	knowledge *reference.Knowledge
	*reference.Answer
}

func newFollowing(log logger.Logger) following {
	return following{answers: make(chan answer, 1), log: sourceLog{log: log}}
}

// follow begins to follow the configured source, with the knowledge from before.
func (l *loop) follow() {
	f := &l.following
	f.follower = nil
	f.source, f.err = l.checker.OpenSource(l.instance, reference.Regularly)
	switch {
	case f.source == nil:
		f.last = check.NotCompared()
	case f.err != nil:
		f.last = check.NotPrepared(f.source, f.err)
	default:
		knowledge := l.memory.knowledge(f.source.Scope)
		if f.source.Recall != nil {
			f.source.Recall(knowledge)
		}
		f.follower = reference.Follow(f.source, l.instance.Deployment, knowledge, l.Clock.Now)
		f.last = check.NotAsked(f.source, knowledge)
		f.last.RequestsDay = l.memory.requestsDay()
	}
}

// compare asks the source, beside the loop.
func (l *loop) compare(ctx context.Context) {
	f := &l.following
	if f.running || f.source == nil || l.scanning.inventory == nil {
		return
	}
	if f.follower == nil {
		f.last = check.NotPrepared(f.source, f.err)
		f.log.update(f.source.Title, f.last)
		return
	}
	f.running = true
	follower, timeout, deployed := f.follower, f.source.Timeout, l.observing.last.ToCompare(l.scanning.inventory)
	go func() {
		ctx, cancel := context.WithTimeout(ctx, timeout)
		defer cancel()
		knowledge, a := follower.Ask(ctx, deployed)
		f.answers <- answer{follower, knowledge, a}
	}()
}

// learn takes an answer of the source. Without an answer, what is known stays known.
func (l *loop) learn(a answer) {
	f := &l.following
	f.running = false
	if a.follower != f.follower {
		return // a reload has configured another source, or none
	}
	f.requests += uint64(a.Requests)
	l.memory.learn(a.knowledge, a.Requests, l.Clock.Now())
	f.last = check.Compared(f.source, a.knowledge, a.Answer)
	f.last.RequestsDay = l.memory.requestsDay()
	l.memory.save()
	f.log.update(f.source.Title, f.last)
}
