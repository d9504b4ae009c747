// Package alerts is the plugin that the Health Monitor runs: it reads every event as it
// comes, gathers what concerns certificates into one incident per deployment and
// class, and has receivers told of it.
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

// The rhythm of what is not called for by an event.
const (
	tick     = time.Second
	standing = time.Minute // between two reminders of what is still open
)

// ErrInterrupted says that the plugin ended before its input did. The Health Monitor
// must not take that for a success: it would never start the plugin again.
var ErrInterrupted = errors.New("interrupted while the Health Monitor was still there")

// Plugin is one run of the plugin.
type Plugin struct {
	settings Settings
	clock    clock.Clock
	log      notify.Logger
	senders  []*notify.Sender
	metrics  *MetricsFile // nil: none

	mu     sync.Mutex
	ledger *incident.Ledger
	events map[incident.Sort]uint64
	told   map[incident.Sort]uint64 // what the log has said of events
}

// New makes a plugin of valid settings.
func New(settings Settings, c clock.Clock, log notify.Logger) (*Plugin, error) {
	templates, err := notify.NewTemplates(settings.Templates)
	if err != nil {
		return nil, err
	}
	p := &Plugin{
		settings: settings, clock: c, log: log,
		ledger: incident.NewLedger(settings.Incidents, settings.Limits),
		events: map[incident.Sort]uint64{}, told: map[incident.Sort]uint64{},
	}
	if settings.Textfile.Directory != "" {
		p.metrics = NewMetricsFile(settings.Textfile.Directory, log)
	}
	return p, p.connect(notify.Context{Delivery: settings.Delivery, Templates: templates, Clock: c, Log: log})
}

// connect makes a sender for every receiver.
func (p *Plugin) connect(c notify.Context) error {
	var makers []interface {
		Sender(notify.Context) (*notify.Sender, error)
	}
	for _, w := range p.settings.Webhooks {
		makers = append(makers, w)
	}
	for _, s := range p.settings.Slack {
		makers = append(makers, s)
	}
	for _, a := range p.settings.Alertmanagers {
		makers = append(makers, a)
	}
	for _, maker := range makers {
		sender, err := maker.Sender(c)
		if err != nil {
			return fmt.Errorf("make a receiver: %w", err)
		}
		p.senders = append(p.senders, sender)
	}
	return nil
}

// Run reads the input to its end, or until the context ends, which is ErrInterrupted.
// It closes the input then.
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
	err := until(ctx, input, p.read)
	finish()
	senders.Wait()
	p.show()
	finishWriting()
	writer.Wait()
	p.log.Info("plugin", "ended")
	return err
}

// Discard reads and forgets the input, for when the settings are of no use: to exit
// would have the Health Monitor start the plugin every second, and not to read would
// stall all others.
func Discard(ctx context.Context, input io.ReadCloser) error {
	return until(ctx, input, func(input io.Reader) error {
		_, err := io.Copy(io.Discard, input)
		return err
	})
}

// until reads the input, and closes it under the reader when the context ends.
func until(ctx context.Context, input io.ReadCloser, read func(io.Reader) error) error {
	stop := context.AfterFunc(ctx, func() { _ = input.Close() })
	defer stop()
	err := read(input)
	if ctx.Err() != nil {
		return ErrInterrupted
	}
	return err
}

// read takes in every line. It waits for nothing but the next one.
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
		p.take(line)
	}
}

func (p *Plugin) take(line []byte) {
	event, sort := incident.ParseEvent(line)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.events[sort]++
	if sort != incident.Ours {
		return
	}
	if notice, due := p.ledger.Record(event, p.clock.Now()); due {
		p.offer(notice)
	}
}
