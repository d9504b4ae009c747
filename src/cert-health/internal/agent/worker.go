package agent

import "context"

// worker calls a sink beside the loop, with one snapshot at a time. A snapshot that arrives
// meanwhile replaces the one that waits: only the newest is of interest.
type worker struct {
	call   func(context.Context, Snapshot)
	newest chan Snapshot // holds at most one
	stop   context.CancelFunc
	ended  chan struct{}
}

func newWorker(call func(context.Context, Snapshot)) *worker {
	return &worker{call: call, newest: make(chan Snapshot, 1), ended: make(chan struct{})}
}

// publish never waits. It is for one goroutine.
func (w *worker) publish(ctx context.Context, s Snapshot) {
	if w.stop == nil {
		ctx, w.stop = context.WithCancel(ctx)
		go w.run(ctx)
	}
	select {
	case older := <-w.newest:
		s.NewReport = s.NewReport || older.NewReport
	default:
	}
	w.newest <- s
}

func (w *worker) run(ctx context.Context) {
	defer close(w.ended)
	for {
		select {
		case <-ctx.Done():
			return
		case s := <-w.newest:
			w.call(ctx, s)
		}
	}
}

// close cancels the call that runs, and waits for its end.
func (w *worker) close() {
	if w.stop != nil {
		w.stop()
		<-w.ended
	}
}
