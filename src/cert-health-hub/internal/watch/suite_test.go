package watch_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"log/slog"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"code.cloudfoundry.org/clock/fakeclock"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/hub/internal/catalog"
	"cert-health/hub/internal/db"
	"cert-health/hub/internal/fleet"
	"cert-health/hub/internal/fleet/sample"
	"cert-health/hub/internal/inventory"
	"cert-health/hub/internal/watch"
)

func TestWatch(t *testing.T) {
	RegisterFailHandler(Fail)
	SetDefaultEventuallyTimeout(time.Minute)
	RunSpecs(t, "Watch")
}

// stores is a catalog whose contents the specs choose.
type stores struct {
	mutex  sync.Mutex
	view   *catalog.View
	listed []inventory.Listed
	known  bool
	stir   chan struct{}
}

func (s *stores) View() *catalog.View { s.mutex.Lock(); defer s.mutex.Unlock(); return s.view }
func (s *stores) Loaded() bool        { return true }
func (s *stores) Listed() ([]inventory.Listed, bool) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.listed, s.known
}
func (s *stores) Watch(context.Context) <-chan struct{} { return s.stir }

// list says what the Director lists.
func (s *stores) list(listed ...inventory.Listed) {
	s.mutex.Lock()
	s.listed, s.known = listed, true
	s.mutex.Unlock()
	s.stir <- struct{}{}
}

// hub is a service that runs until the spec ends, on a database of its own.
type hub struct {
	*watch.Service
	db      *db.DB
	catalog *stores
	clock   *fakeclock.FakeClock
}

func start() *hub {
	GinkgoHelper()
	d, err := db.Open(context.Background(), "sqlite:"+filepath.Join(GinkgoT().TempDir(), "hub.db"), slog.New(slog.NewTextHandler(GinkgoWriter, nil)))
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(d.Close)
	Expect(d.Migrate(context.Background())).To(Succeed())
	return follow(d)
}

// follow starts a service on a database.
func follow(d *db.DB) *hub {
	GinkgoHelper()
	h := &hub{db: d, catalog: &stores{view: sample.Catalog(), stir: make(chan struct{}, 1)}, clock: fakeclock.NewFakeClock(sample.Now())}
	h.Service = watch.New(watch.Options{Store: d, Catalog: h.catalog, Clock: h.clock, Log: slog.New(slog.NewTextHandler(GinkgoWriter, nil))})
	h.run(h.Run)
	return h
}

// run runs a part of the service until the spec ends.
func (h *hub) run(part func(context.Context)) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { part(ctx); close(ended) }()
	stop = func() { cancel(); Eventually(ended).Should(BeClosed()) }
	DeferCleanup(stop)
	return stop
}

// stored is the report of an instance as the database keeps it.
func stored(vm sample.VM, count uint64) db.StoredReport {
	text, _ := json.Marshal(vm.Report())
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed) // writes to memory do not fail
	_, _ = w.Write(text)
	_ = w.Close()
	head := vm.Head()
	head.Sequence.Count, head.Received = count, sample.Now()
	return db.StoredReport{Reporting: head, Report: packed.Bytes()}
}

// save stores reports.
func (h *hub) save(reports ...db.StoredReport) {
	GinkgoHelper()
	for _, r := range reports {
		Expect(h.db.SaveReport(context.Background(), r)).To(Succeed())
	}
}

// standing is that of an instance in the view.
func (h *hub) standing(key inventory.InstanceKey) func() inventory.Standing {
	return func() inventory.Standing {
		i, known := h.View().Instance(key)
		if !known {
			return ""
		}
		return i.Standing
	}
}

// states are how many rows have each state.
func (h *hub) states() map[fleet.State]int { return h.View().Summary().States }
