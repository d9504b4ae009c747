package remind

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"code.cloudfoundry.org/clock/fakeclock"
	"github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/notify"
	"cert-health/internal/secret"
	"cert-health/internal/verdict"
)

func TestRemind(t *testing.T) {
	RegisterFailHandler(ginkgo.Fail)
	SetDefaultEventuallyTimeout(time.Minute) // a busy machine is slow
	ginkgo.RunSpecs(t, "Notifications")
}

var at = time.Date(2026, 11, 26, 3, 4, 5, 0, time.UTC)

// expiring is an entry that ends after so many days of a year.
func expiring(name string, days int) Entry {
	end := at.AddDate(0, 0, days)
	e := Entry{Key: name, Name: name, State: "expiring", Severity: verdict.Warning, NotBefore: end.AddDate(-1, 0, 0), NotAfter: end,
		Message: fmt.Sprintf("expires in %d days", days), Places: []string{"vault secret/cf/" + name + ":certificate"},
		Steps: []verdict.Step{verdict.Run("cert-health", "x509", "renew", "secret/cf/"+name)}}
	if days < 0 {
		e.State, e.Severity, e.Message = "expired", verdict.Error, "expired"
	}
	return e
}

// shelf is a Store in memory, which may fail.
type shelf struct {
	mu     sync.Mutex
	states map[string][]byte
	err    error
}

func (s *shelf) LoadNotices(_ context.Context, rule string) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.states[rule], s.err
}

func (s *shelf) SaveNotices(_ context.Context, rule string, state []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err == nil {
		s.states[rule] = state
	}
	return s.err
}

func (s *shelf) fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.err = err
}

// station is a server of a receiver.
type station struct {
	*httptest.Server
	mu      sync.Mutex
	bodies  []string
	answers []int // the next status codes, in order; after them, 200
}

func newStation(answers ...int) *station {
	s := &station{answers: answers}
	s.Server = httptest.NewServer(s)
	ginkgo.DeferCleanup(s.Close)
	return s
}

func (s *station) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.answers) > 0 {
		status := s.answers[0]
		s.answers = s.answers[1:]
		w.WriteHeader(status)
		if status != http.StatusOK {
			return
		}
	}
	s.bodies = append(s.bodies, r.URL.Path+" "+string(body))
}

func (s *station) got() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string{}, s.bodies...)
}

// rig is a Reminder with one rule and its surroundings.
type rig struct {
	*Reminder
	rule    Rule
	station *station
	shelf   *shelf
	clock   *fakeclock.FakeClock
	entries []Entry
	blind   error // what Select fails with
	ctx     context.Context
}

// newRig makes a Reminder that sends to a webhook on every change.
func newRig(answers ...int) *rig {
	r := &rig{station: newStation(answers...), shelf: &shelf{states: map[string][]byte{}}, clock: fakeclock.NewFakeClock(at), ctx: context.Background()}
	r.rule = Rule{Name: "all", OnChange: true, Channels: []string{"ops"}}
	r.restart()
	return r
}

// restart is a new process on the same store.
func (r *rig) restart() {
	r.Reminder = New(Settings{
		Options: Options{Channels: []Channel{{Name: "ops", Webhook: notify.Target{URL: secret.New(r.station.URL + "/hook")}}}, Rules: []Rule{r.rule}},
		Select:  func(string, time.Time) ([]Entry, error) { return r.entries, r.blind },
		Store:   r.shelf, Clock: r.clock, Log: slog.New(slog.NewTextHandler(ginkgo.GinkgoWriter, nil)), URL: "https://hub/certificates",
	})
}

// pass lets a time pass, and returns what was sent then.
func (r *rig) pass(d time.Duration) []string {
	before := len(r.station.got())
	r.clock.Increment(d)
	r.Pass(r.ctx)
	return r.station.got()[before:]
}

var errGone = errors.New("the database is gone")

// row is an entry of a table; package remind has a type of Ginkgo's name.
func row(description string, values ...any) ginkgo.TableEntry {
	return ginkgo.Entry(description, values...)
}
