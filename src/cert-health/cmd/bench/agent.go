package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"code.cloudfoundry.org/clock/fakeclock"
	"github.com/cloudfoundry/bosh-utils/logger"

	"cert-health/internal/agent"
	"cert-health/internal/discover"
)

// rescan compares a scan of an unchanged tree with the floor's scan of that tree.
func (b *bench) rescan(ctx context.Context) error {
	return b.inChild(ctx, "rescan:"+filepath.Join(b.dir, "large"))
}

// idleDay runs an agent for a simulated day and measures its processor time. Then it runs
// the built program for a few scans and measures its memory, because this program needs
// more memory than the agent.
func (b *bench) idleDay(ctx context.Context) error {
	if err := b.inChild(ctx, "idle:"+filepath.Join(b.dir, "cell")); err != nil {
		return err
	}
	peak, err := b.agentMemory(ctx, filepath.Join(b.dir, "cell"))
	if err != nil {
		return fmt.Errorf("measure the agent's memory: %w", err)
	}
	fmt.Printf("| idle agent on a cell, after %d scans | 6 MB | %.1f MB peak | %.2f |\n", scansForMemory, float64(peak)/1e6, float64(peak)/6e6)
	return nil
}

// scansForMemory is enough for the garbage collector to run.
const scansForMemory = 20

// agentMemory returns the peak resident set of the built program that runs as an agent.
func (b *bench) agentMemory(ctx context.Context, dir string) (int64, error) {
	data, file, err := configure(dir, "agent: {data_dir: %s, scan_interval: 1s}\n")
	if err != nil {
		return 0, err
	}
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	program := exec.CommandContext(ctx, b.program, "agent", "--config", file, "--root", dir)
	if err := program.Start(); err != nil {
		return 0, err
	}
	defer func() { cancel(); _ = program.Wait() }()
	beats := heartbeat{file: filepath.Join(data, "status", "heartbeat")}
	for range scansForMemory {
		if err := beats.wait(ctx); err != nil {
			return 0, err
		}
	}
	return peakMemory(strconv.Itoa(program.Process.Pid))
}

// configure writes an agent's configuration, with a new data directory beside the tree.
func configure(dir, text string) (data, file string, err error) {
	if data, err = os.MkdirTemp(filepath.Dir(dir), "data-"); err != nil {
		return "", "", err
	}
	file = filepath.Join(data, "config.yml")
	return data, file, os.WriteFile(file, fmt.Appendf(nil, text, data), 0o600)
}

func runRescan(ctx context.Context, dir string) error {
	scanner := discover.NewScanner(discover.Options{Root: dir})
	if _, err := scanner.Scan(ctx); err != nil {
		return err
	}
	floor, ours, err := alternate(
		func() error { return runFloor(ctx, "files:"+dir) },
		func() error { _, err := scanner.Scan(ctx); return err })
	if err != nil {
		return err
	}
	fmt.Printf("| scan of the same 11,000 files, unchanged | %.0f ms | %.0f ms | time %.2f |\n", ms(floor), ms(ours), ms(ours)/ms(floor))
	return nil
}

const scansOfADay = 24 * 60

func runIdle(ctx context.Context, dir string) error {
	data, file, err := configure(dir, "agent: {data_dir: %s}\n")
	if err != nil {
		return err
	}
	beats := heartbeat{file: filepath.Join(data, "status", "heartbeat")}
	clock := fakeclock.NewFakeClock(time.Now())
	a := &agent.Agent{ConfigFile: file, Root: dir, Clock: clock, Log: logger.NewWriterLogger(logger.LevelInfo, io.Discard),
		Jitter: func(time.Duration) time.Duration { return 0 }}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- a.Run(ctx) }()
	before := processorTime()
	for range scansOfADay {
		// The timers of the next scan, the next comparison and the next sign of life run.
		clock.WaitForNWatchersAndIncrement(time.Minute, 3)
		if err := beats.wait(ctx); err != nil {
			return err
		}
	}
	spent := processorTime() - before
	cancel()
	if err := <-ended; err != nil {
		return err
	}
	fmt.Printf("| idle agent on a cell, a simulated day of %d scans | | %.1f s CPU | %.4f %% of a core |\n",
		scansOfADay, spent.Seconds(), 100*spent.Seconds()/(24*time.Hour).Seconds())
	return nil
}

// heartbeat is the file that the agent writes after each scan, with the time.
type heartbeat struct{ file, last string }

// wait returns after the next scan.
func (h *heartbeat) wait(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for {
		if beat, _ := os.ReadFile(h.file); len(beat) > 0 && string(beat) != h.last {
			h.last = string(beat)
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for a scan of the agent: %w", ctx.Err())
		case <-time.After(2 * time.Millisecond):
		}
	}
}

func processorTime() time.Duration {
	var usage syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &usage) // fails for wrong arguments only
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// peakMemory returns the peak resident set of a process so far, in bytes.
func peakMemory(pid string) (int64, error) {
	text, err := os.ReadFile("/proc/" + pid + "/status")
	if err != nil {
		return 0, err
	}
	for _, line := range strings.Split(string(text), "\n") {
		var kilobytes int64
		if n, _ := fmt.Sscanf(line, "VmHWM: %d kB", &kilobytes); n == 1 {
			return kilobytes * 1024, nil
		}
	}
	return 0, fmt.Errorf("no VmHWM of process %s", pid)
}
