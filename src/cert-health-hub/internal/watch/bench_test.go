package watch_test

import (
	"context"
	"log/slog"
	"path/filepath"
	"runtime"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"cert-health/hub/internal/db"
	"cert-health/hub/internal/fleet/sample"
	"cert-health/hub/internal/inventory"
	"cert-health/hub/internal/watch"
)

// many is the number of instances that the hub is made for.
const many = 10_000

func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// cpu is the time of CPU that this process has used.
func cpu() time.Duration {
	var used syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &used)
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// until waits for a condition.
func until(b *testing.B, condition func() bool) {
	for end := time.Now().Add(5 * time.Minute); !condition(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			b.Fatal("it takes too long")
		}
	}
}

// BenchmarkService starts a hub with ten thousand stored reports, and then lets all of them change as fast
// as the database takes them.
func BenchmarkService(b *testing.B) {
	d, err := db.Open(context.Background(), "sqlite:"+filepath.Join(b.TempDir(), "hub.db"), slog.New(slog.DiscardHandler))
	if err != nil {
		b.Fatal(err)
	}
	defer d.Close()
	if err := d.Migrate(context.Background()); err != nil {
		b.Fatal(err)
	}
	vms := sample.VMs(many)
	count := uint64(0)
	save := func() {
		count++
		for _, vm := range vms {
			vm.Renewed = count%2 == 0
			if err := d.SaveReport(context.Background(), stored(vm, count)); err != nil {
				b.Fatal(err)
			}
		}
	}
	save()
	for b.Loop() {
		s, stop := loaded(b, d, vms)
		rotate(b, s, save)
		stop()
	}
}

// loaded starts a service, and measures what that takes.
func loaded(b *testing.B, d *db.DB, vms []sample.VM) (*watch.Service, func()) {
	var listed []inventory.Listed
	for _, vm := range vms {
		listed = append(listed, vm.Listed)
	}
	before, used, started := heap(), cpu(), time.Now()
	s := watch.New(watch.Options{Store: d, Catalog: &stores{view: sample.Catalog(), listed: listed, known: true, stir: make(chan struct{})}, Log: slog.New(slog.DiscardHandler)})
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { s.Run(ctx); close(ended) }()
	until(b, s.Loaded)
	b.ReportMetric(time.Since(started).Seconds(), "s-until-loaded")
	b.ReportMetric((cpu() - used).Seconds(), "CPU-s-until-loaded")
	b.ReportMetric(float64(heap()-before)/many, "B/VM")
	return s, func() { cancel(); <-ended }
}

// rotate lets all reports change, and counts the views that are made meanwhile.
func rotate(b *testing.B, s *watch.Service, save func()) {
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	var views atomic.Int64
	changed := s.Watch(ctx)
	go func() {
		for ctx.Err() == nil {
			select {
			case <-changed:
				views.Add(1)
			case <-ctx.Done():
			}
		}
	}()
	started := time.Now()
	save()
	took := time.Since(started).Seconds()
	b.ReportMetric(float64(many)/took, "changes/s")
	b.ReportMetric(took/float64(max(views.Load(), 1)), "s/view")
}
