package agent_test

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	. "github.com/onsi/gomega/gstruct"
	"github.com/onsi/gomega/types"

	"cert-health/internal/agent"
	"cert-health/internal/cert"
	"cert-health/internal/check"
	"cert-health/internal/config"
	"cert-health/internal/report"
	"cert-health/internal/scenario"
	"cert-health/internal/verdict"
)

// server is a TLS server of this process. It serves the certificate that it has loaded.
type server struct {
	listener net.Listener
	loaded   atomic.Pointer[tls.Certificate]
	greeted  atomic.Int32 // how many clients it has seen
	named    sync.Map     // the server names that they sent
	silent   atomic.Bool  // it closes connections without an answer
}

func (s *server) load(p *scenario.Pair) {
	GinkgoHelper()
	pair, err := tls.X509KeyPair([]byte(p.CertPEM()), []byte(p.KeyPEM()))
	Expect(err).NotTo(HaveOccurred())
	s.loaded.Store(&pair)
}

func (s *server) port() int { return s.listener.Addr().(*net.TCPAddr).Port }

// serve starts a server on a free port.
func serve(p *scenario.Pair) *server {
	GinkgoHelper()
	s := &server{}
	s.load(p)
	listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{GetCertificate: func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
		s.greeted.Add(1)
		s.named.Store(hello.ServerName, true)
		return s.loaded.Load(), nil
	}})
	Expect(err).NotTo(HaveOccurred())
	s.listener = listener
	DeferCleanup(listener.Close)
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer connection.Close()
				if !s.silent.Load() {
					_ = connection.(*tls.Conn).Handshake()
				}
			}()
		}
	}()
	return s
}

// passing makes scans until the value matches: handshakes run beside the scans.
func passing[T any](r *rig, what func() T, matcher types.GomegaMatcher) {
	GinkgoHelper()
	Eventually(func() T { r.pass(); return what() }, "10s", "1ms").Should(matcher)
}

