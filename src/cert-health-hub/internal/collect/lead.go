package collect

import (
	"context"
	"slices"
	"sync"
	"time"
)

// leadPause is the wait between two attempts to lead.
const leadPause = 5 * time.Second

// lead collects while this hub leads.
func (c *Collector) lead(ctx context.Context) {
	for ctx.Err() == nil {
		if c.loaded.Load() {
			term, end, ok := c.options.Store.Lead(ctx)
			c.follows.Store(!ok)
			if ok {
				c.term(term)
				end()
			}
		}
		if !c.pause(ctx, c.leadWait()) {
			return
		}
	}
}

func (c *Collector) leadWait() time.Duration {
	if c.loaded.Load() {
		return leadPause
	}
	return 100 * time.Millisecond // until the database was read
}

// pause waits. It returns false if the context ends.
func (c *Collector) pause(ctx context.Context, wait time.Duration) bool {
	timer := c.clock.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C():
		return true
	}
}

// term collects until the lead is lost. All its work has ended when it returns.
func (c *Collector) term(ctx context.Context) {
	if c.sync(ctx) != nil {
		return // follow tells it
	}
	if len(c.workers) > 0 {
		c.log.Info("this hub collects", "sources", len(c.workers))
	}
	var group sync.WaitGroup
	c.removeOthers(ctx)
	c.build() // its duty judges by what the leader before it knew, or more
	c.leading.Store(true)
	if c.options.Duty != nil {
		group.Go(func() { c.options.Duty(ctx) })
	}
	for _, w := range c.workers {
		group.Go(func() { w.run(ctx) })
	}
	group.Wait()
	c.leading.Store(false)
}

// removeOthers removes the sources that the configuration does not have any more, and those that have
// another type now, with all their items.
func (c *Collector) removeOthers(ctx context.Context) {
	for _, name := range c.others() {
		if err := c.options.Store.RemoveSource(ctx, name); err != nil {
			c.log.Error("a source that is not configured any more was not removed", "source", name, "error", err.Error())
			continue
		}
		c.log.Info("source removed with its items: it is not configured any more", "source", name)
	}
	_ = c.sync(ctx) // follow tells if it fails
}

func (c *Collector) others() (names []string) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	for name, health := range c.model.sources {
		if w := c.workers[name]; w == nil || w.Type != health.Type && health.Type != "" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}
