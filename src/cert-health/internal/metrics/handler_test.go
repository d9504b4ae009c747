package metrics_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/cert"
	"cert-health/internal/metrics"
	"cert-health/internal/promtext"
	"cert-health/internal/report"
)

var _ = Describe("Exporter", func() {
	var (
		e     *metrics.Exporter
		clock time.Time
		r     *report.Report
	)

	BeforeEach(func() {
		clock = now
		e = &metrics.Exporter{Now: func() time.Time { return clock }}
		r = judged(now, policy(), nil, deployed(ended("rep"), cert.Leaf, at("a.crt", 1, cert.PEM)))
	})

	get := func(method, path string) *httptest.ResponseRecorder {
		answer := httptest.NewRecorder()
		e.Handler().ServeHTTP(answer, httptest.NewRequest(method, path, nil))
		return answer
	}

	It("is healthy while scans are completed, whatever they find", func() {
		Expect(get("GET", "/healthz").Code).To(Equal(http.StatusServiceUnavailable), "before the first scan")
		e.Set(r, metrics.State{Scanned: now})
		Expect(get("GET", "/healthz")).To(And(HaveHTTPStatus(200), HaveHTTPBody("ok\n")))
		clock = now.Add(15*time.Minute - time.Second)
		Expect(get("HEAD", "/healthz").Code).To(Equal(200))
		clock = now.Add(15 * time.Minute)
		Expect(get("GET", "/healthz")).To(And(HaveHTTPStatus(503), HaveHTTPBody("the last scan was completed at 2026-11-22T03:04:05Z\n")))
	})

	It("is not healthy when its last scan has a time in the future, after the clock was set back", func() {
		e.Set(r, metrics.State{Scanned: now})
		clock = now.Add(-10 * time.Second)
		Expect(get("GET", "/healthz").Code).To(Equal(200), "a time service may do that")
		clock = now.Add(-time.Hour)
		Expect(get("GET", "/healthz").Code).To(Equal(503))
	})

	It("answers a scrape with the current time", func() {
		Expect(series(get("GET", "/metrics").Body.String(), "x509_source_up")).To(ContainElement(0.0))
		e.Set(r, metrics.State{Scanned: now})
		answer := get("GET", "/metrics")
		Expect(answer).To(And(HaveHTTPStatus(200), HaveHTTPHeaderWithValue("Content-Type", promtext.ContentType)))
		Expect(series(answer.Body.String(), "x509_source_up")).To(ContainElement(1.0))
		clock = now.Add(time.Hour)
		Expect(series(get("GET", "/metrics").Body.String(), "x509_source_up")).To(ContainElement(0.0), "an agent that hangs is not up")
	})

	It("follows its options", func() {
		e.All, e.MaxPlacements = true, 1
		e.Set(judged(now, policy(), nil, deployed(well("a"), cert.Leaf, at("a", 1, cert.PEM), at("b", 1, cert.PEM))), metrics.State{})
		out := get("GET", "/metrics").Body.String()
		Expect(series(out, "x509_cert_not_after")).To(HaveLen(1))
		Expect(series(out, "cert_health_placements_left_out")).To(HaveKeyWithValue("", 1.0))
	})

	It("serves no other path", func() {
		Expect(get("GET", "/").Code).To(Equal(404))
		Expect(get("GET", "/debug/pprof/").Code).To(Equal(404))
		Expect(get("POST", "/metrics").Code).To(Equal(405))
	})

	It("can be set and read at the same time", func() {
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() {
				for range 50 {
					e.Set(r, metrics.State{Scanned: now})
					Expect(get("GET", "/metrics").Code).To(Equal(200))
				}
			})
		}
		all.Wait()
	})

	Describe("Textfile", func() {
		var dir string
		BeforeEach(func() {
			dir = GinkgoT().TempDir()
			e.Set(r, metrics.State{Scanned: now})
		})

		It("writes one complete file that every user can read, and no other file", func() {
			for range 2 {
				Expect(e.Textfile(dir)).To(Succeed())
			}
			contents, err := os.ReadFile(filepath.Join(dir, "cert-health.prom"))
			Expect(err).NotTo(HaveOccurred())
			Expect(string(contents)).To(Equal(get("GET", "/metrics").Body.String()))
			Expect(os.ReadDir(dir)).To(HaveLen(1))
			info, err := os.Stat(filepath.Join(dir, "cert-health.prom"))
			Expect(err).NotTo(HaveOccurred())
			Expect(info.Mode().Perm()).To(Equal(os.FileMode(0o644)))
		})

		It("is complete for a reader at any time", func() {
			Expect(e.Textfile(dir)).To(Succeed())
			whole, err := os.ReadFile(filepath.Join(dir, "cert-health.prom"))
			Expect(err).NotTo(HaveOccurred())
			done := make(chan error)
			go func() {
				for range 200 {
					if err := e.Textfile(dir); err != nil {
						done <- err
						return
					}
				}
				done <- nil
			}()
			for reading := true; reading; {
				select {
				case err := <-done:
					Expect(err).NotTo(HaveOccurred())
					reading = false
				default:
					contents, err := os.ReadFile(filepath.Join(dir, "cert-health.prom"))
					Expect(err).NotTo(HaveOccurred())
					Expect(string(contents)).To(Equal(string(whole)))
				}
			}
		})

		It("gives the same error each time for a missing directory", func() {
			missing := filepath.Join(dir, "missing")
			Expect(e.Textfile(missing)).To(MatchError("write " + missing + "/cert-health.prom: no such file or directory"))
			Expect(e.Textfile(missing)).To(MatchError("write " + missing + "/cert-health.prom: no such file or directory"))
		})

		It("is removed when the agent ends, with the temporary files of a killed agent", func() {
			Expect(e.Textfile(dir)).To(Succeed())
			Expect(os.WriteFile(filepath.Join(dir, ".cert-health.prom-123"), []byte("half"), 0o600)).To(Succeed())
			Expect(os.WriteFile(filepath.Join(dir, "other.prom"), nil, 0o600)).To(Succeed())
			Expect(metrics.RemoveTextfile(dir)).To(Succeed())
			left, err := os.ReadDir(dir)
			Expect(err).NotTo(HaveOccurred())
			Expect(left).To(HaveLen(1))
			Expect(left[0].Name()).To(Equal("other.prom"))
			Expect(metrics.RemoveTextfile(dir)).To(Succeed(), "there is none to remove")
		})
	})
})
