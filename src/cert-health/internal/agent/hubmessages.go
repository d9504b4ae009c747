package agent

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"cert-health/internal/report"
	"cert-health/internal/uplink"
)

// forHub is a report as the hub gets it: as the data directory has it, without the line about the hub.
func forHub(r *report.Report) *report.Report {
	bounded := r.Bounded()
	bounded.Hub = nil
	return bounded
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
	h.outcome.set(state, h.clock.Now())
}

// set replaces the state. Since stays while the state does.
func (o *outcome) set(state report.Hub, now time.Time) {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	if state.Since = o.state.Since; state.State != o.state.State {
		state.Since = now
	}
	o.state = state
}

func (o *outcome) get() report.Hub {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	return o.state
}

// hub is the state of the sink that reports to the hub; nil without one.
func (s sinks) hub() *report.Hub {
	for _, o := range s {
		if h, ok := o.sink.(*hubSink); ok {
			state := h.outcome.get()
			return &state
		}
	}
	return nil
}