var _ = Describe("a served certificate", func() {
	var (
		r          *rig
		old, fresh *scenario.Pair
		s          *server
	)

	// vm writes a job with a certificate in its file, and this process as the job's process.
	vm := func(p *scenario.Pair) {
		GinkgoHelper()
		r.deploy(scenario.Files{"monit": "check process rep\n  with pidfile /var/vcap/sys/run/rep/rep.pid\n", "config/server.crt": p.CertPEM()})
	}
	paste := func(p *scenario.Pair, chain ...*scenario.Pair) {
		GinkgoHelper()
		pem := p.CertPEM()
		for _, link := range chain {
			pem += link.CertPEM()
		}
		Expect(scenario.VM{Jobs: map[string]scenario.Files{"rep": {
			"monit": "check process rep\n  with pidfile /var/vcap/sys/run/rep/rep.pid\n", "config/server.crt": pem}}}.Write(r.root)).To(Succeed())
	}
	listen := func(ports ...int) {
		GinkgoHelper()
		var processes []scenario.Process
		for _, port := range append(ports, 0)[:max(len(ports), 1)] {
			processes = append(processes, scenario.Process{Job: "rep", PID: os.Getpid(), Port: port})
		}
		Expect(scenario.WriteProcesses(r.root, processes...)).To(Succeed())
	}
	last := func() *report.Report {
		GinkgoHelper()
		status, err := agent.ReadStatus(r.data, r.clock.Now())
		Expect(err).NotTo(HaveOccurred())
		return status.Report
	}
	findings := func() (codes []verdict.Code) {
		for _, c := range last().Certificates {
			for _, f := range c.Findings {
				codes = append(codes, f.Code)
			}
		}
		return codes
	}
	states := func() (states []report.ServedState) {
		if served := last().Served; served != nil {
			for _, shown := range served.Shown {
				states = append(states, shown.State)
			}
		}
		return states
	}

	BeforeEach(func() {
		r = newRig()
		old = scenario.Issue(scenario.Spec{CommonName: "rep.internal", SANs: []string{"rep.internal"}, NotBefore: time.Now().Add(-48 * time.Hour)})
		fresh = scenario.Issue(scenario.Spec{CommonName: "rep.internal", SANs: []string{"rep.internal"}})
		s = serve(old)
		vm(old)
		listen(s.port())
	})

	It("is probed once, and again when the file changes: a finding after one handshake, an alert after two", func() {
		r.start()
		r.first()
		Eventually(states, "10s").Should(Equal([]report.ServedState{report.Loaded}))
		for range 20 {
			r.pass()
		}
		Expect(s.greeted.Load()).To(BeEquivalentTo(1), "an up-to-date server is probed once a day")
		Expect(findings()).To(BeEmpty())

		paste(fresh)
		r.pass() // it seems to be a deploy: no handshake
		Expect(states()).To(Equal([]report.ServedState{report.Outdated}))
		Expect(findings()).To(BeEmpty(), "what it serves now is not known")
		deployed := r.clock.Now()
		passing(r, findings, Equal([]verdict.Code{verdict.NotLoaded}))
		Expect(last().Served.Shown[0].SeenAt).To(BeTemporally(">", deployed), "not while the deploy was under way")
		Expect(r.status("drift")).To(BeEmpty(), "one handshake is not enough")
		passing(r, func() string { return r.status("drift") }, And(HavePrefix("error rep.internal at rep config/server.crt:1: "),
			ContainSubstring("still serves the previous certificate at "+s.listener.Addr().String()), HaveSuffix("next: monit restart rep\n")))
		Expect(r.clock.Since(deployed)).To(BeNumerically(">=", 10*time.Minute))
		Expect(s.greeted.Load()).To(BeEquivalentTo(3))

		s.load(fresh)
		passing(r, findings, BeEmpty())
		r.pass()
		Expect(r.status("drift")).To(BeEmpty())
	})

	It("keeps its finding while its port does not answer, and until it is seen well", func() {
		r.start()
		r.first()
		Eventually(states, "10s").Should(Equal([]report.ServedState{report.Loaded}))
		paste(fresh)
		passing(r, findings, Equal([]verdict.Code{verdict.NotLoaded}))
		passing(r, func() string { return r.status("drift") }, ContainSubstring("still serves"))

		s.silent.Store(true)
		seen := last().Served.Shown[0].SeenAt
		passing(r, func() string { return last().Served.Shown[0].Error }, Not(BeEmpty()))
		third := scenario.Issue(scenario.Spec{CommonName: "rep.internal", SANs: []string{"rep.internal"}, NotBefore: time.Now().Add(time.Minute)})
		paste(third)
		for range 15 {
			r.pass()
			Expect(findings()).To(Equal([]verdict.Code{verdict.NotLoaded}), "a file that changes does not make it well")
		}
		shown := last().Served.Shown[0]
		Expect(shown).To(And(HaveField("State", report.NotLoaded), HaveField("SeenAt", BeTemporally("<=", seen.Add(time.Hour))), HaveField("LastSeen", shown.SeenAt)))
		Expect(last().Certificates[0].Findings[0].Message).To(ContainSubstring("(last seen " + verdict.Stamp(shown.SeenAt) + ")"))
		Expect(last().Problems).To(ContainElement(And(HaveField("Code", verdict.Unverified),
			HaveField("About", "port "+s.listener.Addr().String()), HaveField("Message", HavePrefix("it could not be checked: it ")))))
		Expect(r.status("drift")).To(ContainSubstring("still serves"))

		r.stop()
		Expect(os.Remove(filepath.Join(r.data, "report.json"))).To(Succeed())
		r.start()
		r.clock.WaitForWatcherAndIncrement(time.Millisecond)
		Eventually(func() bool { _, err := os.Stat(filepath.Join(r.data, "report.json")); return err == nil }, "10s").Should(BeTrue())
		passing(r, findings, Equal([]verdict.Code{verdict.NotLoaded}))
		passing(r, func() time.Time { // a restart of the agent does not make it well
			if served := last().Served; served != nil && len(served.Shown) == 1 {
				return served.Shown[0].LastSeen
			}
			return time.Time{}
		}, BeTemporally("==", shown.SeenAt))

		s.load(third)
		s.silent.Store(false)
		passing(r, findings, BeEmpty())
		Expect(last().Problems).To(BeEmpty())
	})

	It("is known while other ports of its VM do not answer", func() {
		stalling, err := net.Listen("tcp", "127.0.0.1:0")
		Expect(err).NotTo(HaveOccurred())
		DeferCleanup(stalling.Close)
		listen(s.port(), stalling.Addr().(*net.TCPAddr).Port)
		checker := check.Checker{Root: r.root, Config: config.Default()}
		checker.Config.Served.Timeout = time.Minute
		scanned, err := checker.Scanner().Scan(context.Background())
		Expect(err).NotTo(HaveOccurred())
		observer, known := checker.Observer(), make(chan check.Observation, 100)
		observer.Known = func(o check.Observation) { known <- o }
		ctx, cancel := context.WithCancel(context.Background())
		ended := make(chan check.Observation)
		go func() { ended <- observer.Observe(ctx, scanned.Deployed, cert.History{}) }()
		var seen check.Observation
		Eventually(known, "30s").Should(Receive(&seen))
		Expect(seen.Partial).To(BeTrue())
		Expect(seen.Served).To(HaveExactElements(HaveField("Certificate.Fingerprint", old.Fingerprint())))
		cancel()
		Eventually(ended, "1s").Should(Receive(HaveField("Partial", false)), "it ends within a second")
	})

	It("is probed for the names of the job's other servers too", func() {
		named := func(name string, change func(*scenario.Spec)) string {
			spec := scenario.Spec{CommonName: name, SANs: []string{name}}
			change(&spec)
			return scenario.Issue(spec).CertPEM()
		}
		r.deploy(scenario.Files{"monit": "check process rep\n  with pidfile /var/vcap/sys/run/rep/rep.pid\n", "config/server.crt": old.CertPEM(),
			"config/other.crt":  named("other.internal", func(s *scenario.Spec) { s.Server = true }),
			"config/client.crt": named("client.internal", func(s *scenario.Spec) { s.Client = true }),
			"config/ca.crt":     named("ca.internal", func(s *scenario.Spec) { s.CA = true })})
		checker := check.Checker{Root: r.root, Config: config.Default(), Served: true}
		_, err := checker.Check(context.Background())
		Expect(err).NotTo(HaveOccurred())
		var names []any
		s.named.Range(func(name, _ any) bool { names = append(names, name); return true })
		Expect(names).To(ConsistOf("", "other.internal"))
	})

	It("is probed at once on a new socket", func() {
		r.start()
		r.first()
		Eventually(states, "10s").Should(Equal([]report.ServedState{report.Loaded}))
		paste(fresh)
		again := serve(fresh)
		listen(again.port())
		r.pass()
		passing(r, states, Equal([]report.ServedState{report.Loaded}))
		Expect(findings()).To(BeEmpty())
		Expect(last().Served.Shown[0].Address).To(Equal(again.listener.Addr().String()))
	})

	It("is only suspected to be outdated without a listener, until the process is restarted", func() {
		listen()
		r.start()
		r.first()
		paste(fresh)
		passing(r, findings, Equal([]verdict.Code{verdict.NotLoaded}))
		Expect(last().Summary.Worst).To(Equal(verdict.Info))
		for range 3 {
			r.pass()
		}
		Expect(r.status("drift")).To(BeEmpty(), "a suspicion is not an alert")

		r.stop()
		written := filepath.Join(r.data, "report.json")
		Expect(os.Remove(written)).To(Succeed())
		r.start()
		r.clock.WaitForWatcherAndIncrement(time.Millisecond)
		Eventually(written, "10s").Should(BeAnExistingFile())
		Eventually(findings, "10s").Should(Equal([]verdict.Code{verdict.NotLoaded}), "it is kept over a restart")
		Expect(os.Remove(filepath.Join(r.root, "var/vcap/sys/run/rep/rep.pid"))).To(Succeed())
		passing(r, r.memory, Not(ContainSubstring(`"by"`)))
		passing(r, findings, BeEmpty())
	})

	It("is not looked for again on a port without TLS after a restart of the agent", func() {
		var asked atomic.Int32
		plain := httptest.NewUnstartedServer(http.NotFoundHandler())
		plain.Config.ConnState = func(_ net.Conn, state http.ConnState) {
			if state == http.StateNew {
				asked.Add(1)
			}
		}
		plain.Start()
		DeferCleanup(plain.Close)
		listen(s.port(), plain.Listener.Addr().(*net.TCPAddr).Port)
		look := func() {
			before := s.greeted.Load()
			r.start()
			r.clock.WaitForWatcherAndIncrement(time.Millisecond)
			Eventually(s.greeted.Load, "10s").Should(BeNumerically(">", before), "it has looked")
			Eventually(states, "10s").Should(Equal([]report.ServedState{report.Loaded}))
			r.stop()
			Expect(os.Remove(filepath.Join(r.data, "report.json"))).To(Succeed())
		}
		look()
		Expect(asked.Load()).To(BeEquivalentTo(1))
		Expect(r.memory()).To(ContainSubstring(`"plain_ports"`))
		look()
		Expect(asked.Load()).To(BeEquivalentTo(1))

		changed := strings.Replace(r.memory(), `"program":"file:`, `"program":"file:1`, 1)
		Expect(os.WriteFile(filepath.Join(r.data, "memory.json"), []byte(changed), 0o600)).To(Succeed())
		look()
		Expect(asked.Load()).To(BeEquivalentTo(2), "another program listens")
	})

	It("is not probed when handshakes are disabled, nor on excluded ports and jobs", func() {
		for _, settings := range []string{"served: {enabled: false}\n", "served: {never_jobs: [rep]}\n"} {
			r.configure(settings)
			r.start()
			r.first()
			r.pass()
			r.pass()
			r.stop()
			Expect(s.greeted.Load()).To(BeZero(), settings)
			Expect(os.RemoveAll(r.data)).To(Succeed())
		}
	})

	It("is probed by a scan with Served set, and by no other", func() {
		ca := scenario.Issue(scenario.Spec{CommonName: "ca", CA: true})
		signed := func(since time.Time) *scenario.Pair {
			return scenario.Issue(scenario.Spec{CommonName: "rep.internal", SANs: []string{"rep.internal"}, NotBefore: since, Issuer: ca})
		}
		s.load(signed(time.Now().Add(-48 * time.Hour)))
		paste(signed(time.Now()), ca)
		checker := check.Checker{Root: r.root, Config: config.Default()}
		found, err := checker.Check(context.Background())
		Expect(err).NotTo(HaveOccurred())
		Expect(found.Served).To(BeNil())
		Expect(s.greeted.Load()).To(BeZero())
		checker.Served, checker.Config.Served.Enabled = true, false // this setting is for the agent
		found, err = checker.Check(context.Background())
		Expect(err).NotTo(HaveOccurred())
		Expect(found.Served.Listeners).To(Equal(1))
		Expect(found.Certificates).To(ContainElement(And(
			HaveField("Served", PointTo(And(HaveField("State", report.NotLoaded), HaveField("Addresses", []string{s.listener.Addr().String()})))),
			HaveField("Findings", HaveExactElements(And(HaveField("Code", verdict.NotLoaded), HaveField("Next", "monit restart rep")))))))
	})

	It("cannot be probed below another root, and a scan says so", func() {
		Expect(os.RemoveAll(filepath.Join(r.root, "proc"))).To(Succeed())
		checker := check.Checker{Root: r.root, Config: config.Default(), Served: true}
		found, err := checker.Check(context.Background())
		Expect(err).NotTo(HaveOccurred())
		Expect(found.Served).To(BeNil())
		Expect(found.Problems).To(HaveExactElements(And(HaveField("Severity", verdict.Info),
			HaveField("Message", ContainSubstring("its processes cannot be probed")))))
		Expect(found.Certificates).To(HaveLen(1))
	})
})
