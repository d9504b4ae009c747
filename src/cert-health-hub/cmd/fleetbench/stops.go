package main

import (
	"context"
	"fmt"
	"time"
)

// crashes kills the hub while heartbeats come, and starts it again.
func (m *measuring) crashes(ctx context.Context) error {
	var ready time.Duration
	failed := make(chan error, 1)
	go func() {
		time.Sleep(m.minute / 4)
		m.hub.kill()
		var err error
		ready, err = m.hub.start(ctx)
		failed <- err
	}()
	t := m.fleet.heartbeats(ctx, m.minute)
	if err := <-failed; err != nil {
		return err
	}
	if t.err != nil {
		return t.err
	}
	lost := m.fleet.heartbeats(ctx, 0)
	if lost.err != nil {
		return lost.err
	}
	m.say("| hub killed and started again while heartbeats come | %.2f s until ready | | | | | %s; reports lost: %d |", ready.Seconds(), m.told(t), t.asked+lost.asked)
	return nil
}

// restarts starts the hub with all reports in its database.
func (m *measuring) restarts(ctx context.Context) error {
	if err := m.hub.end(); err != nil {
		return err
	}
	took, err := m.hub.start(ctx)
	if err != nil {
		return err
	}
	c := cost{wall: took}
	if c.cpu, err = m.hub.meter().cpu(); err != nil {
		return err
	}
	if c.peak, err = m.hub.meter().memory("VmHWM"); err != nil {
		return err
	}
	m.full, err = m.hub.meter().memory("VmRSS")
	m.row(fmt.Sprintf("start with %d stored reports until ready", m.vms), c, cost{}, "")
	return err
}

// sizes prints what stays.
func (m *measuring) sizes(ctx context.Context) error {
	size, err := m.store.size(ctx)
	if err != nil {
		return err
	}
	m.say("\n- database: %.1f MB, %.1f KB a VM", float64(size)/1e6, float64(size)/1e3/float64(m.vms))
	m.say("- memory: %.0f MB resident, %.0f MB without VMs: %.1f KB a VM", float64(m.full)/1e6, float64(m.empty)/1e6, float64(m.full-m.empty)/1e3/float64(m.vms))
	return nil
}

// project computes what 100,000 VMs would cost.
func (m *measuring) project() {
	const vms = 100_000
	beat, renewal := m.beat.cpu.Seconds()/float64(m.vms), m.renewal.cpu.Seconds()/float64(m.vms)
	m.say("- a heartbeat costs %.2f ms of CPU, a changed report %.2f ms", beat*1e3, renewal*1e3)
	m.say("- projected to %d VMs: %.1f cores for a heartbeat a minute each, and %.1f more while all reports change within 10 minutes, over all hubs; %.0f MB of memory in each hub",
		vms, beat*vms/60, renewal*vms/600, float64(m.empty)/1e6+float64(m.full-m.empty)/1e6*vms/float64(m.vms))
}
