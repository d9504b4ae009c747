package answers_test

import (
	"context"
	"encoding/json"
	"encoding/pem"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/hub/internal/answers"
	"cert-health/hub/internal/catalog"
	"cert-health/hub/internal/collect"
	"cert-health/hub/internal/db"
	hubvault "cert-health/hub/internal/source/vault"
	"cert-health/internal/cert"
	"cert-health/internal/reference"
	"cert-health/internal/report"
	"cert-health/internal/scenario"
	"cert-health/internal/scenario/vaulttest"
	"cert-health/internal/secret"
	"cert-health/internal/uplink"
	hubsource "cert-health/internal/uplink/source"
	"cert-health/internal/vault/client"
	"cert-health/internal/vault/source"
	"cert-health/internal/verdict"
)

// platform is a real Vault, and a hub that collects it into a real database and answers agents over TLS.
type platform struct {
	vault     *vaulttest.Server
	collector *collect.Collector
	server    *httptest.Server
	identity  *scenario.Pair // of the agents
}

func newPlatform() *platform {
	GinkgoHelper()
	p := &platform{vault: vaulttest.Start(scenario.DevVaultOptions{TLS: true}), identity: scenario.Issue(scenario.Spec{CommonName: "agent", Client: true})}
	log := slog.New(slog.DiscardHandler)
	store, err := db.Open(context.Background(), "sqlite:"+filepath.Join(GinkgoT().TempDir(), "hub.db"), log)
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(store.Close)
	Expect(store.Migrate(context.Background())).To(Succeed())
	reader, err := hubvault.New("vault", hubvault.Options{Client: p.client(), Paths: []string{"*"}, History: 10})
	Expect(err).NotTo(HaveOccurred())
	p.collector, err = collect.New(collect.Options{Sources: []collect.Source{{Name: "vault", Type: "vault", Interval: time.Hour, Source: reader}},
		Store: store, Policy: catalog.DefaultPolicy(), Log: log})
	Expect(err).NotTo(HaveOccurred())
	running, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		p.collector.Run(running)
	}()
	DeferCleanup(func() {
		cancel()
		<-ended
	})
	p.serve()
	return p
}

func (p *platform) client() client.Options {
	return client.Options{Address: p.vault.Address, CACert: p.vault.CACert, Auth: client.Auth{Token: secret.New(p.vault.Token)}, MaxWait: time.Millisecond}
}

// serve answers agents, as the hub's listener for them does.
func (p *platform) serve() {
	service := answers.New(answers.Options{View: p.collector.View, Loaded: p.collector.Loaded})
	p.server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer GinkgoRecover()
		Expect(r.URL.Path).To(Equal(uplink.ReferencesPath))
		var request uplink.ReferencesRequest
		Expect(json.NewDecoder(r.Body).Decode(&request)).To(Succeed())
		Expect(request.Instance.ID).NotTo(BeEmpty())
		Expect(json.NewEncoder(w).Encode(service.Answer(r.Context(), request))).To(Succeed())
	}))
	DeferCleanup(p.server.Close)
}

// collect lets the hub collect everything again.
func (p *platform) collect() {
	GinkgoHelper()
	now := time.Now()
	Eventually(func() error { return p.collector.Refresh("vault") }).WithTimeout(time.Minute).Should(Succeed())
	Eventually(func() bool {
		s, _ := p.collector.View().Source("vault")
		return s.LastAttempt.After(now) && !s.LastSuccess.Before(s.LastAttempt) && s.Error == ""
	}).WithTimeout(time.Minute).Should(BeTrue())
}

// settings are those of an agent with reference: hub.
func (p *platform) settings() uplink.Options {
	ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: p.server.Certificate().Raw})
	return uplink.Options{URL: []string{p.server.URL}, CACert: string(ca), Cert: p.identity.CertPEM(), PrivateKey: secret.New(p.identity.KeyPEM())}
}

// town is an engine in Vault, and a VM with two agents: one compares with Vault, the other with the hub.
type town struct {
	*platform
	engine         string
	version        int // of the engine
	deployed       []*scenario.Pair
	direct, viaHub *agent
	age            time.Duration // by which the clock of the VM is ahead
}

