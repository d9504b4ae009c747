package collect

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"runtime"
	"runtime/debug"
	"time"

	"cert-health/hub/internal/db"
	"cert-health/hub/internal/inventory"
)

// collect collects the source once, saves what it says, and returns the wait until the next time.
func (w *worker) collect(ctx context.Context) time.Duration {
	w.setRunning(true)
	defer w.setRunning(false)
	started := w.collector.clock.Now()
	before, items := w.before()
	result, err := w.ask(ctx, items)
	if ctx.Err() != nil {
		return 0 // the hub ends, or does not lead any more
	}
	health := w.attempted(before, started, result, err)
	wait := w.Interval
	if health.Error != "" {
		wait = w.pauses.NextBackOff()
	}
	health.NextAttempt = w.collector.clock.Now().Add(wait)
	m := merged{left: countedOf(items)}
	if result != nil && health.Error == "" {
		m = merge(before, items, result, health.LastSuccess)
	}
	health.Items = m.left
	saved := db.Saved{Source: health, Items: m.changed, Gone: m.gone, Certificates: w.certificates(m.changed, result)}
	if err := w.collector.options.Store.SaveCollection(ctx, saved); err != nil {
		if ctx.Err() == nil {
			w.collector.log.Error("a collection was not saved, and is repeated", "source", w.Name, "error", err.Error())
		}
		return w.pauses.NextBackOff()
	}
	if err := w.collector.sync(ctx); err != nil {
		return w.pauses.NextBackOff() // the next collection must know what this one saved
	}
	if health.Error == "" {
		w.pauses.Reset()
	}
	w.report(before, health, m)
	return wait
}

// before is what is known of the source, and its items.
func (w *worker) before() (inventory.Health, map[string]inventory.Stored) {
	w.collector.mutex.Lock()
	defer w.collector.mutex.Unlock()
	health := w.collector.model.sources[w.Name]
	health.Name, health.Type, health.Interval = w.Name, w.Type, w.Interval
	return health, maps.Clone(w.collector.model.items[w.Name])
}

// attempted is the health after a collection. A collection that saw nothing of what there is has failed.
func (w *worker) attempted(h inventory.Health, started time.Time, result *inventory.Collection, err error) inventory.Health {
	now := w.collector.clock.Now()
	h.LastAttempt, h.Took = started, max(0, now.Sub(started))
	if err == nil && len(result.Items) == 0 {
		if reason, all := reasonFor("", result.Unseen); all {
			err = errors.New(reason)
		}
	}
	if err != nil {
		h.Error, h.Requests = err.Error(), 0
		h.Failures++
		return h
	}
	h.LastSuccess, h.Error, h.Failures = now, "", 0
	h.Unseen, h.Credentials, h.Requests = fewer(result.Unseen), result.Credentials, result.Requests
	return h
}

// maxUnseen is the largest number of parts that are named in the health of a source.
const maxUnseen = 200

func fewer(parts []inventory.Unseen) []inventory.Unseen {
	if len(parts) <= maxUnseen {
		return parts
	}
	more := inventory.Unseen{Path: parts[maxUnseen].Path, Reason: "this and more parts could not be seen: " + parts[maxUnseen].Reason}
	return append(parts[:maxUnseen:maxUnseen], more)
}

// certificates are those of the changed items that the database may not have.
func (w *worker) certificates(changed []inventory.Stored, result *inventory.Collection) (all []inventory.Certificate) {
	if result == nil {
		return nil
	}
	fresh := map[inventory.ID]inventory.Certificate{}
	for _, certificate := range result.Certificates {
		fresh[certificate.ID] = certificate
	}
	k := known{collector: w.collector}
	used := map[inventory.ID]bool{}
	for _, item := range changed {
		for _, s := range item.Sightings {
			if used[s.Certificate] {
				continue
			}
			used[s.Certificate] = true
			certificate, ok := fresh[s.Certificate]
			if !ok {
				certificate, ok = k.Certificate(s.Certificate)
			}
			if ok && certificate.Certificate != nil {
				all = append(all, certificate)
			}
		}
	}
	return all
}

// grace is how long a source may take to notice that its time is over.
const grace = 10 * time.Second

// answer is the result of a source.
type answer struct {
	*inventory.Collection
	error
}

// ask lets the source collect, in a goroutine of its own: a library may not know contexts, or panic.
func (w *worker) ask(ctx context.Context, items map[string]inventory.Stored) (*inventory.Collection, error) {
	select {
	case w.busy <- struct{}{}:
	default:
		return nil, errors.New("an earlier collection still hangs: restart the hub if the source answers others")
	}
	limited, cancel := context.WithTimeout(ctx, w.Timeout)
	defer cancel()
	answers := make(chan answer, 1)
	go func() {
		defer func() { <-w.busy }()
		answers <- w.guarded(limited, known{w.collector, items})
	}()
	select {
	case a := <-answers:
		return a.Collection, a.error
	case <-limited.Done():
	}
	timer := w.collector.clock.NewTimer(grace)
	defer timer.Stop()
	select {
	case a := <-answers:
		return a.Collection, a.error
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-timer.C():
		return nil, fmt.Errorf("the source did not answer within %s: raise its timeout, or check its network", w.Timeout)
	}
}

// guarded makes an error of a panic: it is the failure of this source, and of no other.
func (w *worker) guarded(ctx context.Context, k known) (a answer) {
	defer func() {
		if fault := recover(); fault != nil {
			w.collector.log.Error("a fault of the program ended a collection", "source", w.Name, "kind", fmt.Sprintf("%T", fault), "stack", string(debug.Stack()))
			a = answer{nil, fmt.Errorf("a fault of the hub's program ended the collection%s: report it with the log", told(fault))}
		}
	}()
	collection, err := w.Collect(ctx, k)
	if collection == nil && err == nil {
		err = errors.New("the source returned nothing")
	}
	return answer{collection, err}
}

// told are the words of a fault of the Go runtime. Others may hold anything.
func told(fault any) string {
	if runtimeError, ok := fault.(runtime.Error); ok {
		return " (" + runtimeError.Error() + ")"
	}
	return ""
}
