package served_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"slices"
	"sync/atomic"
	"time"

	"code.cloudfoundry.org/clock/fakeclock"
	"github.com/cloudfoundry/bosh-utils/logger"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/agent"
	"cert-health/internal/report"
	"cert-health/internal/scenario"
)

// crowd is many servers of one job. None of them answers before the gate is open.
type crowd struct {
	site  *site
	kinds map[string][]*server
	came  atomic.Int32
	few   chan struct{} // closed when as many wait as may
	gate  chan struct{}
}

func newCrowd() *crowd {
	c := &crowd{site: &site{root: open(), daemon: daemon{job: "busy", root: true}}, kinds: map[string][]*server{},
		few: make(chan struct{}), gate: make(chan struct{})}
	c.site.layOut()
	c.site.write(c.site.pidfile(), fmt.Sprint(os.Getpid()))
	return c
}

// concurrency is the number of servers of one job that an agent probes at the same time.
const concurrency = 3

func (c *crowd) add(kind string, number int, answer func(net.Conn)) {
	GinkgoHelper()
	for range number {
		c.kinds[kind] = append(c.kinds[kind], serve("tcp", "127.0.0.1:0", func(connection net.Conn) {
			if c.came.Add(1) == concurrency {
				close(c.few)
			}
			<-c.gate
			answer(connection)
		}))
	}
}

// encrypted adds servers with a certificate while a file of the job contains another, or
// none if that is nil.
func (c *crowd) encrypted(kind string, number int, shown, filed *scenario.Pair) {
	GinkgoHelper()
	certificate := keyed(shown)
	c.add(kind, number, func(connection net.Conn) {
		_, _ = io.Copy(io.Discard, tls.Server(connection, &tls.Config{Certificates: []tls.Certificate{certificate}}))
	})
	if filed != nil {
		c.site.write(c.site.config(kind+".pem"), filed.CertPEM())
	}
}

// visits are the numbers of connections to the servers of a kind, each number once.
func (c *crowd) visits(kind string) []int {
	var visits []int
	for _, s := range c.kinds[kind] {
		visits = append(visits, int(s.accepts.Load()))
	}
	slices.Sort(visits)
	return slices.Compact(visits)
}

func (c *crowd) addresses(kinds ...string) (all []netip.AddrPort) {
	for _, kind := range kinds {
		for _, s := range c.kinds[kind] {
			all = append(all, s.address())
		}
	}
	return all
}

// watch is an agent with a clock of its own.
type watch struct {
	clock *fakeclock.FakeClock
	site  *site
	since time.Time
}

// start starts an agent, which ends with the spec.
func (c *crowd) start() *watch {
	GinkgoHelper()
	w := &watch{clock: fakeclock.NewFakeClock(time.Now()), site: c.site}
	never := must(json.Marshal(portsBut(c.addresses("good", "old", "strange", "hang", "reset", "flood", "answer", "speak")...)))
	c.site.write(c.site.path("agent.yml"), fmt.Sprintf("agent: {data_dir: %q}\nserved: {never_ports: %s}\n", c.site.path("agent"), never))
	a := agent.Agent{ConfigFile: c.site.path("agent.yml"), Root: c.site.root, Clock: w.clock,
		Log: logger.NewWriterLogger(logger.LevelWarn, GinkgoWriter), Jitter: func(time.Duration) time.Duration { return 0 }}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- a.Run(ctx) }()
	DeferCleanup(func() {
		cancel()
		Eventually(ended, time.Minute).Should(Receive(BeNil()))
	})
	w.move()
	return w
}

// move advances the clock by one interval, after which the agent probes once.
func (w *watch) move() {
	w.clock.WaitForNWatchersAndIncrement(10*time.Minute, 2)
	w.since = w.clock.Now()
}

// look waits for the report of the next observation, which is complete when no server keeps it waiting.
// An observation that still runs at the time of a scan delays the next one to the next scan.
func (w *watch) look(complete func() bool) *report.Report {
	GinkgoHelper()
	var r report.Report
	polls := 0
	Eventually(func() bool {
		if polls++; polls%50 == 0 {
			w.clock.WaitForNWatchersAndIncrement(time.Minute, 2)
		}
		if !complete() {
			return false
		}
		contents, _ := os.ReadFile(w.site.path("agent/report.json"))
		r = report.Report{}
		return json.NewDecoder(bytes.NewReader(contents)).Decode(&r) == nil && r.Served != nil &&
			slices.ContainsFunc(r.Served.Shown, func(s report.ServedCertificate) bool { return !s.SeenAt.Before(w.since.Truncate(time.Second)) })
	}, 2*time.Minute, 100*time.Millisecond).Should(BeTrue())
	return &r
}

func texts(addresses []netip.AddrPort) (all []string) {
	for _, address := range addresses {
		all = append(all, address.String())
	}
	return all
}
