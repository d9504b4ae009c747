package main

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"time"
)

// measuring measures one hub on one database.
type measuring struct {
	*bench
	hub    *hub
	store  database
	floors floors
	fleet  *fleet

	empty, full   int64 // resident memory
	beat, renewal cost
}

func (m *measuring) run(ctx context.Context) error {
	m.say("\n### %s\n\n| work | time | CPU | CPU of the floor | ratio | peak memory | |\n| --- | --- | --- | --- | --- | --- | --- |", titles[m.store.kind])
	if _, err := m.hub.start(ctx); err != nil {
		return err
	}
	var err error
	if m.empty, err = m.hub.meter().memory("VmRSS"); err != nil {
		return err
	}
	for _, work := range []func(context.Context) error{m.first, m.minutes, m.pages, m.rotates, m.pages, m.crashes, m.restarts, m.sizes} {
		if err := work(ctx); err != nil {
			return err
		}
	}
	m.project()
	return m.hub.end()
}

var titles = map[string]string{"sqlite": "SQLite", "postgres": "PostgreSQL"}

// row prints a row of the table.
func (m *measuring) row(work string, c, floor cost, note string) {
	of := ""
	if floor.cpu > 0 {
		of = fmt.Sprintf("%.2f s", floor.cpu.Seconds())
	}
	m.say("| %s | %.2f s | %.2f s, %.2f of a core | %s | %s | %.0f MB | %s |", work, c.wall.Seconds(), c.cpu.Seconds(), c.cores(), of, ratio(c.cpu, floor.cpu), float64(c.peak)/1e6, note)
}

func (m *measuring) first(ctx context.Context) error {
	if err := m.fleet.prepare(); err != nil {
		return err
	}
	c, err := m.hub.meter().measure(func() error { return m.fleet.flood(ctx) })
	if err != nil {
		return err
	}
	m.row(fmt.Sprintf("first reports of %d VMs (%d placements), with new TLS sessions", m.vms, m.vms*placements), c, m.floors.first, fmt.Sprintf("%d bytes a report", len(m.fleet.agents[0].whole)))
	return nil
}

func (m *measuring) minutes(ctx context.Context) error {
	var t tally
	c, err := m.hub.meter().measure(func() error { t = m.fleet.heartbeats(ctx, m.minute); return t.err })
	if err != nil {
		return err
	}
	m.beat = c
	m.row(fmt.Sprintf("%d heartbeats in %s, each on a connection of its own", m.vms, m.minute), c, m.floors.minute, m.told(t))
	return nil
}

func (m *measuring) told(t tally) string {
	return fmt.Sprintf("half of the answers within %d ms, 99 %% within %d ms; %d sessions resumed, %d requests sent again, %d whole reports asked for",
		t.within(50).Milliseconds(), t.within(99).Milliseconds(), t.resumed, t.failed, t.asked)
}

func (m *measuring) rotates(ctx context.Context) error {
	var t tally
	c, err := m.hub.meter().measure(func() error { t = m.fleet.rotate(ctx, m.rotation); return t.err })
	if err != nil {
		return err
	}
	m.renewal = c
	m.row(fmt.Sprintf("mass rotation: all reports change in %s", m.rotation), c, m.floors.rotation, m.told(t))
	return nil
}

// visits is how often a page is read.
const visits = 15

// pages reads the pages over the whole fleet.
func (m *measuring) pages(ctx context.Context) error {
	for _, path := range []string{"/", "/v1/fleet"} {
		var times []time.Duration
		var size int64
		c, err := m.hub.meter().measure(func() error {
			for range visits {
				started := time.Now()
				status, read, err := m.hub.get(ctx, path)
				if err == nil && status != http.StatusOK {
					err = fmt.Errorf("%s answers %d", path, status)
				}
				if err != nil {
					return err
				}
				times, size = append(times, time.Since(started)), read
			}
			return nil
		})
		if err != nil {
			return err
		}
		slices.Sort(times)
		m.say("| `%s`, first byte to last | %.1f ms, slowest of %d: %.1f ms | %.1f ms | | | %.0f MB | %d KB |", path, milliseconds(times[visits/2]), visits,
			milliseconds(times[visits-1]), milliseconds(c.cpu/visits), float64(c.peak)/1e6, size>>10)
	}
	return nil
}

func milliseconds(d time.Duration) float64 { return d.Seconds() * 1e3 }