// agent is what an agent knows.
type agent struct {
	follower  *reference.Follower
	words     verdict.Source
	knowledge *reference.Knowledge
}

func (p *platform) town(version int) *town {
	GinkgoHelper()
	t := &town{platform: p, engine: p.vault.Engine(version), version: version}
	now := func() time.Time { return time.Now().Add(t.age) }
	options := source.Options{Client: p.client(), Mode: source.Data, Paths: []string{t.engine}}
	direct, err := source.New(options)
	Expect(err).NotTo(HaveOccurred())
	t.direct = &agent{follower: reference.Follow(direct, "cf", nil, now), words: source.Remedies{Paths: "cert_health.reference_paths"}}
	t.restart(nil)
	return t
}

// restart starts the agent that compares with the hub, with what it knows from before.
func (t *town) restart(known *reference.Knowledge) {
	GinkgoHelper()
	now := func() time.Time { return time.Now().Add(t.age) }
	of := hubsource.Options{Reference: hubsource.Hub, Paths: []string{t.engine}, Hub: t.settings(), Vault: source.Remedies{}}
	opened, err := of.Open(report.Instance{Deployment: "cf", Group: "cell", ID: "3f2a"}, reference.Regularly, now)
	Expect(err).NotTo(HaveOccurred())
	if known != nil {
		opened.Recall(known)
	}
	t.viaHub = &agent{follower: reference.Follow(opened, "cf", known, now), words: opened.Remedies}
}

func (t *town) put(path string, data map[string]any) {
	GinkgoHelper()
	if t.version == 1 {
		t.vault.Write(t.engine+"/"+path, data)
		return
	}
	t.vault.WriteSecret(t.engine, path, data)
}

func (t *town) deploy(pairs ...*scenario.Pair) { t.deployed = pairs }

func (t *town) files() (all []cert.Deployed) {
	for i, p := range t.deployed {
		role := cert.Leaf
		if p.Noun().CA {
			role = cert.Trust
		}
		all = append(all, cert.Deployed{Certificate: p.Noun(), Role: role, Locations: []cert.Location{{Job: "rep", File: "/var/vcap/jobs/rep/ca.crt", Line: 10*i + 1, Form: cert.PEM}}})
	}
	return all
}

// says lets the hub collect and both agents compare. It checks that both have the same findings, word
// for word, and returns the state of each certificate.
func (t *town) says() (states []cert.ReferenceState) {
	GinkgoHelper()
	t.collect()
	files := t.files()
	direct, viaHub := t.direct.references(files), t.viaHub.references(files)
	Expect(plain(viaHub)).To(MatchJSON(plain(direct)))
	now := time.Now().Add(t.age + 72*time.Hour) // some days later, when the grace is over
	Expect(t.viaHub.findings(files, viaHub, now)).To(Equal(t.direct.findings(files, direct, now)))
	for _, d := range files {
		states = append(states, direct[d.Certificate.Fingerprint].State)
	}
	return states
}

// plain are references as text: the same time may have several forms in memory.
func plain(references map[cert.Fingerprint]cert.Reference) string {
	GinkgoHelper()
	text, err := json.Marshal(references)
	Expect(err).NotTo(HaveOccurred())
	return string(text)
}

// references are what the agent knows after it has asked.
func (a *agent) references(files []cert.Deployed) map[cert.Fingerprint]cert.Reference {
	GinkgoHelper()
	knowledge, answer := a.follower.Ask(context.Background(), files)
	Expect(answer.State).To(Equal(reference.OK), answer.Error)
	Expect(answer.Problems).To(BeEmpty())
	a.knowledge = knowledge
	return knowledge.Resolve(files, "cf")
}

// findings are those of a moment.
func (a *agent) findings(files []cert.Deployed, references map[cert.Fingerprint]cert.Reference, now time.Time) []verdict.Judgement {
	return verdict.Judge(verdict.Facts{Deployed: files, References: references, Source: a.words, Deployment: "cf", Instance: "cell/3f2a", Now: now},
		&verdict.Policy{Thresholds: verdict.DefaultThresholds()})
}
