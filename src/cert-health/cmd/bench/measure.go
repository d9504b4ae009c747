package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"cert-health/cmd/bench/hostile"
)

// figure is the cost of one run of a program.
type figure struct {
	wall time.Duration
	cpu  time.Duration
	peak int64 // peak resident set, in bytes
}

func (f figure) String() string {
	return fmt.Sprintf("%.0f ms (%.0f ms CPU), %.1f MB", ms(f.wall), ms(f.cpu), float64(f.peak)/1e6)
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// compare runs both commands alternately and prints the medians in one row.
func (b *bench) compare(work string, floor, ours func() *exec.Cmd) error {
	var floors, figures []figure
	for range b.rounds {
		for _, side := range []struct {
			command func() *exec.Cmd
			figures *[]figure
		}{{floor, &floors}, {ours, &figures}} {
			measured, err := measure(side.command())
			if err != nil {
				return fmt.Errorf("%s: %w", work, err)
			}
			*side.figures = append(*side.figures, measured)
		}
	}
	f, o := median(floors), median(figures)
	fmt.Printf("| %s | %s | %s | time %.2f, memory %.2f |\n", work, f, o, ms(o.wall)/ms(f.wall), float64(o.peak)/float64(f.peak))
	return nil
}

// measure runs the command through runMeasured.
func measure(command *exec.Cmd) (figure, error) {
	wrapped := exec.Command(os.Args[0], append([]string{"-measure", command.Path, "--"}, command.Args[1:]...)...)
	wrapped.Env = command.Env
	wrapped.Stderr = os.Stderr
	out, err := wrapped.Output()
	if err != nil {
		return figure{}, fmt.Errorf("%s: %w", command.Path, err)
	}
	var f figure
	_, err = fmt.Sscan(string(out), (*int64)(&f.wall), (*int64)(&f.cpu), &f.peak)
	return f, err
}

// runMeasured runs a program and prints its cost. It runs in a process of its own, which
// is small, because Linux adds the memory of the process that forks to the peak of the
// new program.
func runMeasured(program string, args []string) error {
	command := exec.Command(program, args...)
	command.Stderr = os.Stderr
	started := time.Now()
	err := command.Run()
	wall := time.Since(started)
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) && exit.ExitCode() == 1 {
		err = nil // exit code 1: findings
	}
	if err != nil {
		return err
	}
	state := command.ProcessState
	usage, ok := state.SysUsage().(*syscall.Rusage)
	if !ok {
		return errors.New("this system does not report the peak memory of a process")
	}
	_, err = fmt.Println(int64(wall), int64(state.UserTime()+state.SystemTime()), usage.Maxrss*1024)
	return err
}

func median(figures []figure) figure {
	pick := func(value func(figure) int64) int64 {
		values := make([]int64, len(figures))
		for i, f := range figures {
			values[i] = value(f)
		}
		slices.Sort(values)
		return values[len(values)/2]
	}
	return figure{
		wall: time.Duration(pick(func(f figure) int64 { return int64(f.wall) })),
		cpu:  time.Duration(pick(func(f figure) int64 { return int64(f.cpu) })),
		peak: pick(func(f figure) int64 { return f.peak }),
	}
}

// alternate does both works nine times, one after the other, in this process. It returns the
// median times.
func alternate(floor, ours func() error) (time.Duration, time.Duration, error) {
	var took [2][]time.Duration
	for range 9 {
		for i, work := range []func() error{floor, ours} {
			started := time.Now()
			if err := work(); err != nil {
				return 0, 0, err
			}
			took[i] = append(took[i], time.Since(started))
		}
	}
	for _, times := range took {
		slices.Sort(times)
	}
	return took[0][4], took[1][4], nil
}

// self returns a command of this program that does the floor's work.
func (b *bench) self(ctx context.Context, work string) *exec.Cmd {
	return exec.CommandContext(ctx, os.Args[0], "-floor", work)
}

func (b *bench) scan(ctx context.Context, root string, env ...string) *exec.Cmd {
	command := exec.CommandContext(ctx, b.program, "scan", "--root", root, "--format", "json")
	command.Env = env
	return command
}

// inChild does some work in a process of its own, which prints its rows.
func (b *bench) inChild(ctx context.Context, work string, env ...string) error {
	command := exec.CommandContext(ctx, os.Args[0], "-work", work, "-vault", b.vault,
		"-agents", strconv.Itoa(b.agents), "-secrets", strconv.Itoa(b.secrets))
	command.Stdout, command.Stderr = os.Stdout, os.Stderr
	command.Env = append(os.Environ(), env...)
	return command.Run()
}

// runWork does the work that inChild requests.
func (b *bench) runWork(ctx context.Context, work string) error {
	kind, dir, _ := strings.Cut(work, ":")
	if kind == "fleet" {
		return b.runFleet(ctx, dir)
	}
	debug.SetGCPercent(40) // like cert-health
	switch kind {
	case "idle":
		return runIdle(ctx, dir)
	case "look":
		return runLook(ctx)
	case "outdated":
		return hostile.Outdated(ctx, os.Stdout)
	case "rescan":
		return runRescan(ctx, dir)
	}
	return fmt.Errorf("-work %s is not known", kind)
}
