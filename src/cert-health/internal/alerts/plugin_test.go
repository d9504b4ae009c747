package alerts_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"

	"code.cloudfoundry.org/clock/fakeclock"
	boshlog "github.com/cloudfoundry/bosh-utils/logger"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/gbytes"

	"cert-health/internal/alerts"
	"cert-health/internal/notify"
	"cert-health/internal/secret"
)

// hearing is a running plugin with its input and its receivers.
type hearing struct {
	events *io.PipeWriter
	bodies chan string
	clock  *fakeclock.FakeClock
	log    *gbytes.Buffer
	dir    string
	ended  chan error
	cancel context.CancelFunc
}

func listen() *hearing { return listenIn(GinkgoT().TempDir()) }

// listenIn starts a plugin with its files in a directory.
func listenIn(dir string) *hearing {
	GinkgoHelper()
	h := &hearing{bodies: make(chan string, 100), clock: fakeclock.NewFakeClock(time.Date(2026, 11, 22, 3, 0, 0, 0, time.UTC)), log: gbytes.NewBuffer(),
		dir: dir, ended: make(chan error, 1)}
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		h.bodies <- string(body)
	}))
	DeferCleanup(server.Close)
	settings := alerts.Defaults()
	settings.Slack = []notify.Slack{{Endpoint: notify.Endpoint{Name: "slack", Target: notify.Target{URL: secret.New(server.URL)}}}}
	settings.Alertmanagers = []notify.Alertmanager{{Endpoint: notify.Endpoint{Name: "am", Target: notify.Target{URL: secret.New(server.URL)}}}}
	settings.Textfile.Directory, settings.Log = h.dir, filepath.Join(h.dir, "plugin.log")
	plugin, err := alerts.New(settings, h.clock, boshlog.NewWriterLogger(boshlog.LevelInfo, h.log))
	Expect(err).NotTo(HaveOccurred())
	ctx, cancel := context.WithCancel(context.Background())
	input, events := io.Pipe()
	h.events, h.cancel = events, cancel
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		h.ended <- plugin.Run(ctx, input)
	}()
	// At its end the plugin writes into the directory, which is removed after this.
	DeferCleanup(func() {
		cancel()
		Eventually(gone, "1m").Should(BeClosed())
	})
	return h
}

func (h *hearing) write(text string) {
	GinkgoHelper()
	_, err := io.WriteString(h.events, text)
	Expect(err).NotTo(HaveOccurred())
}

// settle returns when the plugin has read all that was written before: the pipe blocks as long
// as the plugin has lines left.
func (h *hearing) settle() {
	GinkgoHelper()
	h.write("{}\n")
}

// pass advances the clock in steps that the plugin notices.
func (h *hearing) pass(d time.Duration) {
	GinkgoHelper()
	Eventually(h.clock.WatcherCount, "1m").Should(BeNumerically(">=", 1))
	h.clock.Increment(d)
	Eventually(h.clock.WatcherCount, "1m").Should(BeNumerically(">=", 1))
}

func (h *hearing) metrics() string {
	contents, _ := os.ReadFile(filepath.Join(h.dir, "cert-health.prom"))
	return string(contents)
}

