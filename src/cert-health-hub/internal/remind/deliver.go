package remind

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"cert-health/internal/notify"
	"cert-health/internal/verdict"
)

// The pauses between the attempts of one message double, up to the longest. After giveUpAfter a
// message is given up: the reminder of the next day has all that is open.
const (
	firstPause  = 30 * time.Second
	maxPause    = 30 * time.Minute
	giveUpAfter = 24 * time.Hour
)

// result is the outcome of one attempt.
type result struct {
	rule *running
	pending
	err error
}

// deliver sends all messages that are due, beside each other, and stores what is left.
func (r *Reminder) deliver(ctx context.Context) {
	now := r.Clock.Now()
	ctx, cancel := finishing(ctx)
	defer cancel()
	var wait sync.WaitGroup
	results := make(chan result)
	for _, rule := range r.rules {
		for _, p := range r.claim(ctx, rule, now) {
			wait.Go(func() { results <- result{rule, p, r.attempt(ctx, p, now)} })
		}
		if r.keepsAlerts(rule) && verdict.Passed(rule.kept, now, refreshAfter) && rule.loaded {
			wait.Go(func() { r.keep(ctx, rule, now) })
		}
	}
	go func() { wait.Wait(); close(results) }()
	left := map[*running][]pending{}
	for _, rule := range r.rules {
		left[rule] = slices.Clone(rule.state.Pending)
	}
	for one := range results {
		left[one.rule] = r.settle(left[one.rule], one, now)
	}
	r.storeLeft(context.WithoutCancel(ctx), left)
}

// storeLeft stores the messages that still wait, also when the program ends.
func (r *Reminder) storeLeft(ctx context.Context, left map[*running][]pending) {
	ctx, cancel := context.WithTimeout(ctx, attemptTime)
	defer cancel()
	counts := map[string]int{}
	for _, rule := range r.rules {
		for _, p := range left[rule] {
			counts[p.Channel]++
		}
		if len(left[rule]) == 0 && len(rule.state.Pending) == 0 || slices.EqualFunc(left[rule], rule.state.Pending, samePending) {
			continue
		}
		after := rule.state
		after.Pending = left[rule]
		if err := r.save(ctx, rule, after); err != nil {
			rule.state = after // what is delivered must not be sent again while this hub runs
			rule.note(r.Log, err)
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for name, s := range r.stats {
		s.Pending = counts[name]
	}
}

func samePending(a, b pending) bool {
	return a.Channel == b.Channel && a.Message.ID == b.Message.ID && a.Tries == b.Tries
}

// attempt sends one message once. A channel that the configuration has no more takes it in silence.
func (r *Reminder) attempt(ctx context.Context, p pending, claimed time.Time) error {
	channel, ok := r.channels[p.Channel]
	if !ok {
		return nil
	}
	if r.Clock.Now().Sub(claimed) >= attemptTime {
		return errLate
	}
	ctx, cancel := context.WithTimeout(ctx, attemptTime)
	defer cancel()
	return channel.send(ctx, p.Message)
}

// settle removes a message that was delivered or is given up, and delays one that was not delivered.
func (r *Reminder) settle(waiting []pending, one result, now time.Time) []pending {
	at := slices.IndexFunc(waiting, func(p pending) bool { return samePending(p, one.pending) })
	r.count(one)
	if one.err == nil {
		r.Log.Info("a message is delivered", "channel", one.Channel, "rule", one.rule.Name, "kind", one.Message.Kind, "title", one.Message.Title)
		return slices.Delete(waiting, at, at+1)
	}
	wait, again := notify.Retry(one.err)
	if !again || verdict.Passed(one.Message.At, now, giveUpAfter) {
		r.Log.Error("a message is given up", "channel", one.Channel, "rule", one.rule.Name, "error", one.err.Error())
		r.drop(one.Channel)
		return slices.Delete(waiting, at, at+1)
	}
	if one.Tries == 0 {
		r.Log.Warn("a message is not delivered; it is tried again for a day", "channel", one.Channel, "rule", one.rule.Name, "error", one.err.Error())
	}
	waiting[at].Tries++
	waiting[at].Next = now.Add(max(wait, min(firstPause<<min(one.Tries, 10), maxPause)))
	return waiting
}

func (r *Reminder) count(one result) {
	r.mu.Lock()
	defer r.mu.Unlock()
	s, ok := r.stats[one.Channel]
	if !ok {
		return
	}
	if s.Error = ""; one.err != nil {
		s.Failed++
		s.Error = one.err.Error()
		return
	}
	s.Delivered++
}

func (r *Reminder) drop(channel string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if s, ok := r.stats[channel]; ok {
		s.Dropped++
	}
}

// keeper is a channel that gets the state again and again.
type keeper interface {
	keep(ctx context.Context, rule string, s state, now time.Time) error
}

func (r *Reminder) keepsAlerts(rule *running) bool {
	return slices.ContainsFunc(rule.Channels, func(name string) bool {
		_, ok := r.channels[name].(keeper)
		return ok
	})
}

// keep sends the state of a rule to its Alertmanagers.
func (r *Reminder) keep(ctx context.Context, rule *running, now time.Time) {
	snapshot := state{Open: maps.Clone(rule.state.Open), Ended: maps.Clone(rule.state.Ended)}
	well := true
	for _, name := range rule.Channels {
		k, ok := r.channels[name].(keeper)
		if !ok {
			continue
		}
		attempt, cancel := context.WithTimeout(ctx, attemptTime)
		err := k.keep(attempt, rule.Name, snapshot, now)
		cancel()
		well = well && err == nil
		r.noteKept(name, rule.Name, err)
	}
	if well {
		rule.kept = now
	}
}

// noteKept logs when the state cannot be sent, and when it can again.
func (r *Reminder) noteKept(channel, rule string, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	s, before := r.stats[channel], ""
	if before, s.Error = s.Error, ""; err != nil {
		s.Failed++
		s.Error = err.Error()
	}
	switch {
	case err != nil && before == "":
		r.Log.Warn("the alerts cannot be sent; they are tried again each minute", "channel", channel, "rule", rule, "error", err.Error())
	case err == nil && before != "":
		r.Log.Info("the alerts are sent again", "channel", channel, "rule", rule)
	}
}
