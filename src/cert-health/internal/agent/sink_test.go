package agent

import (
	"bytes"
	"context"
	"errors"
	"reflect"
	"strings"
	"sync"

	"github.com/cloudfoundry/bosh-utils/logger"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/report"
)

// testSink records what it receives, and returns the error that the test sets.
type testSink struct {
	mutex     sync.Mutex
	err       error
	snapshots []Snapshot
	closed    bool
	entered   chan struct{} // if set, Publish reports here, and waits for the end of its context
}

func (s *testSink) Publish(ctx context.Context, snapshot Snapshot) error {
	if s.entered != nil {
		s.entered <- struct{}{}
		<-ctx.Done()
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.snapshots = append(s.snapshots, snapshot)
	return s.err
}

func (s *testSink) Close() { s.closed = true }

func (s *testSink) received() []Snapshot {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return append([]Snapshot{}, s.snapshots...)
}

var _ = Describe("sinks", func() {
	var (
		log     bytes.Buffer
		l       *loop
		sinks   sinks
		ctx     context.Context
		publish = func() { sinks.publish(ctx, Snapshot{Report: &report.Report{}, NewReport: true}) }
	)

	BeforeEach(func() {
		log, sinks = bytes.Buffer{}, nil
		l = &loop{}
		l.failures = newFailures(logger.NewWriterLogger(logger.LevelInfo, &log))
		var cancel context.CancelFunc
		ctx, cancel = context.WithCancel(context.Background())
		DeferCleanup(func() { cancel(); sinks.replace(nil) })
	})

	It("have failures of their own, which are logged when they begin and when they end", func() {
		failing, other := &testSink{err: errors.New("the disk is full")}, &testSink{}
		sinks.replace([]*outlet{l.within("one", 1, failing), l.within("two", 2, other)})
		publish()
		publish()
		Expect(other.received()).To(HaveLen(2))
		Expect(strings.Count(log.String(), "one failed: the disk is full")).To(Equal(1))
		failing.err = errNothingToDo
		publish()
		Expect(log.String()).NotTo(ContainSubstring("works again"))
		failing.err = nil
		publish()
		publish()
		Expect(strings.Count(log.String(), "one works again")).To(Equal(1))
		Expect(log.String()).NotTo(ContainSubstring("two"))
	})

	It("that wait for a network do not delay the others, and get the newest snapshot afterwards", func() {
		slow, other := &testSink{entered: make(chan struct{})}, &testSink{}
		sinks.replace([]*outlet{l.beside("slow", 1, slow), l.within("other", 2, other)})
		publish()
		<-slow.entered
		for range 3 {
			publish()
		}
		sinks.publish(ctx, Snapshot{})
		Expect(other.received()).To(HaveLen(5))
		waiting := <-sinks[0].worker.newest
		Expect(waiting.Report).To(BeNil(), "it is the newest")
		Expect(waiting.NewReport).To(BeTrue(), "a report before it was not handled")
	})

	It("are kept over a reload that does not change their settings, and closed otherwise", func() {
		kept, changed, removed := &testSink{}, &testSink{}, &testSink{entered: make(chan struct{}, 1)}
		sinks.replace([]*outlet{l.within("kept", "a", kept), l.within("changed", "a", changed), l.beside("removed", "a", removed)})
		publish()
		<-removed.entered
		unused, replacement := &testSink{}, &testSink{}
		sinks.replace([]*outlet{l.within("kept", "a", unused), l.within("changed", "b", replacement)})
		publish()
		Expect(kept.received()).To(HaveLen(2))
		Expect(unused.received()).To(BeEmpty())
		Expect(replacement.received()).To(HaveLen(1))
		Expect([]bool{kept.closed, changed.closed, removed.closed}).To(Equal([]bool{false, true, true}))
		Expect(log.String()).To(BeEmpty(), "a call that was cancelled is not a failure")
	})
})

var _ = DescribeTable("the parts of the loop have one duty each, and at most ten fields", func(part reflect.Type) {
	Expect(part.NumField()).To(BeNumerically("<=", 10))
},
	Entry(nil, reflect.TypeFor[Agent]()), Entry(nil, reflect.TypeFor[loop]()), Entry(nil, reflect.TypeFor[results]()),
	Entry(nil, reflect.TypeFor[scanning]()), Entry(nil, reflect.TypeFor[following]()), Entry(nil, reflect.TypeFor[observing]()),
	Entry(nil, reflect.TypeFor[outlet]()), Entry(nil, reflect.TypeFor[memory]()), Entry(nil, reflect.TypeFor[alertMail]()),
	Entry(nil, reflect.TypeFor[metricsServer]()), Entry(nil, reflect.TypeFor[statusFiles]()),
)
