package e2e_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/hub/internal/db"
	"cert-health/hub/internal/inventory"
	"cert-health/internal/report"
	"cert-health/internal/report/sample"
	"cert-health/internal/scenario"
	"cert-health/internal/uplink"
)

// reporter is a simulated agent. It reports to a balancer, on a connection for each request.
type reporter struct {
	balancer *balancer
	client   *http.Client
	report   report.Report
	sequence uplink.Sequence
	digest   string
	stored   uint64 // the count of the newest report that a hub has acknowledged
}

func newReporter(number int, ca *scenario.Pair, hubs ...string) *reporter {
	GinkgoHelper()
	own := scenario.Issue(scenario.Spec{CommonName: "agent", Client: true, Issuer: ca})
	pool := x509.NewCertPool()
	pool.AddCert(ca.X509)
	settings := &tls.Config{RootCAs: pool, ServerName: "127.0.0.1", Certificates: []tls.Certificate{must(tls.X509KeyPair([]byte(own.CertPEM()), []byte(own.KeyPEM())))}}
	r := &reporter{balancer: newBalancer(number, number, hubs...), report: *report.Build(sample.Contents()), sequence: uplink.Sequence{Boot: "boot"},
		client: &http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{TLSClientConfig: settings, DisableKeepAlives: true}}}
	r.report.Instance = report.Instance{Deployment: "cf", Group: "cell", ID: fmt.Sprint("vm-", number)}
	return r
}

func (r *reporter) key() inventory.InstanceKey {
	return inventory.KeyOf(r.report.Instance.Deployment, r.report.Instance.Group, r.report.Instance.ID)
}

// post sends a message to a hub and returns the status of its answer; 0 if there is none.
func (r *reporter) post(ctx context.Context, address, path string, body []byte) int {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "https://"+address+path, bytes.NewReader(body))
	if err != nil {
		return 0
	}
	request.Header.Set("Content-Type", "application/json")
	if path == uplink.ReportsPath {
		request.Header.Set("Content-Encoding", "gzip")
	}
	response, err := r.client.Do(request)
	if err != nil {
		return 0
	}
	_ = response.Body.Close()
	return response.StatusCode
}

// send sends a report that differs from the one before. It tells whether a hub has acknowledged it.
func (r *reporter) send(ctx context.Context) bool {
	r.sequence.Count++
	sum := sha256.Sum256(fmt.Append(nil, r.key(), r.sequence.Count))
	r.digest = hex.EncodeToString(sum[:])
	r.report.Certificates[0].Fingerprint = r.digest
	contents, err := json.Marshal(&r.report)
	if err != nil {
		return false
	}
	body, err := json.Marshal(uplink.Report{Schema: uplink.Schema, Digest: r.digest, Sequence: r.sequence, Report: contents})
	if err != nil {
		return false
	}
	var packed bytes.Buffer
	packer := gzip.NewWriter(&packed)
	_, _ = packer.Write(body)
	_ = packer.Close()
	if r.post(ctx, r.balancer.Addr().String(), uplink.ReportsPath, packed.Bytes()) != http.StatusNoContent {
		return false
	}
	r.stored = r.sequence.Count
	return true
}

// known tells whether a hub has the newest report: it does not ask for it after a heartbeat.
func (r *reporter) known(ctx context.Context, address string) bool {
	r.sequence.Count++
	body, err := json.Marshal(uplink.Heartbeat{Schema: uplink.Schema, Instance: r.report.Instance, Digest: r.digest, Sequence: r.sequence, ScannedAt: time.Now()})
	return err == nil && r.post(ctx, address, uplink.HeartbeatsPath, body) == http.StatusNoContent
}

// run reports again and again until the context ends.
func (r *reporter) run(ctx context.Context) {
	for ctx.Err() == nil {
		r.send(ctx)
		select {
		case <-time.After(300 * time.Millisecond):
		case <-ctx.Done():
		}
	}
}

// shareReports sends a report to each hub, and waits until all hubs know it.
func (c *cluster) shareReports(ctx context.Context) {
	GinkgoHelper()
	for _, m := range c.members {
		r := newReporter(100+m.number, c.ca, m.agents)
		Eventually(ctx, r.send).WithArguments(ctx).WithTimeout(2 * time.Minute).Should(BeTrue())
		began := time.Now()
		for _, other := range c.members {
			address := newBalancer(100+m.number, 0, other.agents).Addr().String()
			Eventually(ctx, r.known).WithArguments(ctx, address).WithTimeout(2 * time.Minute).WithPolling(20 * time.Millisecond).Should(BeTrue())
		}
		AddReportEntry(fmt.Sprintf("all hubs know the report that hub %d has taken after %s", m.number, time.Since(began).Round(time.Millisecond)))
	}
}

// report lets agents report to all hubs until stop is called.
func (c *cluster) report(ctx context.Context) (reporters []*reporter, stop func()) {
	GinkgoHelper()
	ctx, cancel := context.WithCancel(ctx)
	var group sync.WaitGroup
	for number := range 5 {
		r := newReporter(number, c.ca, c.members[0].agents, c.members[1].agents, c.members[2].agents)
		reporters = append(reporters, r)
		group.Go(func() { r.run(ctx) })
	}
	stop = func() { cancel(); group.Wait() }
	DeferCleanup(stop)
	return reporters, stop
}

// expectNoneLost expects what hubs have acknowledged to be stored, and the newest reports to be known to
// all hubs.
func (c *cluster) expectNoneLost(ctx context.Context, reporters []*reporter) {
	GinkgoHelper()
	store := must(db.Open(ctx, c.database, slog.New(slog.DiscardHandler)))
	DeferCleanup(store.Close)
	for _, r := range reporters {
		stored := must(store.Report(ctx, r.key()))
		Expect(stored.Sequence.Count).To(BeNumerically(">=", r.stored), "an acknowledged report of %s is lost", r.key())
		Expect(r.stored).To(BeNumerically(">", 0))
		Eventually(ctx, r.send).WithArguments(ctx).WithTimeout(2 * time.Minute).Should(BeTrue())
		for _, m := range c.members {
			address := newBalancer(r.balancer.number, 0, m.agents).Addr().String()
			Eventually(ctx, r.known).WithArguments(ctx, address).WithTimeout(2 * time.Minute).Should(BeTrue())
		}
	}
}
