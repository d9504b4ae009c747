package alerts_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/gexec"
)

// driver starts the built program as the Health Monitor does: with a pipe for each standard
// stream, and one line for each event.
type driver struct {
	events  *os.File
	session *gexec.Session
	dir     string
}

var program string

var _ = BeforeSuite(func() {
	var err error
	program, err = gexec.Build("cert-health/cmd/cert-health-alerts")
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(gexec.CleanupBuildArtifacts)
})

// drive starts the plugin with settings, to which it adds a log and a textfile. The settings
// come from a file descriptor, as from the script of the job.
func drive(settings map[string]any) *driver {
	GinkgoHelper()
	d := &driver{dir: GinkgoT().TempDir()}
	settings["log"] = filepath.Join(d.dir, "plugin.log")
	settings["textfile"] = map[string]any{"directory": d.dir, "interval": "1s"}
	text, err := json.Marshal(settings)
	Expect(err).NotTo(HaveOccurred())
	handed, hand, err := os.Pipe()
	Expect(err).NotTo(HaveOccurred())
	_, err = hand.Write(text)
	Expect(err).NotTo(HaveOccurred())
	Expect(hand.Close()).To(Succeed())
	input, events, err := os.Pipe()
	Expect(err).NotTo(HaveOccurred())
	command := exec.Command(program, "--config", "/dev/fd/3")
	command.Stdin, command.ExtraFiles, d.events = input, []*os.File{handed}, events
	d.session, err = gexec.Start(command, GinkgoWriter, GinkgoWriter)
	Expect(err).NotTo(HaveOccurred())
	Expect(input.Close()).To(Succeed())
	Expect(handed.Close()).To(Succeed())
	DeferCleanup(func() { d.session.Kill().Wait("10s"); _ = events.Close() })
	return d
}

// send fails if the plugin does not read an event in time, because the Health Monitor and all
// its other plugins would wait.
func (d *driver) send(events ...string) {
	GinkgoHelper()
	Expect(d.events.SetWriteDeadline(time.Now().Add(20 * time.Second))).To(Succeed())
	_, err := io.WriteString(d.events, strings.Join(events, ""))
	Expect(err).NotTo(HaveOccurred(), "the Health Monitor had to wait")
}

func (d *driver) file(name string) string {
	contents, _ := os.ReadFile(filepath.Join(d.dir, name))
	return string(contents)
}

// peak is the largest resident size of the program so far, in MB.
func (d *driver) peak() int {
	GinkgoHelper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", d.session.Command.Process.Pid))
	Expect(err).NotTo(HaveOccurred())
	kilobytes, err := strconv.Atoi(regexp.MustCompile(`VmHWM:\s+(\d+) kB`).FindStringSubmatch(string(status))[1])
	Expect(err).NotTo(HaveOccurred())
	return kilobytes >> 10
}

func (d *driver) printsNothing() {
	GinkgoHelper()
	Expect(d.session.Out.Contents()).To(BeEmpty())
	Expect(d.session.Err.Contents()).To(BeEmpty())
}

const heartbeat = `{"kind":"heartbeat","id":"5d5a","timestamp":1700000000,"deployment":"cf","agent_id":"a1","job":"cell","index":"0","instance_id":"1",` +
	`"job_state":"running","vitals":{"cpu":{"sys":"1.0","user":"2.0","wait":"0.1"},"mem":{"kb":"1000","percent":"5"}},"teams":[],"metrics":[]}` + "\n"

// second returns the events of one second: 10,000 events, of which 1,000 are from one VM. The VM
// alternately has expired certificates and has none. Each of its events causes a notice.
func second() []string {
	foreign := `{"kind":"alert","id":"1","severity":1,"title":"nats (10.0.0.5) - Does not exist - restart","source":"cf: nats(1) []","deployment":"cf"}` + "\n"
	var events []string
	for range 500 {
		events = append(events, line(expired(10), "cf", 1), line(cleared, "cf", 1), foreign, "no event\n")
		for range 16 {
			events = append(events, heartbeat)
		}
	}
	return append(events, strings.Repeat("long", 1<<18)+"\n")
}

