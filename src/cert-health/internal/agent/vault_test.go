package agent_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/agent"
	"cert-health/internal/report"
	"cert-health/internal/scenario"
	"cert-health/internal/secret"
	"cert-health/internal/vault/client"
	"cert-health/internal/vault/publish"
)

var _ = Describe("with Vault, in mode metadata", Ordered, func() {
	var (
		ctx    = context.Background()
		server *scenario.DevVault
		token  string // may read what is published, and no secret
		r      *rig
		a      []*scenario.Pair
	)

	// tokenFor makes such a token.
	tokenFor := func(parameters map[string]any) string {
		GinkgoHelper()
		policy, err := scenario.Policy("vault-policy-agent.hcl", "secret", "cf")
		Expect(err).NotTo(HaveOccurred())
		token, err := server.NewToken(ctx, policy, parameters)
		Expect(err).NotTo(HaveOccurred())
		return token
	}

	BeforeAll(func() {
		var err error
		server, err = scenario.StartDevVault(ctx, scenario.DevVaultOptions{Dir: GinkgoT().TempDir()})
		Expect(err).NotTo(HaveOccurred())
		DeferCleanup(server.Stop)
		token = tokenFor(map[string]any{"ttl": "24h"})
	})

	put := func(p *scenario.Pair) {
		GinkgoHelper()
		Expect(server.Put(ctx, "cf/a", p.Safe())).To(Succeed())
		client, err := client.New(client.Options{Address: server.Address, Auth: client.Auth{Token: secret.New(server.Token)}})
		Expect(err).NotTo(HaveOccurred())
		_, err = publish.New(client, publish.Options{Paths: []string{"secret/cf"}, MaxSecrets: 10, Now: time.Now}).Run(ctx)
		Expect(err).NotTo(HaveOccurred())
	}
	configure := func(token string) {
		r.configure(fmt.Sprintf("vault: {address: %q, paths: [\"secret/{{deployment}}\"], auth: {token: %s}}\nthresholds: {drift_grace: 1s}\n", server.Address, token))
	}
	written := func() report.Report {
		var read report.Report
		contents, _ := os.ReadFile(filepath.Join(r.data, "report.json"))
		_ = json.Unmarshal(contents, &read)
		return read
	}
	state := func() string {
		read := written()
		if len(read.Certificates) == 0 || last(read).Reference == nil {
			return read.Reference.State
		}
		return read.Reference.State + " " + string(last(read).Reference.State)
	}
	// answered advances the clock until the report has this state.
	answered := func(expected string) {
		GinkgoHelper()
		Eventually(func() string {
			r.clock.Increment(time.Minute)
			return state()
		}, "20s", "20ms").Should(Equal(expected))
	}

	BeforeEach(func() {
		r = newRig()
		a = nil
		for i := range 3 {
			a = append(a, scenario.Issue(scenario.Spec{CommonName: "a", NotBefore: time.Now().Add(time.Duration(i-9) * time.Hour)}))
		}
		_, err := server.Client.Logical().Delete("secret/metadata/cf/a")
		Expect(err).NotTo(HaveOccurred())
		put(a[0])
		r.deploy(scenario.Files{"a.pem": a[0].CertPEM()})
		configure(token)
	})

	AfterEach(func() {
		if CurrentSpecReport().Failed() {
			AddReportEntry("log", r.log.String())
			AddReportEntry("memory", r.memory())
			report, _ := os.ReadFile(filepath.Join(r.data, "report.json"))
			AddReportEntry("report", string(report))
		}
	})

	It("says until the first comparison that Vault has not been asked, and names it in the step all the same", func() {
		a[0] = scenario.Issue(scenario.Spec{CommonName: "a", NotBefore: time.Now().AddDate(-1, 0, 0), NotAfter: time.Now().Add(-time.Hour)})
		r.deploy(scenario.Files{"a.pem": a[0].CertPEM()})
		r.agent.Jitter = func(below time.Duration) time.Duration { return below / time.Minute / 2 * time.Minute } // of the comparison alone
		r.start()
		r.first()
		Eventually(state, "1m").Should(Equal("not_asked"))
		read := written()
		Expect(read.Reference.Error).To(BeEmpty())
		Expect(read.Problems).To(BeEmpty())
		Expect(read.Certificates[0].Findings[0].Next).To(HavePrefix("renew it in Vault if Vault holds it, which is not known yet; otherwise "))
	})

	It("sends an alert again when the next step changes", func() {
		box := &letterbox{}
		address, _ := box.serve("127.0.0.1:0")
		lapsed := scenario.Issue(scenario.Spec{CommonName: "lapsed", NotBefore: time.Now().AddDate(-1, 0, 0), NotAfter: time.Now().Add(-time.Hour)})
		put(lapsed)
		r.deploy(scenario.Files{"a.pem": lapsed.CertPEM()})
		r.configure(fmt.Sprintf("alerts: {address: %q}\nvault: {address: %q, paths: [secret/cf], auth: {token: %s}}\n", address, server.Address, token))
		r.start()
		r.first()
		told := func() string {
			r.clock.Increment(time.Minute)
			all := box.field("Description")()
			return strings.Join(all, "\n")
		}
		Eventually(func() string { r.clock.Increment(time.Second); return state() }, "20s", "20ms").Should(HavePrefix("ok"))
		Eventually(told, "20s", "20ms").Should(ContainSubstring("cert-health x509 renew secret/cf/a"))
		Expect(box.field("Description")()).NotTo(ContainElement(ContainSubstring("not known yet")))
		before := box.field("Action")()
		put(scenario.Issue(scenario.Spec{CommonName: "lapsed"}))
		again := func() []string {
			told()
			return slices.DeleteFunc(box.field("Description")()[len(before):], func(line string) bool { return !strings.Contains(line, "expired") })
		}
		Eventually(again, "20s", "20ms").Should(ContainElement(Not(ContainSubstring("cert-health x509 renew secret/cf/a"))))
	})

	It("sends the first alert after the first answer, which changes the next step, or after some minutes without one", func() {
		box := &letterbox{}
		address, _ := box.serve("127.0.0.1:0")
		lapsed := scenario.Issue(scenario.Spec{CommonName: "lapsed", NotBefore: time.Now().AddDate(-1, 0, 0), NotAfter: time.Now().Add(-time.Hour)})
		r.deploy(scenario.Files{"a.pem": lapsed.CertPEM()})
		asked := make(chan struct{})
		silent := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			select {
			case asked <- struct{}{}:
			case <-r.Context().Done():
			}
			<-r.Context().Done()
		}))
		DeferCleanup(silent.Close)
		r.configure(fmt.Sprintf("alerts: {address: %q}\nvault: {address: %q, paths: [secret/cf], auth: {token: x}}\n", address, silent.URL))
		r.start()
		r.first()
		Eventually(asked, "1m").Should(Receive())
		for range 6 {
			r.pass()
		}
		Expect(state()).To(Equal("not_asked"))
		Expect(box.field("Action")()).To(BeEmpty())
		r.pass()
		r.pass()
		Eventually(box.field("Description"), "1m").Should(ConsistOf(ContainSubstring("which is not known yet")))
	})

	It("compares without the right to read secrets, and logs that once", func() {
		r.start()
		r.first()
		answered("ok current")
		Expect(r.log.String()).To(ContainSubstring("in mode metadata; the token may not read secrets"))
		read := written()
		Expect(read.Reference.Mode).To(Equal("metadata"))
		Expect(read.Reference.MayReadData).To(BeFalse())
		Expect(read.Reference.RequestsDay).To(BeNumerically(">=", read.Reference.Requests))
		Expect(strings.Count(r.log.String(), "in mode metadata")).To(Equal(1))
	})

	It("does not look up the VM's own certificates", func() {
		file := filepath.Join(r.root, "usr/local/share/ca-certificates/bosh-trusted-cert-1.crt")
		Expect(os.MkdirAll(filepath.Dir(file), 0o755)).To(Succeed())
		Expect(os.WriteFile(file, []byte(scenario.Issue(scenario.Spec{CommonName: "trusted", CA: true, NotAfter: time.Now().AddDate(9, 0, 0)}).CertPEM()), 0o600)).To(Succeed())
		r.start()
		r.first()
		answered("ok current")
		read := written()
		Expect(read.Certificates).To(HaveLen(2))
		Expect(read.Certificates[0].Name).To(Equal("trusted"))
		Expect(read.Certificates[0].Reference).To(BeNil())
	})

	It("warns once of a token that may read secrets", func() {
		configure(server.Token)
		r.start()
		r.first()
		answered("ok current")
		Expect(strings.Count(r.log.String(), "the token may read whole secrets, private keys included")).To(Equal(1))
		Expect(written().Reference.MayReadData).To(BeTrue())
	})

	It("needs no index after a restart", func() {
		r.start()
		r.first()
		answered("ok current")
		r.stop()
		before := written().Reference
		r.agent.Clock = r.clock
		r.start()
		Eventually(func() string { r.clock.Increment(time.Minute); return state() }, "20s", "20ms").Should(Equal("ok current"))
		Eventually(func() int { return written().Reference.RequestsDay }, "1m", "10ms").Should(BeNumerically(">", before.RequestsDay))
		// The token, the mount, one secret, and the rights of the token.
		Expect(written().Reference.RequestsDay - before.RequestsDay).To(BeNumerically("<=", 4))
	})

	It("does not call a secret verified that it could not read when Vault last answered", func() {
		b := scenario.Issue(scenario.Spec{CommonName: "b"}) // Vault shows it all the time
		Expect(server.Put(ctx, "cf/b", b.Safe())).To(Succeed())
		DeferCleanup(server.Client.Logical().Delete, "secret/metadata/cf/b")
		put(a[0])
		r.deploy(scenario.Files{"a.pem": a[0].CertPEM(), "b.pem": b.CertPEM()})
		var fault atomic.Value
		fault.Store("")
		backend, err := url.Parse(server.Address)
		Expect(err).NotTo(HaveOccurred())
		proxy := httputil.NewSingleHostReverseProxy(backend)
		front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
			switch fault := fault.Load(); {
			case fault == "sealed":
				http.Error(w, `{"errors": ["Vault is sealed"]}`, http.StatusServiceUnavailable)
			case fault == "denied" && strings.HasSuffix(request.URL.Path, "/cf/a"):
				http.Error(w, `{"errors": ["permission denied"]}`, http.StatusForbidden)
			default:
				proxy.ServeHTTP(w, request)
			}
		}))
		DeferCleanup(front.Close)
		box := &letterbox{}
		address, _ := box.serve("127.0.0.1:0")
		r.configure(fmt.Sprintf("vault: {address: %q, paths: [\"secret/{{deployment}}\"], auth: {token: %s}}\nalerts: {address: %q, quiet_after_start: 0s}\nserved: {enabled: false}\n", front.URL, token, address))
		titles := func() []string { r.clock.Increment(time.Minute); return box.field("Action")() }
		const verified = "Certificates well again: all verified"
		r.start()
		r.first()
		answered("ok current")
		fault.Store("denied")
		Eventually(titles, "20s", "20ms").Should(ContainElement(HavePrefix("Certificate unverified: ")))
		fault.Store("sealed")
		answered("unavailable current")
		for range 3 {
			r.pass()
		}
		Expect(titles()).NotTo(ContainElement(verified))
		fault.Store("")
		answered("ok current")
		Eventually(titles, "20s", "20ms").Should(ContainElement(verified))
	})

	It("forgets its knowledge when another Vault is configured", func() {
		r.start()
		r.first()
		answered("ok current")
		r.configure("vault: {address: 'http://127.0.0.1:1', paths: [secret/cf], auth: {token: x}}")
		r.reload <- struct{}{}
		Eventually(state, "1m").Should(Equal("unavailable"))
		Eventually(func() string { r.clock.Increment(time.Minute); return r.log.String() }, "1m", "20ms").Should(
			ContainSubstring("Vault is unavailable: look up the token: nothing listens at 127.0.0.1:1: connection refused; there was no answer before"))
	})

	It("reports drift after two scans, not during a deploy of this VM, and nothing after a deploy without a change", func() {
		r.start()
		r.first()
		answered("ok current")
		put(a[1])
		answered("ok stale")
		Eventually(func() string { r.pass(); return r.status("drift") }, "1m").Should(ContainSubstring("this is version 1; next: merge the manifest anew, then: bosh -d cf deploy MANIFEST"))

		r.deploy(scenario.Files{"a.pem": a[1].CertPEM()})
		r.pass()
		Expect(state()).To(Equal("ok current"))
		Expect(r.status("drift")).To(BeEmpty())

		// A deploy replaces links job by job: scans meanwhile are not counted.
		for n := range 4 {
			r.deploy(scenario.Files{"a.pem": a[0].CertPEM(), "swap": fmt.Sprint(n)})
			r.pass()
			Expect(state()).To(Equal("ok stale"))
			Expect(r.status("drift")).To(BeEmpty())
		}
		r.pass()
		Expect(r.status("drift")).To(ContainSubstring("this is version 1"))

		r.deploy(scenario.Files{"a.pem": a[1].CertPEM()})
		r.pass()
		logged, before := r.log.String(), written()
		r.deploy(scenario.Files{"a.pem": a[1].CertPEM(), "other": "content"})
		for range 3 {
			r.pass()
		}
		Expect(r.log.String()).To(HavePrefix(logged))
		Expect(strings.TrimPrefix(r.log.String(), logged)).NotTo(ContainSubstring("stale"))
		Expect(written().Certificates).To(Equal(before.Certificates))
	})

	It("watches its own credential like certificates", func() {
		ending := tokenFor(map[string]any{"ttl": "20m", "renewable": false})
		configure(ending)
		r.start()
		r.first()
		answered("ok current")
		Eventually(func() string { r.pass(); return r.status("expiring") }, "20s").Should(MatchRegexp(
			`^(error|warning) the agent's Vault token: expires in \d+ minutes \(.* UTC\); after that, nothing can be compared; next: set cert_health\.vault\.auth\.token`))
		Expect(r.status("expiring")).NotTo(ContainSubstring(ending))
	})
})

var _ = Describe("Spread", func() {
	It("gives every VM its own place in the interval, always the same", func() {
		const interval, vms = 10 * time.Minute, 1000
		minutes := map[int]int{}
		for n := range vms {
			name := fmt.Sprintf("diego-cell/%08d-aaaa", n)
			at := agent.Spread(name, interval)
			Expect(at).To(And(BeNumerically(">=", 0), BeNumerically("<", interval)))
			Expect(agent.Spread(name, interval)).To(Equal(at))
			minutes[int(at/time.Minute)]++
		}
		Expect(minutes).To(HaveLen(10))
		for _, count := range minutes {
			Expect(count).To(BeNumerically("~", vms/10, 50))
		}
	})
})

// last is the last certificate of a report: a leaf, if there is one.
func last(r report.Report) report.Certificate { return r.Certificates[len(r.Certificates)-1] }
