package collect_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync/atomic"
	"time"

	"code.cloudfoundry.org/clock/fakeclock"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/hub/internal/catalog"
	"cert-health/hub/internal/collect"
	"cert-health/hub/internal/db"
	"cert-health/hub/internal/inventory"
)

// scripted is a source that does what a spec says.
type scripted struct {
	calls atomic.Int64
	do    func(ctx context.Context, call int64) (*inventory.Collection, error)
}

// Collect implements inventory.Source.
func (s *scripted) Collect(ctx context.Context, _ inventory.Known) (*inventory.Collection, error) {
	return s.do(ctx, s.calls.Add(1))
}

// showing returns a source that shows one certificate.
func showing(path string) *scripted {
	c := inventory.New(pair("shown").Noun())
	return &scripted{do: func(context.Context, int64) (*inventory.Collection, error) {
		return &inventory.Collection{Certificates: []inventory.Certificate{c},
			Items: []inventory.Item{{Path: path, Sightings: []inventory.Sighting{{Certificate: c.ID, State: inventory.Current}}}}}, nil
	}}
}

func named(name string, s inventory.Source) collect.Source {
	return collect.Source{Name: name, Type: "tls", Interval: interval, Source: s}
}

var _ = Describe("the collector", func() {
	It("keeps the panic of a source to this source", func() {
		bad := &scripted{do: func(_ context.Context, call int64) (*inventory.Collection, error) {
			if call == 1 {
				panic("p4ssw0rd")
			}
			var none []string
			_ = none[call]
			return nil, nil
		}}
		h := start(file(), nil, named("bad", bad), named("good", showing("x")))
		Eventually(h.placements).Should(HaveLen(1))
		Eventually(func() string { return h.health("bad").Error }).Should(HavePrefix("a fault of the hub's program ended the collection (runtime error: index out of range"))
		Expect(h.health("good").Error).To(BeEmpty())
		Eventually(h.log.String).Should(ContainSubstring("schedule_test.go"))
		Expect(h.log.String()).NotTo(ContainSubstring("p4ssw0rd"))
	})

	It("does not wait for a source that never ends, and does not start it twice", func() {
		hangs, end := &scripted{}, make(chan struct{})
		DeferCleanup(func() { close(end) })
		hangs.do = func(context.Context, int64) (*inventory.Collection, error) {
			<-end
			return nil, errors.New("late")
		}
		at := fakeclock.NewFakeClock(time.Now())
		s := named("hangs", hangs)
		s.Timeout = 10 * time.Millisecond
		h := start(file(), at, s, named("good", showing("x")))
		reason := func() string {
			at.Increment(time.Second)
			return h.health("hangs").Error
		}
		Eventually(reason).Should(Equal("the source did not answer within 10ms: raise its timeout, or check its network"))
		Eventually(reason).Should(Equal("an earlier collection still hangs: restart the hub if the source answers others"))
		Expect(hangs.calls.Load()).To(Equal(int64(1)))
		Eventually(h.placements).Should(HaveLen(1))
	})

	It("collects at once when it is asked to", func() {
		one, two := showing("one"), showing("two")
		sources := []collect.Source{named("one", one), named("two", two)}
		for i := range sources {
			sources[i].Interval = time.Hour
		}
		h := start(file(), nil, sources...)
		for _, own := range []*scripted{one, two} { // the first collection comes by itself, the next in an hour
			Eventually(own.calls.Load).Should(Equal(int64(1)))
		}
		Expect(h.Refresh("one")).To(Succeed())
		Eventually(one.calls.Load).Should(Equal(int64(2)))
		Expect(h.RefreshAll()).To(Succeed())
		Eventually(one.calls.Load).Should(Equal(int64(3)))
		Eventually(two.calls.Load).Should(Equal(int64(2)))
		Expect(h.Refresh("three")).To(MatchError(collect.ErrUnknown))
		Eventually(h.placements).Should(HaveLen(2))
		Expect(h.health("one").NextAttempt).To(BeTemporally(">", time.Now().Add(50*time.Minute)))
	})

	It("remembers everything after a restart, and does not collect again before it is due", func() {
		path, s := file(), showing("x")
		hourly := named("s", s)
		hourly.Interval = time.Hour
		h := start(path, nil, hourly)
		Eventually(h.placements).Should(HaveLen(1))
		h.stop()
		h = start(path, nil, hourly)
		Eventually(h.Loaded).Should(BeTrue())
		Expect(h.placements()).To(HaveLen(1))
		Eventually(func() time.Time { return h.health("s").NextAttempt }).Should(BeTemporally(">", time.Now().Add(50*time.Minute)))
		Expect(s.calls.Load()).To(Equal(int64(1)))
	})

	It("removes sources that are not configured any more, with their items", func() {
		path := file()
		h := start(path, nil, named("old", showing("x")), named("kept", showing("y")))
		Eventually(h.placements).Should(HaveLen(2))
		h.stop()
		other := named("kept", showing("z"))
		other.Type = "opsman"
		h = start(path, nil, other)
		Eventually(h.placements).Should(Equal(map[string]string{"z": ""}))
		Expect(h.View().Sources()).To(HaveLen(1))
		Eventually(h.log.String).Should(ContainSubstring("source=old"))
	})

	It("goes on when the clock is set back", func() {
		at, s := fakeclock.NewFakeClock(time.Now()), showing("x")
		weekly := named("s", s)
		weekly.Interval = time.Minute
		path := file()
		h := start(path, at, weekly)
		calls := func() int64 {
			at.Increment(time.Second)
			return s.calls.Load()
		}
		Eventually(calls).Should(BeNumerically(">", 1))
		h.stop()
		at = fakeclock.NewFakeClock(time.Now().AddDate(-1, 0, 0))
		before := s.calls.Load()
		h = start(path, at, weekly)
		Eventually(calls).Should(BeNumerically(">", before+1))
		Expect(h.health("s").Error).To(BeEmpty())
		Eventually(h.placements).Should(Equal(map[string]string{"x": ""}))
	})

	It("collects again what the database did not take", func() {
		store := &fullDisk{DB: database(file())}
		DeferCleanup(store.Close)
		store.refuse.Store(true)
		s := showing("x")
		h := startOn(store, nil, named("s", s))
		Eventually(h.log.String).Should(ContainSubstring("a collection was not saved, and is repeated"))
		Expect(h.placements()).To(BeEmpty())
		store.refuse.Store(false)
		Eventually(h.placements).Should(HaveLen(1))
	})

	It("tells others that the catalog has changed", func() {
		h := start(file(), nil, named("s", showing("x")))
		watching, stop := context.WithCancel(ctx)
		DeferCleanup(stop)
		changed := h.Watch(watching)
		Eventually(changed).Should(Receive())
		Eventually(h.placements).Should(HaveLen(1))
	})

	It("refuses two sources with one name", func() {
		_, err := collect.New(collect.Options{Sources: []collect.Source{named("s", nil), named("s", nil)}, Log: slog.New(slog.DiscardHandler), Policy: catalog.DefaultPolicy()})
		Expect(err).To(MatchError(`two sources have the name "s": give each its own`))
	})

	It("logs each item that changes, and not a line for each of thousands", func() {
		many := &scripted{do: func(context.Context, int64) (*inventory.Collection, error) {
			c := &inventory.Collection{}
			for i := range 150 {
				c.Items = append(c.Items, inventory.Item{Path: "x" + strings.Repeat("i", i)})
			}
			return c, nil
		}}
		h := start(file(), nil, named("s", many))
		Eventually(h.log.String).Should(ContainSubstring("msg=\"more items changed\" source=s type=tls count=50"))
		Expect(strings.Count(h.log.String(), "item found")).To(Equal(100))
	})
})

// fullDisk is a database that takes nothing for a while.
type fullDisk struct {
	*db.DB
	refuse atomic.Bool
}

// SaveCollection implements collect.Store.
func (r *fullDisk) SaveCollection(ctx context.Context, saved db.Saved) error {
	if r.refuse.Load() {
		return errors.New("save collection: the disk is full: make room on it")
	}
	return r.DB.SaveCollection(ctx, saved)
}
