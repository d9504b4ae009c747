package alerts

import (
	"context"
	"maps"
	"time"

	"cert-health/internal/alerts/incident"
	"cert-health/internal/notify"
)

// watch sends the notices that are due without an event, until the context ends.
func (p *Plugin) watch(ctx context.Context) {
	shown, refreshed := p.clock.Now(), p.clock.Now()
	for {
		select {
		case <-ctx.Done():
			return
		case <-p.clock.After(tick):
		}
		now := p.clock.Now()
		p.remind(now)
		p.save()
		if now.Sub(shown) >= p.settings.Textfile.Interval {
			shown = now
			p.show()
		}
		if now.Sub(refreshed) >= refreshInterval {
			refreshed = now
			p.refresh(now)
		}
	}
}

// remind sends the notices that are due now.
func (p *Plugin) remind(now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.offer(p.ledger.Due(now)...)
}

// refresh sends the state of all open incidents to the receivers that need it, and logs how
// many lines were malformed.
func (p *Plugin) refresh(now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.offer(p.ledger.Announced(now)...)
	if fresh := p.events[incident.Malformed] - p.logged[incident.Malformed]; fresh > 0 {
		p.log.Warn("plugin", "%d lines of the Health Monitor in the last minute are not valid events and are ignored", fresh)
	}
	maps.Copy(p.logged, p.events)
}

// offer queues notices for all receivers. It does not wait.
func (p *Plugin) offer(notices ...notify.Notice) {
	for _, notice := range notices {
		if notice.Kind != notify.Refreshed {
			p.log.Info("plugin", "%s: %s: %s", notice.Kind, notice.Deployment, notice.Summary())
		}
		for _, sender := range p.senders {
			sender.Offer(notice)
		}
	}
}

// show passes the current state to the metrics file.
func (p *Plugin) show() {
	if p.metrics == nil {
		return
	}
	p.metrics.Show(p.snapshot())
}

func (p *Plugin) snapshot() Snapshot {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := Snapshot{
		Incidents: p.ledger.Announced(p.clock.Now()),
		LeftOut:   p.ledger.LeftOut(),
		Events: map[string]uint64{
			"ours": p.events[incident.Ours], "foreign": p.events[incident.Foreign] + p.events[incident.Heartbeat], "malformed": p.events[incident.Malformed],
		},
	}
	for _, sender := range p.senders {
		s.Receivers = append(s.Receivers, sender.Stats())
	}
	return s
}
