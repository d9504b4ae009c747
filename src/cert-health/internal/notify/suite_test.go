package notify_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"code.cloudfoundry.org/clock/fakeclock"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/alert"
	"cert-health/internal/notify"
	"cert-health/internal/scenario"
)

func TestNotify(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "Receivers")
}

var at = time.Date(2026, 11, 22, 3, 4, 5, 0, time.UTC)

// notice is a notice of an incident of a deployment.
func notice(kind notify.Kind, deployment string) notify.Notice {
	return notify.Notice{
		ID: deployment + "/expired/1", Kind: kind, Deployment: deployment, Class: alert.Expired, Severity: "critical",
		OpenedAt: at, At: at.Add(time.Minute), Until: at.Add(49 * time.Hour),
		Certificates: []notify.Certificate{{Name: "c1 <!channel>", Fingerprint: "000000000001", Instances: 2, Place: "rep x.crt:1",
			Message: "expired 3 hours ago", Next: "bosh -d cf deploy"}},
		CertificateCount: 1, Instances: []string{"cell/1", "cell/2"}, InstanceCount: 2,
	}
}

// station is the server of a receiver.
type station struct {
	*httptest.Server
	mu     sync.Mutex
	bodies []string
	heads  []http.Header
	paths  []string
	// answers are the next status codes, in order; after them, 200.
	answers []int
}

func newStation(answers ...int) *station {
	s := &station{answers: answers}
	s.Server = httptest.NewServer(s)
	DeferCleanup(s.Close)
	return s
}

func (s *station) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	s.mu.Lock()
	defer s.mu.Unlock()
	status := http.StatusOK
	if len(s.answers) > 0 {
		status, s.answers = s.answers[0], s.answers[1:]
	}
	if status == http.StatusOK {
		s.bodies, s.heads, s.paths = append(s.bodies, string(body)), append(s.heads, r.Header), append(s.paths, r.URL.Path)
	}
	w.Header().Set("Location", "/elsewhere")
	w.WriteHeader(status)
}

func (s *station) received() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string{}, s.bodies...)
}

// bench has all that a receiver needs in a test.
type bench struct {
	notify.Context
	clock *fakeclock.FakeClock
	log   *scenario.Journal
}

func newBench() *bench {
	GinkgoHelper()
	templates, err := notify.NewTemplates(notify.Sources{})
	Expect(err).NotTo(HaveOccurred())
	b := &bench{clock: fakeclock.NewFakeClock(at), log: &scenario.Journal{}}
	b.Context = notify.Context{Templates: templates, Clock: b.clock, Log: b.log,
		Delivery: notify.Delivery{Timeout: 20 * time.Second, Queue: 3, GiveUpAfter: 10 * time.Minute}}
	return b
}

// run runs a sender until the end of the spec, and waits for its end.
func (b *bench) run(s *notify.Sender, err error) *notify.Sender {
	GinkgoHelper()
	Expect(err).NotTo(HaveOccurred())
	ctx, cancel := context.WithCancel(context.Background())
	var group sync.WaitGroup
	group.Go(func() { s.Run(ctx) })
	DeferCleanup(func() { cancel(); group.Wait() })
	return s
}

// pass advances the clock by the longest pause as soon as a sender waits.
func (b *bench) pass() {
	GinkgoHelper()
	Eventually(b.clock.WatcherCount, "10s").Should(Equal(1))
	b.clock.Increment(time.Minute)
}
