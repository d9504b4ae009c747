// Package alerts is the plugin of the Health Monitor: it reads all events, collects the alerts
// of the agents into one incident per deployment and class, and sends notices to receivers.
package alerts

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"code.cloudfoundry.org/clock"

	"cert-health/internal/alerts/incident"
	"cert-health/internal/notify"
)

// The intervals of what is due without an event.
const (
	tick            = time.Second
	refreshInterval = time.Minute // between two notices of kind Refreshed
)

// ErrInterrupted says that the plugin was stopped before its input ended. It must not exit with
// success then: the Health Monitor would not start it again.
var ErrInterrupted = errors.New("the plugin was stopped, and the Health Monitor still runs")

// Plugin reads events and sends notices.
type Plugin struct {
	settings Settings
	clock    clock.Clock
	log      notify.Logger
	senders  []*notify.Sender
	metrics  *MetricsFile // nil: none
	memory   *memoryFile

	mu     sync.Mutex
	ledger *incident.Ledger
	events map[incident.Sort]uint64
	logged map[incident.Sort]uint64 // the part of events that the log mentions
}

// New returns a plugin with valid settings.
func New(settings Settings, c clock.Clock, log notify.Logger) (*Plugin, error) {
	templates, err := notify.NewTemplates(settings.Templates)
	if err != nil {
		return nil, err
	}
	p := &Plugin{
		settings: settings, clock: c, log: log,
		ledger: incident.NewLedger(settings.Incidents, settings.Limits),
		events: map[incident.Sort]uint64{}, logged: map[incident.Sort]uint64{},
	}
	if settings.Textfile.Directory != "" {
		p.metrics = NewMetricsFile(settings.Textfile.Directory, log)
	}
	p.memory = newMemoryFile(settings.memory(), log)
	p.remember()
	p.senders, err = settings.Receivers.Senders(notify.Context{Delivery: settings.Delivery, Templates: templates, Clock: c, Log: log})
	return p, err
}

// Run reads the input to its end. If the context ends before, it closes the input and returns
// ErrInterrupted.
func (p *Plugin) Run(ctx context.Context, input io.ReadCloser) error {
	p.log.Info("plugin", "started; receivers: %d", len(p.senders))
	working, finish := context.WithCancel(context.WithoutCancel(ctx))
	writing, finishWriting := context.WithCancel(context.WithoutCancel(ctx))
	var senders, writer sync.WaitGroup
	for _, sender := range p.senders {
		senders.Go(func() { sender.Run(working) })
	}
	senders.Go(func() { p.watch(working) })
	if p.metrics != nil {
		writer.Go(func() { p.metrics.Run(writing) })
	}
	writer.Go(func() { p.memory.run(writing) })
	err := until(ctx, input, p.read)
	finish()
	senders.Wait()
	p.show()
	p.save()
	finishWriting()
	writer.Wait()
	p.log.Info("plugin", "ended")
	return err
}

// Discard reads the input and ignores it. It is used if the settings are not valid: if the
// plugin exits, the Health Monitor starts it again every second; if it does not read, the Health
// Monitor waits for it.
func Discard(ctx context.Context, input io.ReadCloser) error {
	return until(ctx, input, func(input io.Reader) error {
		_, err := io.Copy(io.Discard, input)
		return err
	})
}

// until reads the input. It closes the input when the context ends, which ends a blocked read.
func until(ctx context.Context, input io.ReadCloser, read func(io.Reader) error) error {
	stop := context.AfterFunc(ctx, func() { _ = input.Close() })
	defer stop()
	err := read(input)
	if ctx.Err() != nil {
		return ErrInterrupted
	}
	return err
}

// read reads all lines. It waits only for the next line.
func (p *Plugin) read(input io.Reader) error {
	in := newLines(input)
	for {
		line, err := in.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read the Health Monitor's events: %w", err)
		}
		p.record(line)
	}
}

func (p *Plugin) record(line []byte) {
	event, sort := incident.ParseEvent(line)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.events[sort]++
	switch sort {
	case incident.Ours:
		p.offer(p.ledger.Record(event, p.clock.Now())...)
	case incident.Heartbeat:
		p.offer(p.ledger.Locate(event, p.clock.Now())...)
	case incident.Foreign:
		p.ledger.Seen(event.Agent, p.clock.Now())
	}
}
