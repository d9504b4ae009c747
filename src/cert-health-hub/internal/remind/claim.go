package remind

import (
	"context"
	"errors"
	"slices"
	"time"
)

const (
	// claimTime is how long no other hub sends a message that a hub has claimed.
	claimTime = 3 * attemptTime
	// finishTime is how long a message that is on its way may take when the hub ends.
	finishTime = 5 * time.Second
)

// errLate says that this hub stood still after a claim. Another one may have the message by now.
var errLate = errors.New("the hub stood still before it sent the message")

// finishing is the context of messages on their way. It ends a little later than ctx: a receiver that
// has a message already must not get it again from the next hub.
func finishing(ctx context.Context) (context.Context, context.CancelFunc) {
	until, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*attemptTime)
	stop := context.AfterFunc(ctx, func() {
		select {
		case <-time.After(finishTime):
		case <-until.Done():
		}
		cancel()
	})
	return until, func() { stop(); cancel() }
}

// claim stores that this hub sends now what is due, and returns it. The store refuses that when another
// hub leads. If this hub ends before it knows the result, the next one sends the message again, with
// the same ID: two are better than none.
func (r *Reminder) claim(ctx context.Context, rule *running, now time.Time) (due []pending) {
	after := rule.state
	after.Pending = slices.Clone(rule.state.Pending)
	for i, p := range after.Pending {
		if !p.Next.After(now) {
			after.Pending[i].Next = now.Add(claimTime)
			due = append(due, p)
		}
	}
	if len(due) == 0 {
		return nil
	}
	if err := r.save(ctx, rule, after); err != nil {
		rule.note(r.Log, err)
		return nil
	}
	return due
}
