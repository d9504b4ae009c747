package remind

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"code.cloudfoundry.org/clock"
)

// Store keeps the state of each rule.
type Store interface {
	// LoadNotices returns the state of a rule; nil if there is none.
	LoadNotices(ctx context.Context, rule string) ([]byte, error)
	SaveNotices(ctx context.Context, rule string, state []byte) error
}

// Settings are what a Reminder works with.
type Settings struct {
	Options Options
	// Select returns the entries of a filter, without those that are acknowledged. An error means
	// that nothing is known; then the rule does not look.
	Select func(filter string, now time.Time) ([]Entry, error)
	Store  Store
	Clock  clock.Clock
	Log    *slog.Logger
	// URL is the address of the list for people; empty if it is not known.
	URL string
}

// Reminder looks by the rules and sends the messages. Only one may run on one Store.
type Reminder struct {
	Settings
	rules    []*running
	channels map[string]channel
	mu       sync.Mutex // of stats
	stats    map[string]*Stats
}

// Stats are what a channel has done since the start.
type Stats struct {
	Channel   string
	Delivered int
	Failed    int // attempts that failed
	Dropped   int // messages that were given up
	Pending   int
	Error     string // why the last attempt failed; empty if it did not
}

// running is a rule with its state.
type running struct {
	Rule
	schedule schedule
	state    state
	loaded   bool
	kept     time.Time // when Alertmanager got the state last
	failed   string    // the failure that is logged
}

// New makes a Reminder of settings without problems.
func New(s Settings) *Reminder {
	r := &Reminder{Settings: s, channels: map[string]channel{}, stats: map[string]*Stats{}}
	for i := range s.Options.Channels {
		c := &s.Options.Channels[i]
		r.channels[c.Name] = c.open()
		r.stats[c.Name] = &Stats{Channel: c.Name}
	}
	for _, rule := range s.Options.Rules {
		times, _ := rule.times() // Problems has checked it
		r.rules = append(r.rules, &running{Rule: rule, schedule: times})
	}
	return r
}

// lookEach is how often rules look, so that the end of a certificate is told when it comes.
const lookEach = time.Minute

// Run works until the context ends. It reads the state of each rule when it begins: another hub may
// have sent messages before. changes reports changes of what Select returns.
func (r *Reminder) Run(ctx context.Context, changes <-chan struct{}) {
	for _, rule := range r.rules {
		rule.loaded = false
	}
	timer := r.Clock.NewTimer(lookEach)
	defer timer.Stop()
	for {
		r.Pass(ctx)
		select {
		case <-ctx.Done():
			return
		case <-changes:
		case <-timer.C():
			timer.Reset(lookEach)
		}
	}
}

// Pass looks by all rules that are due, and sends what waits.
func (r *Reminder) Pass(ctx context.Context) {
	now := r.Clock.Now()
	for _, rule := range r.rules {
		rule.note(r.Log, r.look(ctx, rule, now))
	}
	r.deliver(ctx)
}

// look looks by one rule and stores the result before anything is sent.
func (r *Reminder) look(ctx context.Context, rule *running, now time.Time) error {
	if err := r.load(ctx, rule); err != nil {
		return err
	}
	if rule.begins(now) {
		after := rule.state
		after.Looked = now
		return r.save(ctx, rule, after)
	}
	if !rule.due(now) {
		return nil
	}
	entries, err := r.Select(rule.Filter, now)
	if err != nil {
		return fmt.Errorf("look at the certificates: %w", err)
	}
	after, message := rule.Rule.look(rule.state, entries, now)
	if message != nil {
		message.URL = r.URL
		after.Pending = rule.queue(after.Pending, *message)
	}
	return r.save(ctx, rule, after)
}

// begins tells whether a rule with a schedule is new, or the clock was set back. It looks first at the
// next of its times. That is stored, so that it does not miss this time while no hub runs.
func (r *running) begins(now time.Time) bool {
	return !r.OnChange && (r.state.Looked.IsZero() || r.state.Looked.After(now))
}

// due tells whether the rule has to look. A rule with a schedule looks at its times only, so that it
// sends at its times only.
func (r *running) due(now time.Time) bool {
	return r.OnChange || r.schedule.missed(r.state.Looked, now)
}

// maxPending is the number of messages that wait for one channel.
const maxPending = 10

// queue adds the message for each channel. The oldest one gives way: the newer ones have all that is
// open.
func (r *running) queue(waiting []pending, m Message) []pending {
	all := slices.Clone(waiting)
	for _, name := range r.Channels {
		all = append(all, pending{Channel: name, Message: m, Next: m.At})
		count := 0
		for _, p := range all {
			if p.Channel == name {
				count++
			}
		}
		if count > maxPending {
			oldest := slices.IndexFunc(all, func(p pending) bool { return p.Channel == name })
			all = slices.Delete(all, oldest, oldest+1)
		}
	}
	return all
}

func (r *Reminder) load(ctx context.Context, rule *running) error {
	if rule.loaded {
		return nil
	}
	contents, err := r.Store.LoadNotices(ctx, rule.Name)
	if err != nil {
		return fmt.Errorf("read what was told: %w", err)
	}
	rule.state, rule.loaded = state{}, true
	if len(contents) == 0 {
		return nil
	}
	if err := json.Unmarshal(contents, &rule.state); err != nil {
		rule.state = state{}
		r.Log.Warn("the stored state of a rule is damaged; its open certificates are told again", "rule", rule.Name)
	}
	return nil
}

// save stores a state and puts it into use.
func (r *Reminder) save(ctx context.Context, rule *running, after state) error {
	contents, err := json.Marshal(after)
	if err == nil {
		err = r.Store.SaveNotices(ctx, rule.Name, contents)
	}
	if err != nil {
		return fmt.Errorf("store what is told: %w", err)
	}
	rule.state = after
	return nil
}

// note logs a failure once.
func (r *running) note(log *slog.Logger, err error) {
	text := ""
	if err != nil {
		text = err.Error()
	}
	if text == r.failed {
		return
	}
	if r.failed = text; err != nil {
		log.Warn("a rule cannot look; it tries again each minute", "rule", r.Name, "error", text)
		return
	}
	log.Info("a rule can look again", "rule", r.Name)
}

// Stats returns what the channels have done, by their names.
func (r *Reminder) Stats() []Stats {
	r.mu.Lock()
	defer r.mu.Unlock()
	var all []Stats
	for _, name := range slices.Sorted(maps.Keys(r.stats)) {
		all = append(all, *r.stats[name])
	}
	return all
}
