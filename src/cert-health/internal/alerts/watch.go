package alerts

import (
	"context"
	"maps"
	"time"

	"cert-health/internal/alerts/incident"
	"cert-health/internal/notify"
)

// watch does what time calls for, until the context ends.
func (p *Plugin) watch(ctx context.Context) {
	shown, stood := p.clock.Now(), p.clock.Now()
	for {
		select {
		case <-ctx.Done():
			return
		case <-p.clock.After(tick):
		}
		now := p.clock.Now()
		p.remind(now)
		if now.Sub(shown) >= p.settings.Textfile.Interval {
			shown = now
			p.show()
		}
		if now.Sub(stood) >= standing {
			stood = now
			p.stand(now)
		}
	}
}

// remind offers the notices that time alone makes due.
func (p *Plugin) remind(now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, notice := range p.ledger.Due(now) {
		p.offer(notice)
	}
}

// stand repeats what is open to receivers that forget, and tells the log what could
// not be used.
func (p *Plugin) stand(now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, notice := range p.ledger.Standing(now) {
		p.offer(notice)
	}
	if fresh := p.events[incident.Malformed] - p.told[incident.Malformed]; fresh > 0 {
		p.log.Warn("plugin", "%d lines of the Health Monitor in the last minute were no events", fresh)
	}
	maps.Copy(p.told, p.events)
}

// offer hands a notice to everybody. None of them waits.
func (p *Plugin) offer(notice notify.Notice) {
	if notice.Kind != notify.Standing {
		p.log.Info("plugin", "%s: %s: %s", notice.Kind, notice.Deployment, notice.Summary())
	}
	for _, sender := range p.senders {
		sender.Offer(notice)
	}
}

// show hands the present state to the metrics file.
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
		Incidents: p.ledger.Standing(p.clock.Now()),
		LeftOut:   p.ledger.LeftOut(),
		Events: map[string]uint64{
			"ours": p.events[incident.Ours], "foreign": p.events[incident.Foreign], "malformed": p.events[incident.Malformed],
		},
	}
	for _, sender := range p.senders {
		s.Receivers = append(s.Receivers, sender.Stats())
	}
	return s
}
