package agent

import (
	"context"
	"fmt"
	"sync"
	"time"

	"code.cloudfoundry.org/clock"

	"cert-health/internal/report"
	"cert-health/internal/uplink"
)

// The activities of the sink, in the log.
const (
	hubActivity      = "reporting to the hub"
	sequenceActivity = "keeping the sequence of the messages to the hub"
)

// hubSink is the sink that reports to the hub. It has a goroutine and a timer of its own: a hub that
// does not answer delays nothing else.
type hubSink struct {
	client   *uplink.Client
	clock    clock.Clock
	failures *failures
	sequence *sequence
	pace     uplink.Pace
	newest   chan Snapshot // holds at most one
	dialogue               // of the goroutine alone
	outcome  outcome

	stop  context.CancelFunc // nil before the first snapshot
	ended chan struct{}
}

// dialogue is what is to be said to the hub, and what the hub knows.
type dialogue struct {
	current Snapshot // that is reported
	digest  string   // of its report
	known   string   // the digest of the report that the hub has; see due
	asked   bool     // the hub has said whether it has a report from before the start
	renewed bool     // the last report began another sequence, because the hub took it for an old one
}

// due tells that the next message is the report: it is not the one that the hub has. Before the first
// message, the hub may have it from before the start.
func (d *dialogue) due() bool { return d.asked && d.known != d.digest }

// outcome is how the last message ended, for the report.
type outcome struct {
	mutex sync.Mutex
	state report.Hub
}

func (l *loop) newHubSink(settings uplink.Options) (*hubSink, error) {
	name := l.instance.Name()
	settings.Root, settings.Now, settings.Program = l.Root, l.Clock.Now, "cert-health/"+l.Version
	settings.First = int(Spread(name, time.Duration(len(settings.URL))))
	client, err := uplink.New(settings)
	if err != nil {
		return nil, err
	}
	return &hubSink{
		client: client, clock: l.Clock, failures: l.failures, sequence: newSequence(l.dir, l.Root),
		pace:   uplink.Pace{Interval: settings.Interval, Place: Spread(name, settings.Interval), Random: l.jitter},
		newest: make(chan Snapshot, 1), outcome: outcome{state: report.Hub{URL: client.URL(), State: "not_asked"}}, ended: make(chan struct{}),
	}, nil
}

// Publish implements Sink. It never waits.
func (h *hubSink) Publish(ctx context.Context, s Snapshot) error {
	if s.Report == nil {
		return errNothingToDo
	}
	if h.stop == nil {
		ctx, h.stop = context.WithCancel(ctx)
		go h.run(ctx)
	}
	select {
	case <-h.newest:
	default:
	}
	h.newest <- s
	return errNothingToDo
}

// Close ends the requests, and waits for that.
func (h *hubSink) Close() {
	if h.stop != nil {
		h.stop()
		<-h.ended
	}
	h.client.Close()
}

func (h *hubSink) run(ctx context.Context) {
	defer close(h.ended)
	h.take(<-h.newest)
	timer := h.clock.NewTimer(h.pace.Interval)
	defer timer.Stop()
	for ctx.Err() == nil {
		wait := h.pace.Wait(h.clock.Now(), h.due())
		if wait == 0 {
			h.send(ctx)
			continue
		}
		timer.Reset(wait)
		select {
		case <-ctx.Done():
		case s := <-h.newest:
			h.take(s)
		case <-timer.C():
		}
	}
}

// take takes a snapshot.
func (h *hubSink) take(s Snapshot) {
	changed := s.Report != h.current.Report
	h.current = s
	if !changed {
		return
	}
	digest, err := uplink.Digest(forHub(s.Report))
	if err != nil {
		h.note(fmt.Errorf("encode the report: %w", err))
		return
	}
	h.digest = digest
	h.sequence.renew()
}

// send sends what is due.
func (h *hubSink) send(ctx context.Context) {
	whole := h.due()
	number, err := h.sequence.take()
	h.failures.note(sequenceActivity, err)
	h.pace.Sent(h.clock.Now(), whole)
	if whole {
		err = h.sendReport(ctx, number)
	} else {
		err = h.sendHeartbeat(ctx, number)
	}
	switch {
	case ctx.Err() != nil:
		return
	case err != nil:
		h.pace.Failed(h.clock.Now(), uplink.PauseOf(err))
	default:
		h.pace.Answered()
	}
	h.note(err)
}
