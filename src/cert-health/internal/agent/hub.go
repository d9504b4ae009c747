package agent

import (
	"context"
	"encoding/json"
	"errors"
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

	current Snapshot // that is reported
	digest  string   // of its report
	known   string   // the digest of the report that the hub has; see due
	asked   bool     // the hub has said whether it has a report from before the start
	renewed bool     // the last report began another sequence, because the hub took it for an old one

	mutex sync.Mutex
	state report.Hub

	stop  context.CancelFunc // nil before the first snapshot
	ended chan struct{}
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
		newest: make(chan Snapshot, 1), state: report.Hub{URL: client.URL(), State: "not_asked"}, ended: make(chan struct{}),
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

// forHub is a report as the hub gets it: as the data directory has it, without the line about the hub.
func forHub(r *report.Report) *report.Report {
	bounded := r.Bounded()
	bounded.Hub = nil
	return bounded
}

// due tells that the next message is the report: it is not the one that the hub has. Before the first
// message, the hub may have it from before the start.
func (h *hubSink) due() bool { return h.asked && h.known != h.digest }

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

func (h *hubSink) sendHeartbeat(ctx context.Context, number uplink.Sequence) error {
	err := h.client.Heartbeat(ctx, uplink.Heartbeat{Schema: uplink.Schema, Instance: h.current.Report.Instance, Digest: h.digest,
		Sequence: number, ScannedAt: h.current.State.Scanned})
	if errors.Is(err, uplink.ErrSendWhole) {
		h.asked, h.known = true, ""
		return nil
	}
	if err == nil {
		h.asked, h.known = true, h.digest
	}
	return err
}

func (h *hubSink) sendReport(ctx context.Context, number uplink.Sequence) error {
	contents, err := json.Marshal(forHub(h.current.Report))
	if err != nil {
		return fmt.Errorf("encode the report: %w", err)
	}
	err = h.client.Report(ctx, uplink.Report{Schema: uplink.Schema, Digest: h.digest, Sequence: number, Report: contents})
	again := h.renewed
	if h.renewed = errors.Is(err, uplink.ErrOlder); h.renewed {
		h.sequence.begin()
		if !again { // the agent's count was set back with its data directory
			return nil
		}
	}
	if err == nil {
		h.known = h.digest
	}
	return err
}

// note notes the outcome of a message, for the log and for the next report.
func (h *hubSink) note(err error) {
	h.failures.note(hubActivity, err)
	state := report.Hub{URL: h.client.URL(), State: "ok", Note: h.client.Note()}
	if err != nil {
		state.State, state.Error = "unavailable", report.Short(err.Error())
	}
	h.mutex.Lock()
	defer h.mutex.Unlock()
	if state.Since = h.state.Since; state.State != h.state.State {
		state.Since = h.clock.Now()
	}
	h.state = state
}

// hub is the state of the sink that reports to the hub; nil without one.
func (s sinks) hub() *report.Hub {
	for _, o := range s {
		if h, ok := o.sink.(*hubSink); ok {
			h.mutex.Lock()
			defer h.mutex.Unlock()
			state := h.state
			return &state
		}
	}
	return nil
}
