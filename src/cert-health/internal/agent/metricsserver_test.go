package agent_test

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/scenario"
)

// freeAddress is an address on loopback without a listener.
func freeAddress() string {
	GinkgoHelper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	Expect(err).NotTo(HaveOccurred())
	defer listener.Close()
	return listener.Addr().String()
}

var _ = Describe("the agent's metrics", func() {
	var (
		r             *rig
		address, text string
	)
	get := func(path string) func() (string, error) {
		return func() (string, error) {
			answer, err := http.Get("http://" + address + path)
			if err != nil {
				return "", err
			}
			defer answer.Body.Close()
			body, err := io.ReadAll(answer.Body)
			return fmt.Sprintf("%d %s", answer.StatusCode, body), err
		}
	}
	BeforeEach(func() {
		r, address = newRig(), freeAddress()
		text = filepath.Join(GinkgoT().TempDir(), "textfile")
		Expect(os.Mkdir(text, 0o700)).To(Succeed())
		r.agent.Version = "1.2.3"
		r.configure(fmt.Sprintf("metrics: {address: %q, textfile_dir: %s}", address, text))
		r.deploy(scenario.Files{"a.pem": scenario.Issue(scenario.Spec{CommonName: "rep", NotBefore: time.Now().AddDate(-1, 0, 0), NotAfter: time.Now().Add(-time.Hour)}).CertPEM()})
	})

	It("are served from the start, follow the scans, and end with the agent", func() {
		r.agent.Jitter = func(below time.Duration) time.Duration { return below } // the first scan waits for the clock
		r.start()
		Eventually(get("/healthz"), "5s", "5ms").Should(HavePrefix("503"))
		r.clock.WaitForNWatchersAndIncrement(time.Minute, 3)
		Eventually(get("/healthz"), "5s", "5ms").Should(Equal("200 ok\n"))
		Expect(get("/metrics")()).To(And(ContainSubstring(`x509_cert_expired{bosh_deployment="cf",bosh_job_name="cell",bosh_job_id="0"`),
			ContainSubstring(`version="1.2.3"`)))
		file := filepath.Join(text, "cert-health.prom")
		Eventually(func() string { contents, _ := os.ReadFile(file); return string(contents) }, "5s", "5ms").Should(ContainSubstring("x509_cert_expired{"))

		r.clock.Increment(time.Second)
		r.stop()
		_, err := get("/healthz")()
		Expect(err).To(HaveOccurred())
		Expect(file).NotTo(BeAnExistingFile(), "a stopped agent leaves no metrics")
	})

	It("are moved by a reload", func() {
		r.start()
		r.first()
		Eventually(get("/healthz"), "5s", "5ms").Should(HavePrefix("200"))
		before := address
		address = freeAddress()
		r.configure(fmt.Sprintf("metrics: {address: %q}", address))
		r.reload <- struct{}{}
		r.clock.WaitForNWatchersAndIncrement(time.Second, 3)
		Eventually(get("/healthz"), "5s", "5ms").Should(HavePrefix("200"))
		_, err := net.Dial("tcp", before)
		Expect(err).To(HaveOccurred())
		Expect(filepath.Join(text, "cert-health.prom")).NotTo(BeAnExistingFile())
	})

	It("are tried again if the address is in use, which is logged once", func() {
		taken, err := net.Listen("tcp", address)
		Expect(err).NotTo(HaveOccurred())
		r.start()
		r.first()
		r.pass()
		Expect(r.log.String()).To(ContainSubstring("metrics server failed: serve metrics: listen tcp " + address))
		Expect(taken.Close()).To(Succeed())
		r.pass()
		Eventually(get("/healthz"), "5s", "5ms").Should(HavePrefix("200"))
		Expect(r.log.String()).To(ContainSubstring("metrics server works again"))
	})

	It("report failed scans", func() {
		r.start()
		r.first()
		Eventually(get("/metrics"), "5s", "5ms").Should(ContainSubstring(`x509_source_up{bosh_deployment="cf",bosh_job_name="cell",bosh_job_id="0",source_kind="file",source_name="jobs"} 1`))
		Expect(os.RemoveAll(r.root)).To(Succeed())
		r.clock.WaitForNWatchersAndIncrement(time.Minute, 3)
		Eventually(get("/metrics"), "5s", "5ms").Should(And(ContainSubstring(`source_name="jobs"} 0`), ContainSubstring(`reason="walk_error"} 1`)))
	})
})
