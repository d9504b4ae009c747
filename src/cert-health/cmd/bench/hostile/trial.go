package hostile

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"time"
)

const (
	look      = 50 * time.Millisecond
	quiet     = 2 * time.Second  // with almost no CPU: the work is done
	later     = 6 * time.Second  // after that: at least one more scan
	endLimit  = 10 * time.Second // after SIGTERM
	peakLimit = 1 << 30          // bytes; the machine must survive the attack
)

// figures are what one trial costs.
type figures struct {
	first, steady time.Duration // CPU
	peak          int64         // resident set, in bytes
	found, ended  time.Duration // 0: not within the limit
	report, log   int64         // bytes
	stopped       string        // why the trial did not wait for the end of the work
}

func (f figures) line(name string, idle figures) string {
	first, found, ended := seconds(f.first), "never in "+seconds(rowLimit), "not in "+seconds(endLimit)
	if f.stopped != "" {
		first = "more than " + first + ": " + f.stopped
	}
	if f.found > 0 {
		found = seconds(f.found)
	}
	if f.ended > 0 {
		ended = seconds(f.ended)
	}
	return fmt.Sprintf("| %s | %s | %s | %.1f MB | %s | %s | %.1f MB | %.2f MB |", name, first, seconds(f.steady),
		float64(max(f.peak-idle.peak, 0))/1e6, found, ended, float64(f.report)/1e6, float64(f.log)/1e6)
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.1f s", d.Seconds()) }

// trial is one run of an agent.
type trial struct {
	program, config, root, report string
	noted                         string
	log                           counter
	started                       time.Time
	process                       *os.Process
	figures
}

// counter counts what is written to it.
type counter int64

// Write implements io.Writer.
func (c *counter) Write(p []byte) (int, error) {
	*c += counter(len(p))
	return len(p), nil
}

func (t *trial) run(ctx context.Context) (figures, error) {
	command := exec.CommandContext(ctx, t.program, "agent", "--config", t.config, "--root", t.root)
	command.Stdout, command.Stderr = &t.log, &t.log
	if err := command.Start(); err != nil {
		return figures{}, err
	}
	t.started, t.process = time.Now(), command.Process
	ended := make(chan error, 1)
	go func() { ended <- command.Wait() }()
	if err := t.watch(ctx, ended); err != nil {
		return figures{}, err
	}
	t.end(ended)
	if info, err := os.Stat(t.report); err == nil {
		t.figures.report = info.Size()
	}
	t.figures.log = int64(t.log)
	return t.figures, nil
}

// watch waits until the honest job's finding is known and the agent has nothing to do, and
// then for the next scan.
func (t *trial) watch(ctx context.Context, ended <-chan error) error {
	var busy usage      // the last figures that differed from those before
	busyAt := t.started // when that was
	var settledAt time.Time
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case err := <-ended:
			return fmt.Errorf("the agent ended: %w", err)
		case <-time.After(look):
		}
		now, at := usageOf(t.process.Pid), time.Now()
		t.peak = max(t.peak, now.peak)
		if t.found == 0 {
			t.seek(at)
		}
		if now.cpu-busy.cpu > quiet/100 {
			busy, busyAt = now, at
		}
		switch {
		case now.peak > peakLimit:
			t.stopped = "memory above 1 GB"
		case settledAt.IsZero() && at.Sub(t.started) > rowLimit:
			t.stopped = "time-out"
		case settledAt.IsZero() && t.found > 0 && at.Sub(busyAt) > quiet:
			t.first, settledAt = now.cpu, at
			continue
		case settledAt.IsZero() || at.Sub(settledAt) < later:
			continue
		}
		if settledAt.IsZero() {
			t.first = now.cpu
		}
		t.steady = now.cpu - t.first
		return nil
	}
}

// seek looks for the honest job's finding in the report.
func (t *trial) seek(now time.Time) {
	contents, err := os.ReadFile(t.report)
	if err == nil && bytes.Contains(contents, []byte(t.noted)) {
		t.found = now.Sub(t.started)
	}
}

// end ends the agent, by SIGTERM if it obeys.
func (t *trial) end(ended <-chan error) {
	asked := time.Now()
	_ = t.process.Signal(syscall.SIGTERM)
	for time.Since(asked) < endLimit && usageOf(t.process.Pid).peak < 2*peakLimit {
		select {
		case <-ended:
			t.ended = time.Since(asked)
			return
		case <-time.After(look):
		}
	}
	_ = t.process.Kill()
	<-ended
}
