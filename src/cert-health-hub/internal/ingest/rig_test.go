package ingest_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"code.cloudfoundry.org/clock/fakeclock"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/types"

	"cert-health/hub/internal/db"
	"cert-health/hub/internal/ingest"
	"cert-health/hub/internal/inventory"
	"cert-health/internal/report"
	"cert-health/internal/scenario"
	"cert-health/internal/uplink"
)

// rig is a hub that takes in reports, with a real database and a real listener.
type rig struct {
	*ingest.Intake
	store     *store
	db        *db.DB
	clock     *fakeclock.FakeClock
	roster    *roster
	ca, nats  *scenario.Pair
	server    *httptest.Server
	questions chan uplink.ReferencesRequest
	say       func() uplink.ReferencesAnswer // nil: the hub answers with little
}

// store is a database that a test can make fail.
type store struct {
	*db.DB
	mutex sync.Mutex
	fault error
	hold  chan struct{} // a report sends to it, and waits until it can send once more
}

func (s *store) fail(err error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.fault = err
}

func (s *store) broken() error {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.fault
}

func (s *store) SaveReport(ctx context.Context, r db.StoredReport) error {
	if s.hold != nil {
		s.hold <- struct{}{}
		s.hold <- struct{}{}
	}
	if err := s.broken(); err != nil {
		return err
	}
	return s.DB.SaveReport(ctx, r)
}

func (s *store) SavePulses(ctx context.Context, all []inventory.Pulse) error {
	if err := s.broken(); err != nil {
		return err
	}
	return s.DB.SavePulses(ctx, all)
}

// roster is the list of a Director.
type roster struct {
	mutex   sync.Mutex
	list    []inventory.Listed
	known   bool
	changed chan struct{}
	asked   chan struct{}
}

func (r *roster) Listed() ([]inventory.Listed, bool) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	return r.list, r.known
}

func (r *roster) Watch(context.Context) <-chan struct{} { return r.changed }

func (r *roster) Ask() {
	select {
	case r.asked <- struct{}{}:
	default:
	}
}

func (r *roster) set(list ...inventory.Listed) {
	r.mutex.Lock()
	r.list, r.known = list, true
	r.mutex.Unlock()
	r.changed <- struct{}{}
}

func newRoster(list ...inventory.Listed) *roster {
	return &roster{list: list, known: list != nil, changed: make(chan struct{}, 1), asked: make(chan struct{}, 1)}
}

// newRig starts a hub. Without a roster no Director is configured.
func newRig(url string, list *roster) *rig {
	GinkgoHelper()
	r := &rig{
		clock: fakeclock.NewFakeClock(time.Now()), roster: list, questions: make(chan uplink.ReferencesRequest, 1),
		ca: scenario.Issue(scenario.Spec{CommonName: "agents", CA: true}), nats: scenario.Issue(scenario.Spec{CommonName: "default.nats-ca.bosh-internal", CA: true}),
	}
	opened, err := db.Open(context.Background(), url, logger())
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(opened.Close)
	Expect(opened.Migrate(context.Background())).To(Succeed())
	r.db, r.store = opened, &store{DB: opened}
	r.start()
	return r
}

func newFile() string { return "sqlite:" + filepath.Join(GinkgoT().TempDir(), "hub.db") }

func logger() *slog.Logger { return slog.New(slog.NewTextHandler(GinkgoWriter, nil)) }

// start starts one more hub on the same database, in place of the one before.
func (r *rig) start() {
	GinkgoHelper()
	authorities, err := ingest.NewAuthorities([]byte(r.ca.CertPEM()), []byte(r.nats.CertPEM()))
	Expect(err).NotTo(HaveOccurred())
	options := ingest.Options{Store: r.store, Authorities: authorities, Clock: r.clock, Log: logger()}
	if r.roster != nil {
		options.Roster = r.roster
	}
	options.References = func(_ context.Context, q uplink.ReferencesRequest) uplink.ReferencesAnswer {
		if r.say != nil {
			return r.say()
		}
		r.questions <- q
		return uplink.ReferencesAnswer{Schema: uplink.Schema, State: "ok"}
	}
	r.Intake = ingest.New(options)
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan struct{})
	intake := r.Intake
	go func() { defer close(ended); intake.Run(ctx) }()
	DeferCleanup(func() { stop(); Eventually(ended).Should(BeClosed()) })
	r.server = httptest.NewUnstartedServer(r.Intake)
	r.server.TLS = &tls.Config{ClientAuth: tls.VerifyClientCertIfGiven, ClientCAs: authorities.Pool()}
	r.server.StartTLS()
	DeferCleanup(r.server.Close)
	Eventually(func() error { return intake.Ready(ctx) }).Should(Succeed())
}

// agent is a VM with a client certificate.
type agent struct {
	*rig
	instance report.Instance
	client   *http.Client
	sequence uplink.Sequence
	digest   string
}

// agent makes one whose requests come from an address of loopback.
func (r *rig) agent(id, address string, pair *scenario.Pair) *agent {
	GinkgoHelper()
	a := &agent{rig: r, instance: report.Instance{Deployment: "cf", Group: "cell", ID: id, AZ: "z1", Address: address}, sequence: uplink.Sequence{Boot: "boot-" + id}}
	config := &tls.Config{RootCAs: r.server.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs, ServerName: "example.com"}
	if pair != nil {
		config.Certificates = []tls.Certificate{keyPair(pair)}
	}
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(address)}}
	transport := &http.Transport{TLSClientConfig: config, DialContext: dialer.DialContext}
	DeferCleanup(transport.CloseIdleConnections)
	a.client = &http.Client{Transport: transport, Timeout: time.Minute}
	return a
}

