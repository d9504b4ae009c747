package collect

import (
	"context"
	"time"

	"cert-health/hub/internal/inventory"
)

// The catalog is judged again each minute, because certificates expire and sources become stale. The
// database is asked too: a notice of a change may be lost with a connection.
const tick = time.Minute

// follow takes every change of the database into the model.
func (c *Collector) follow(ctx context.Context) {
	changes := c.options.Store.Changes(ctx)
	pauses := newPauses(time.Second, 30*time.Second)
	said := ""
	for ctx.Err() == nil {
		wait := tick
		if err := c.sync(ctx); err != nil && ctx.Err() == nil {
			wait = pauses.NextBackOff()
			if said != err.Error() {
				c.log.Error("the catalog is not up to date", "error", err.Error())
			}
			said = err.Error()
		} else if err == nil {
			if said != "" {
				c.log.Info("the catalog is up to date again")
			}
			said = ""
			pauses.Reset()
		}
		timer := c.clock.NewTimer(wait)
		select {
		case <-ctx.Done():
		case _, open := <-changes:
			if !open {
				changes = nil // the context has ended
			}
		case <-timer.C():
		}
		timer.Stop()
	}
}

// sync takes what is new in the database.
func (c *Collector) sync(ctx context.Context) error {
	c.syncing.Lock()
	defer c.syncing.Unlock()
	contents, err := c.options.Store.Since(ctx, c.sequence())
	if err != nil {
		return err
	}
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.loaded.Load() && !contents.Whole && contents.Sequence == c.model.sequence {
		return nil
	}
	c.model.apply(contents)
	c.loaded.Store(true)
	signal(c.stir)
	return nil
}

// sequence is the number of the last change that is in the model.
func (c *Collector) sequence() int64 {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return c.model.sequence
}

// longestRest bounds the pause between two views.
const longestRest = 5 * time.Second

// render makes a new view after each change, and each minute. It rests as long as the last one took to
// make: with 20,000 certificates that is a good part of a second of CPU, and changes come together.
func (c *Collector) render(ctx context.Context) {
	for {
		timer := c.clock.NewTimer(tick)
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-c.stir:
		case <-timer.C():
		}
		timer.Stop()
		if !c.loaded.Load() {
			continue
		}
		started := time.Now()
		c.build()
		select {
		case <-ctx.Done():
			return
		case <-time.After(min(time.Since(started), longestRest)):
		}
	}
}

// build makes the current view.
func (c *Collector) build() {
	c.building.Lock()
	defer c.building.Unlock()
	c.mutex.Lock()
	contents := c.model.contents(c.workers)
	c.mutex.Unlock()
	c.view.Store(c.view.Load().Update(contents, c.clock.Now()))
	c.built.Store(true)
	c.mutex.Lock()
	defer c.mutex.Unlock()
	for watcher := range c.watchers {
		signal(watcher)
	}
}

// known is what a source may know of its earlier collections. It implements inventory.Known.
type known struct {
	collector *Collector
	items     map[string]inventory.Stored
}

// Item implements inventory.Known.
func (k known) Item(path string) (inventory.Item, bool) {
	stored, ok := k.items[path]
	return stored.Item, ok
}

// Certificate implements inventory.Known.
func (k known) Certificate(id inventory.ID) (inventory.Certificate, bool) {
	k.collector.mutex.Lock()
	defer k.collector.mutex.Unlock()
	certificate, ok := k.collector.model.certificates[id]
	return certificate, ok
}