var _ = Describe("the built program, started as by the Health Monitor", func() {
	It("reads 10,000 events a second with bounded memory while a receiver does not answer, and counts what it drops", func() {
		const seconds, queue = 10, 50
		arrived, release := make(chan struct{}, 2*queue), make(chan struct{})
		hanging := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { arrived <- struct{}{}; <-release }))
		DeferCleanup(hanging.Close)
		d := drive(map[string]any{
			"incidents": map[string]any{"open_after": "0s"}, "delivery": map[string]any{"queue": queue, "timeout": "1h"},
			"slack": []any{map[string]any{"name": "ops", "url": hanging.URL + "/services/s3cr3t"}},
		})
		DeferCleanup(func() {
			select {
			case <-release:
			default:
				close(release)
			}
		})
		d.send(line(expired(1), "other", 1))
		Eventually(arrived, "20s").Should(Receive(), "the first notice hangs now")

		// The incident of a fleet stays open all the time.
		for vm := range 2000 {
			d.send(line(expired(10), "fleet", vm))
		}
		events := second()
		begin := time.Now()
		for range seconds {
			d.send(events...)
		}
		GinkgoWriter.Printf("%d events in %s, peak %d MB\n", seconds*len(events), time.Since(begin), d.peak())
		AddReportEntry("events per second", int(float64(seconds*len(events))/time.Since(begin).Seconds()))
		Expect(time.Since(begin)).To(BeNumerically("<", seconds*6*time.Second))

		// One notice is being sent, and the queue is full. All other notices, of the
		// fleet's opening and of each change of the one VM, are lost.
		lost := 1 + seconds*1000 - queue
		Eventually(func() string { return d.file("cert-health.prom") }, "20s").Should(And(
			ContainSubstring(fmt.Sprintf("cert_health_plugin_dropped_total{receiver=\"ops\"} %d\n", lost)),
			ContainSubstring(fmt.Sprintf("cert_health_plugin_queued{receiver=\"ops\"} %d\n", queue)),
			ContainSubstring(fmt.Sprintf("{sort=\"ours\"} %d\n", 1+2000+seconds*1000)),
			ContainSubstring(fmt.Sprintf("{sort=\"foreign\"} %d\n", seconds*17*500)),
			ContainSubstring(fmt.Sprintf("{sort=\"malformed\"} %d\n", seconds*501)),
			ContainSubstring(`cert_health_incident_instances{deployment="fleet",class="expired"} 2000`),
		))
		peak := d.peak()
		AddReportEntry("peak MB", peak)
		Expect(peak).To(BeNumerically("<", 64))

		close(release)
		Eventually(func() string { return d.file("cert-health.prom") }, "20s").Should(And(
			ContainSubstring(fmt.Sprintf("cert_health_plugin_delivered_total{receiver=\"ops\"} %d\n", queue+1)),
			ContainSubstring(fmt.Sprintf("cert_health_plugin_dropped_total{receiver=\"ops\"} %d\n", lost))))
		Expect(d.events.Close()).To(Succeed())
		Eventually(d.session, "10s").Should(gexec.Exit(0))
		d.printsNothing()
		Expect(d.file("plugin.log")).To(And(ContainSubstring("a notice is lost: the queue is full"), Not(ContainSubstring("s3cr3t"))))
	})

	It("ends at once on SIGTERM with a failure, even while a receiver does not answer", func() {
		hanging, release := make(chan struct{}, 1), make(chan struct{})
		server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { hanging <- struct{}{}; <-release }))
		DeferCleanup(server.Close)
		DeferCleanup(func() { close(release) })
		d := drive(map[string]any{"incidents": map[string]any{"open_after": "0s"}, "webhooks": []any{map[string]any{"url": server.URL}}})
		d.send(line(expired(1), "cf", 1))
		Eventually(hanging, "20s").Should(Receive())
		d.session.Terminate()
		Eventually(d.session, "10s").Should(gexec.Exit())
		Expect(d.session.ExitCode()).NotTo(Equal(0))
		d.printsNothing()
		Expect(d.file("plugin.log")).To(ContainSubstring("the plugin was stopped, and the Health Monitor still runs"))
	})

	It("reads and discards events if the settings are not valid, and logs why in the log that they name", func() {
		d := drive(map[string]any{"slak": []any{}})
		for range 20 {
			d.send(second()...)
		}
		Expect(d.session).NotTo(gexec.Exit())
		Expect(d.file("plugin.log")).To(ContainSubstring(`slak is not a known key; did you mean "slack"?`))
		d.session.Terminate()
		Eventually(d.session, "10s").Should(gexec.Exit())
		Expect(d.session.ExitCode()).NotTo(Equal(0))
		d.printsNothing()
	})
})
