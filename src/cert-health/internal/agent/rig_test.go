package agent_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"code.cloudfoundry.org/clock/fakeclock"
	"github.com/cloudfoundry/bosh-utils/logger"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/agent"
	"cert-health/internal/atomicfile"
	"cert-health/internal/scenario"
)

// rig runs an agent on its own directories, with a clock that the test advances.
type rig struct {
	root, data, file string
	clock            *fakeclock.FakeClock
	log              syncBuffer
	reload           chan struct{}
	agent            *agent.Agent
	stop             func()
}

// syncBuffer is a buffer that the agent writes and the test reads at the same time.
type syncBuffer struct {
	mutex  sync.Mutex
	buffer bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	return b.buffer.Write(p)
}

func (b *syncBuffer) String() string {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	return b.buffer.String()
}

func newRig() *rig {
	GinkgoHelper()
	dir := GinkgoT().TempDir()
	r := &rig{root: filepath.Join(dir, "root"), data: filepath.Join(dir, "data"), file: filepath.Join(dir, "c.yml"),
		clock: fakeclock.NewFakeClock(time.Now()), reload: make(chan struct{})}
	r.agent = &agent.Agent{ConfigFile: r.file, Root: r.root, Clock: r.clock, Reload: r.reload,
		Log: logger.NewWriterLogger(logger.LevelInfo, &r.log), Jitter: func(time.Duration) time.Duration { return 0 }}
	r.configure("")
	return r
}

func (r *rig) configure(more string) {
	GinkgoHelper()
	Expect(os.WriteFile(r.file, fmt.Appendf(nil, "agent: {data_dir: %s}\n%s", r.data, more), 0o600)).To(Succeed())
}

func (r *rig) deploy(files scenario.Files) {
	GinkgoHelper()
	Expect(scenario.VM{Deployment: "cf", Group: "cell", ID: "0", Jobs: map[string]scenario.Files{"rep": files}}.Write(r.root)).To(Succeed())
}

// start runs the agent until the test ends or stop is called.
func (r *rig) start() {
	GinkgoHelper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- r.agent.Run(ctx) }()
	once := sync.Once{}
	r.stop = func() {
		once.Do(func() {
			cancel()
			Eventually(ended, "1s").Should(Receive(BeNil()), "it ends within a second")
		})
	}
	DeferCleanup(func() { r.stop() })
}

func (r *rig) beat() string { return r.status("heartbeat") }

func (r *rig) status(name string) string {
	contents, _ := atomicfile.Read(r.data, "status/"+name, 1<<20) // it may be a pipe
	return string(contents)
}

func (r *rig) memory() string {
	contents, _ := atomicfile.Read(r.data, "memory.json", 1<<20)
	return string(contents)
}

// pass advances the clock to the next scan, and waits until it is completed.
func (r *rig) pass() {
	GinkgoHelper()
	r.clock.WaitForNWatchersAndIncrement(0, 3) // the scan before this one is over
	before := r.beat()
	r.clock.WaitForNWatchersAndIncrement(time.Minute, 3)
	Eventually(r.beat, "10s", "1ms").ShouldNot(Equal(before))
}

// first waits for the first scan, which runs at once without jitter.
func (r *rig) first() {
	GinkgoHelper()
	r.clock.WaitForWatcherAndIncrement(time.Millisecond)
	Eventually(r.beat, "10s", "1ms").ShouldNot(BeEmpty())
}