func keyPair(pair *scenario.Pair) tls.Certificate {
	GinkgoHelper()
	made, err := tls.X509KeyPair([]byte(pair.CertPEM()), []byte(pair.KeyPEM()))
	Expect(err).NotTo(HaveOccurred())
	return made
}

// shared is the client certificate that all agents of a runtime config have.
func (r *rig) shared() *scenario.Pair {
	return scenario.Issue(scenario.Spec{CommonName: "cert-health-agent", Client: true, Issuer: r.ca})
}

// answer is what the hub said.
type answer struct {
	Status int
	Error  string
	Pause  string
}

func (a *agent) post(path string, body []byte, headers ...string) answer {
	GinkgoHelper()
	got, err := a.try(path, bytes.NewReader(body), headers...)
	Expect(err).NotTo(HaveOccurred())
	return got
}

func (a *agent) try(path string, body io.Reader, headers ...string) (answer, error) {
	request, err := http.NewRequest(http.MethodPost, a.server.URL+path, body)
	if err != nil {
		return answer{}, err
	}
	for i := 0; i < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	got, err := a.client.Do(request)
	if err != nil {
		return answer{}, err
	}
	defer got.Body.Close()
	var refusal uplink.Refusal
	_ = json.NewDecoder(got.Body).Decode(&refusal)
	return answer{got.StatusCode, refusal.Error, got.Header.Get("Retry-After")}, nil
}

// sample is the report of an instance. Its one certificate has the name.
func sample(instance report.Instance, name string) json.RawMessage {
	return fmt.Appendf(nil, `{"schema": 1, "instance": %s, "checked_at": "2026-11-22T03:04:05Z", "new_key": {"kept": true},
		"certificates": [{"name": %q, "fingerprint_sha256": "ab", "locations": [{"file": "/x", "form": "pem"}]}]}`, encoded(instance), name)
}

func encoded(value any) []byte {
	GinkgoHelper()
	text, err := json.Marshal(value)
	Expect(err).NotTo(HaveOccurred())
	return text
}

func packed(contents []byte) []byte {
	var out bytes.Buffer
	packer := gzip.NewWriter(&out)
	_, _ = packer.Write(contents)
	_ = packer.Close()
	return out.Bytes()
}

// digestOf is any digest: the hub does not compute it.
func digestOf(letter string) string { return strings.Repeat(letter, 64) }

// message is the agent's next report.
func (a *agent) message(letter string) uplink.Report {
	a.sequence.Count++
	a.digest = digestOf(letter)
	return uplink.Report{Schema: 1, Digest: a.digest, Sequence: a.sequence, Report: sample(a.instance, "cert-"+letter)}
}

func (a *agent) send(m uplink.Report) answer {
	GinkgoHelper()
	return a.post(uplink.ReportsPath, packed(encoded(m)), "Content-Encoding", "gzip")
}

func (a *agent) report(letter string) answer { GinkgoHelper(); return a.send(a.message(letter)) }

func (a *agent) beat() answer {
	GinkgoHelper()
	return a.post(uplink.HeartbeatsPath, encoded(uplink.Heartbeat{Schema: 1, Instance: a.instance, Digest: a.digest, Sequence: a.sequence, ScannedAt: a.clock.Now()}))
}

func (a *agent) ask() answer {
	GinkgoHelper()
	return a.post(uplink.ReferencesPath, encoded(uplink.ReferencesRequest{Schema: 1, Instance: a.instance}))
}

func (a *agent) key() inventory.InstanceKey {
	return inventory.KeyOf(a.instance.Deployment, a.instance.Group, a.instance.ID)
}

// kept is what the database has of the instance.
func (a *agent) kept() db.StoredReport {
	GinkgoHelper()
	found, err := a.db.Report(context.Background(), a.key())
	Expect(err).NotTo(HaveOccurred())
	return found
}

// events are the texts of events of a kind.
func (r *rig) events(kind string) (texts []string) {
	GinkgoHelper()
	all, err := r.db.Events(context.Background(), 0, 1000)
	Expect(err).NotTo(HaveOccurred())
	for _, e := range all {
		if e.Kind == kind {
			texts = append(texts, e.Text)
		}
	}
	return texts
}

// status matches an answer.
func status(code int) types.GomegaMatcher { return HaveField("Status", code) }

func listed(id, agentID string, addresses ...string) inventory.Listed {
	return inventory.Listed{Deployment: "cf", Group: "cell", ID: id, AgentID: agentID, Addresses: addresses, VM: true, Expected: true}
}

// again is the same agent with a new connection, to the hub that was started last.
func (a *agent) again() *agent {
	GinkgoHelper()
	other := a.rig.agent(a.instance.ID, a.instance.Address, nil)
	other.client.Transport.(*http.Transport).TLSClientConfig.Certificates = a.client.Transport.(*http.Transport).TLSClientConfig.Certificates
	other.sequence, other.digest, other.instance = a.sequence, a.digest, a.instance
	return other
}

type dbReport = db.StoredReport
