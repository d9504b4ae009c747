package agent

import (
	"context"
	"errors"
	"reflect"
	"time"

	"cert-health/internal/alert"
	"cert-health/internal/config"
	"cert-health/internal/metrics"
	"cert-health/internal/reference"
	"cert-health/internal/report"
)

// Snapshot is what the agent knows at one time. A sink must not change it.
type Snapshot struct {
	At     time.Time
	Report *report.Report // nil before the first scan
	// Items are the findings and problems of each alert class, without those that need a
	// second scan to be confirmed.
	Items map[alert.Class][]report.Item
	// Open are the classes about which something is not known or not confirmed at this time: that
	// they have no items does not mean that all is well.
	Open map[alert.Class]bool
	// NewReport is set if the report was made for this snapshot. Without it, only State has
	// changed since the snapshot before.
	NewReport bool
	State     metrics.State
}

// notAsked tells whether the source was not asked since the agent started.
func (s Snapshot) notAsked() bool { return s.Report.Reference.State == string(reference.NotAsked) }

// Sink receives every snapshot. An error is logged when it begins and when it ends, and
// never stops another sink. A sink that has to clean up has a method Close() too.
type Sink interface {
	Publish(ctx context.Context, s Snapshot) error
}

// errNothingToDo is returned by a sink that does not need a snapshot. It says
// neither that the sink fails nor that it works again.
var errNothingToDo = errors.New("nothing to do")

// outlets are the sinks of a configuration, in the order in which they receive a snapshot.
// To add a sink, write its type in a file of its own, and add it here: with within if it
// only writes files, or waits in a goroutine of its own, and with beside if it waits for a network.
func (l *loop) outlets(c config.Config) []*outlet {
	var list []*outlet
	if c.Metrics.Address != "" {
		list = append(list, l.within("metrics server", c.Metrics, l.newMetricsServer(c.Metrics)))
	}
	if c.Metrics.TextfileDir != "" {
		list = append(list, l.within("metrics file", c.Metrics, l.newMetricsFile(c.Metrics)))
	}
	list = append(list, l.within("writing the status files", l.dir, &statusFiles{dir: l.dir}))
	if c.Alerts.Enabled && c.Alerts.Address != "" {
		list = append(list, l.beside("sending alerts", c.Alerts, l.newAlertMail(c.Alerts)))
	}
	if c.Hub.Enabled() {
		if sink, err := l.newHubSink(c.Hub); err == nil { // the settings were checked
			list = append(list, l.within(hubActivity, c.Hub, sink))
		}
	}
	return list
}

// outlet is a sink in use.
type outlet struct {
	name     string // in the log
	settings any    // a reload that does not change them keeps the sink
	sink     Sink
	worker   *worker // nil for a sink that is called within the loop
	failures *failures
}

func (l *loop) within(name string, settings any, sink Sink) *outlet {
	return &outlet{name: name, settings: settings, sink: sink, failures: l.failures}
}

func (l *loop) beside(name string, settings any, sink Sink) *outlet {
	o := l.within(name, settings, sink)
	o.worker = newWorker(o.call)
	return o
}

func (o *outlet) publish(ctx context.Context, s Snapshot) {
	if o.worker != nil {
		o.worker.publish(ctx, s)
		return
	}
	o.call(ctx, s)
}

func (o *outlet) call(ctx context.Context, s Snapshot) {
	err := o.sink.Publish(ctx, s)
	if !errors.Is(err, errNothingToDo) && ctx.Err() == nil {
		o.failures.note(o.name, err)
	}
}

func (o *outlet) close() {
	if o.worker != nil {
		o.worker.close()
	}
	if closer, ok := o.sink.(interface{ Close() }); ok {
		closer.Close()
	}
}

// sinks are the sinks in use.
type sinks []*outlet

func (s sinks) publish(ctx context.Context, snapshot Snapshot) {
	for _, o := range s {
		o.publish(ctx, snapshot)
	}
}

// replace puts other sinks into use. A sink whose settings are the same stays, and the
// others are closed first, since a new one may need the same address.
func (s *sinks) replace(list []*outlet) {
	for _, old := range *s {
		kept := false
		for i, o := range list {
			if o.name == old.name && reflect.DeepEqual(o.settings, old.settings) {
				list[i], kept = old, true
			}
		}
		if !kept {
			old.close()
		}
	}
	*s = list
}
