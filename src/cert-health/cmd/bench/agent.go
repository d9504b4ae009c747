package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"code.cloudfoundry.org/clock/fakeclock"
	"github.com/cloudfoundry/bosh-utils/logger"

	"cert-health/internal/agent"
	"cert-health/internal/discover"
)

// rescan compares a scan of an unchanged tree with the floor's on the same.
func (b *bench) rescan(ctx context.Context) error {
	return b.inChild(ctx, "rescan:"+filepath.Join(b.dir, "large"))
}

// idleDay runs an agent for a day of its own clock.
func (b *bench) idleDay(ctx context.Context) error {
	return b.inChild(ctx, "idle:"+filepath.Join(b.dir, "cell"))
}

func runRescan(ctx context.Context, dir string) error {
	scanner := discover.NewScanner(discover.Options{Root: dir})
	if _, err := scanner.Scan(ctx); err != nil {
		return err
	}
	var floors, rescans []time.Duration
	for range 9 {
		started := time.Now()
		if err := runFloor(ctx, "files:"+dir); err != nil {
			return err
		}
		floors = append(floors, time.Since(started))
		started = time.Now()
		if _, err := scanner.Scan(ctx); err != nil {
			return err
		}
		rescans = append(rescans, time.Since(started))
	}
	slices.Sort(floors)
	slices.Sort(rescans)
	floor, ours := floors[len(floors)/2], rescans[len(rescans)/2]
	fmt.Printf("| scan of the same 11,000 files, unchanged | %.0f ms | %.0f ms | time %.2f |\n", ms(floor), ms(ours), ms(ours)/ms(floor))
	return nil
}

const scansOfADay = 24 * 60

func runIdle(ctx context.Context, dir string) error {
	data, err := os.MkdirTemp(filepath.Dir(dir), "data-")
	if err != nil {
		return err
	}
	file := filepath.Join(data, "config.yml")
	if err := os.WriteFile(file, fmt.Appendf(nil, "agent: {data_dir: %s}\n", data), 0o600); err != nil {
		return err
	}
	clock := fakeclock.NewFakeClock(time.Now())
	a := &agent.Agent{ConfigFile: file, Root: dir, Clock: clock, Log: logger.NewWriterLogger(logger.LevelInfo, io.Discard),
		Jitter: func(time.Duration) time.Duration { return 0 }}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- a.Run(ctx) }()
	before := processorTime()
	for range scansOfADay {
		// It returns when the loop waits for its timers again.
		clock.WaitForNWatchersAndIncrement(time.Minute, 2)
	}
	clock.WaitForNWatchersAndIncrement(time.Millisecond, 2)
	spent := processorTime() - before
	cancel()
	if err := <-ended; err != nil {
		return err
	}
	peak, err := peakMemory()
	if err != nil {
		return err
	}
	fmt.Printf("| idle agent on a cell, a simulated day of %d scans | 6 MB | %.1f MB peak, %.1f s CPU | %.4f %% of a core |\n",
		scansOfADay, float64(peak)/1e6, spent.Seconds(), 100*spent.Seconds()/(24*time.Hour).Seconds())
	return nil
}

func processorTime() time.Duration {
	var usage syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &usage) // it fails for wrong arguments only
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// peakMemory is the highest resident set of this process so far.
func peakMemory() (int64, error) {
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, err
	}
	for _, line := range strings.Split(string(text), "\n") {
		var kilobytes int64
		if n, _ := fmt.Sscanf(line, "VmHWM: %d kB", &kilobytes); n == 1 {
			return kilobytes * 1024, nil
		}
	}
	return 0, fmt.Errorf("no VmHWM in /proc/self/status")
}