var _ = Describe("Plugin", func() {
	It("sends a notice after open_after, refreshes Alertmanager, and sends a notice of the end", func() {
		h := listen()
		for vm := range 3 {
			h.write(line(expired(2), "cf", vm))
		}
		h.settle()
		h.pass(time.Minute)
		title := ContainSubstring("cf: 2 certificates expired on 3 instances")
		Eventually(h.bodies, "1m").Should(Receive(title))
		Eventually(h.bodies, "1m").Should(Receive(title))
		Eventually(h.metrics, "1m").Should(ContainSubstring(`cert_health_incident_instances{deployment="cf",class="expired"} 3`))
		h.pass(time.Minute)
		Eventually(h.bodies, "1m").Should(Receive(And(title, ContainSubstring("endsAt"))))
		for vm := range 3 {
			h.write(line(cleared, "cf", vm))
		}
		Eventually(h.bodies, "1m").Should(Receive(ContainSubstring("no certificate is expired")))
		Eventually(h.bodies, "1m").Should(Receive(ContainSubstring("no certificate is expired")))
		Expect(h.events.Close()).To(Succeed())
		Eventually(h.ended, "1m").Should(Receive(BeNil()))
		Expect(h.metrics()).NotTo(ContainSubstring("deployment="))
	})

	It("keeps its incidents over a restart, and resolves them afterwards", func() {
		h := listen()
		h.write(line(expired(2), "cf", 1))
		h.settle()
		h.pass(time.Minute)
		title := ContainSubstring("cf: 2 certificates expired on 1 instance")
		Eventually(h.bodies, "1m").Should(Receive(title))
		Expect(h.events.Close()).To(Succeed())
		Eventually(h.ended, "1m").Should(Receive(BeNil()))

		later := listenIn(h.dir)
		later.pass(2 * time.Minute)
		Eventually(later.bodies, "1m").Should(Receive(And(title, ContainSubstring("endsAt"))), "Alertmanager is told again")
		later.write(line(cleared, "cf", 1))
		for range 2 {
			Eventually(later.bodies, "1m").Should(Receive(ContainSubstring("no certificate is expired")))
		}
		Expect(later.events.Close()).To(Succeed())
		Eventually(later.ended, "1m").Should(Receive(BeNil()))
		Expect(os.ReadFile(filepath.Join(h.dir, "incidents.json"))).To(MatchJSON(`{"format":1,"incidents":null}`))
	})

	DescribeTable("starts without its memory when another process has replaced the file", func(make func(path string) error, why string) {
		dir := GinkgoT().TempDir()
		Expect(make(filepath.Join(dir, "incidents.json"))).To(Succeed())
		h := listenIn(dir)
		Eventually(h.log, "1m").Should(gbytes.Say("the incidents of .*/incidents.json are lost: read .*/incidents.json: " + why))
		Expect(h.events.Close()).To(Succeed())
		Eventually(h.ended, "1m").Should(Receive(BeNil()))
	},
		Entry("by a pipe", func(path string) error { return syscall.Mkfifo(path, 0o600) }, "it is not a regular file"),
		Entry("by a link", func(path string) error { return os.Symlink("/etc/passwd", path) }, "it is a link to a file outside its directory"),
		Entry("by other JSON", func(path string) error { return os.WriteFile(path, []byte(`{"format": "secret"}`), 0o600) }, "it is not a JSON document of the expected form\n"),
	)

	It("resolves what it has forgotten, and says why it forgot", func() {
		dir := GinkgoT().TempDir()
		Expect(os.WriteFile(filepath.Join(dir, "incidents.json"), []byte(`{"format":1,"incidents":[{"class":"x"}]}`), 0o600)).To(Succeed())
		h := listenIn(dir)
		Expect(h.log).To(gbytes.Say("the incidents of .*/incidents.json are lost: incident 1: its class is unknown"))
		h.write(line(cleared, "cf", 1) + line(cleared, "cf", 2))
		for range 2 {
			Eventually(h.bodies, "1m").Should(Receive(ContainSubstring("no certificate is expired")))
		}
		Consistently(h.bodies, "100ms").ShouldNot(Receive(), "once is enough")
	})

	It("refuses a memory that is too large, and goes on", func() {
		dir := GinkgoT().TempDir()
		file, err := os.Create(filepath.Join(dir, "incidents.json"))
		Expect(err).NotTo(HaveOccurred())
		Expect(file.Truncate(33 << 20)).To(Succeed())
		Expect(file.Close()).To(Succeed())
		h := listenIn(dir)
		Expect(h.log).To(gbytes.Say("more than 33554432 bytes"))
		h.settle()
	})

	It("reads lines of any kind and length, and counts each", func() {
		h := listen()
		h.write("\n{}\nx\n" + strings.Repeat("y", 1<<20) + "\n" + line(expired(1), "cf", 1) + strings.Repeat("z", 65536) + "\n")
		h.write(strings.TrimSuffix(line(expired(1), "cf", 2), "\n"))
		Expect(h.events.Close()).To(Succeed())
		Eventually(h.ended, "1m").Should(Receive(BeNil()))
		Expect(h.metrics()).To(And(ContainSubstring(`{sort="ours"} 2`), ContainSubstring(`{sort="foreign"} 1`), ContainSubstring(`{sort="malformed"} 4`)))
	})

	It("logs the number of malformed lines once a minute, not each line", func() {
		h := listen()
		h.write("x\nx\nx\n")
		h.settle()
		h.pass(time.Minute)
		Eventually(h.log, "1m").Should(gbytes.Say("3 lines of the Health Monitor in the last minute are not valid events and are ignored"))
	})

	It("ends with an error when it is interrupted, and when it cannot read", func() {
		h := listen()
		h.cancel()
		Eventually(h.ended, "1m").Should(Receive(MatchError(alerts.ErrInterrupted)))
		h = listen()
		broken := errors.New("broken")
		h.events.CloseWithError(broken)
		Eventually(h.ended, "1m").Should(Receive(MatchError(broken)))
	})
})

var _ = Describe("Discard", func() {
	It("reads to the end, or until it is interrupted", func() {
		Expect(alerts.Discard(context.Background(), io.NopCloser(strings.NewReader("x")))).To(Succeed())
		input, _ := io.Pipe()
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		Expect(alerts.Discard(ctx, input)).To(MatchError(alerts.ErrInterrupted))
	})
})

// stuck is a writer that blocks until it is released.
type stuck struct{ letGo chan struct{} }

func (s stuck) Write(p []byte) (int, error) { <-s.letGo; return len(p), nil }

var _ = Describe("Log", func() {
	It("never waits for a disk that does not answer, and says how many lines are lost", func() {
		s, disk := stuck{make(chan struct{})}, gbytes.NewBuffer()
		log := alerts.NewLog(io.MultiWriter(s, disk))
		for range 1500 {
			_, err := io.WriteString(log, "x\n")
			Expect(err).NotTo(HaveOccurred())
		}
		close(s.letGo)
		written := func() int { return strings.Count(string(disk.Contents()), "x\n") }
		Eventually(written, "1m").Should(BeNumerically(">=", 1000))
		_, err := io.WriteString(log, "last\n")
		Expect(err).NotTo(HaveOccurred())
		log.Close()
		// There may be two such lines: the first line is written at any time.
		lost := 0
		for _, told := range regexp.MustCompile(`\((\d+) lines are lost\)`).FindAllStringSubmatch(string(disk.Contents()), -1) {
			count, err := strconv.Atoi(told[1])
			Expect(err).NotTo(HaveOccurred())
			lost += count
		}
		Expect(lost).To(Equal(1500 - written()))
		Expect(string(disk.Contents())).To(HaveSuffix(" lines are lost)\nlast\n"))
	})
})
