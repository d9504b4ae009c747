package credhub_test

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"sync"

	client "code.cloudfoundry.org/credhub-cli/credhub"
	"code.cloudfoundry.org/credhub-cli/credhub/credentials/generate"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/hub/internal/standin/credhub"
	"cert-health/internal/rotation"
	"cert-health/internal/scenario"
)

// build builds cert-health into a directory.
func build(directory string) string {
	GinkgoHelper()
	path := filepath.Join(directory, "cert-health")
	command := exec.Command("go", "build", "-o", path, "./cmd/cert-health")
	command.Dir = "../../../../cert-health"
	out, err := command.CombinedOutput()
	Expect(err).NotTo(HaveOccurred(), string(out))
	return path
}

// platform is a CredHub with VMs that get their certificates from it.
type platform struct {
	*rig
	ch      *client.CredHub
	program string
	env     []string
	names   []string
	roots   map[string]string
	store   string // directory of the reports

	mutex sync.Mutex
	tls   map[string]*tls.Config
	at    map[string]string // addresses of the servers
}

const (
	authority = "/cf/ca"
	prefix    = "/cf/"
)

func newPlatform(program string, options credhub.Options, names ...string) *platform {
	GinkgoHelper()
	p := &platform{program: program, rig: start(options), names: names, roots: map[string]string{}, store: GinkgoT().TempDir(), tls: map[string]*tls.Config{}, at: map[string]string{}}
	p.ch = p.as("admin")
	ca := filepath.Join(GinkgoT().TempDir(), "ca.pem")
	Expect(p.server.CAFile(ca)).To(Succeed())
	p.env = []string{"HOME=" + GinkgoT().TempDir(), "CREDHUB_SERVER=" + p.server.URL, "CREDHUB_CA_CERT=" + ca, "CREDHUB_CLIENT=admin", "CREDHUB_SECRET=admin-secret"}
	_, err := p.ch.GenerateCertificate(authority, generate.Certificate{CommonName: "cf_ca", IsCA: true}, client.Overwrite)
	Expect(err).NotTo(HaveOccurred())
	for _, name := range names {
		_, err = p.ch.GenerateCertificate(prefix+name, generate.Certificate{CommonName: name, AlternativeNames: []string{name}, Ca: authority}, client.Overwrite)
		Expect(err).NotTo(HaveOccurred())
		p.roots[name] = GinkgoT().TempDir()
		p.serve(name)
	}
	p.deploy(names...)
	return p
}

// deploy renders VMs with what CredHub hands out, as the Director does, restarts their processes, and lets their agents report.
func (p *platform) deploy(names ...string) {
	GinkgoHelper()
	for _, name := range names {
		own, err := p.ch.GetLatestCertificate(prefix + name)
		Expect(err).NotTo(HaveOccurred())
		Expect(scenario.VM{Deployment: "cf", Group: name, ID: "0", Jobs: map[string]scenario.Files{
			name: {"config/tls.crt": own.Value.Certificate, "config/tls.key": own.Value.PrivateKey, "config/ca.crt": own.Value.Ca}}}.Write(p.roots[name])).To(Succeed())
		pair, err := tls.X509KeyPair([]byte(own.Value.Certificate), []byte(own.Value.PrivateKey))
		Expect(err).NotTo(HaveOccurred())
		pool := x509.NewCertPool()
		Expect(pool.AppendCertsFromPEM([]byte(own.Value.Ca))).To(BeTrue())
		p.mutex.Lock()
		p.tls[name] = &tls.Config{Certificates: []tls.Certificate{pair}, RootCAs: pool, ClientCAs: pool, ClientAuth: tls.RequireAndVerifyClientCert, MinVersion: tls.VersionTLS12}
		p.mutex.Unlock()
		out, _ := p.run("scan", "--root", p.roots[name], "--format", "json")
		Expect(json.Valid([]byte(out))).To(BeTrue(), out)
		Expect(os.WriteFile(filepath.Join(p.store, name+".json"), []byte(out), 0o600)).To(Succeed())
	}
}

func (p *platform) config(name string) *tls.Config {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	return p.tls[name].Clone()
}

func (p *platform) serve(name string) {
	GinkgoHelper()
	listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) { return p.config(name), nil }})
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(listener.Close)
	p.at[name] = listener.Addr().String()
	go func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			go func(c net.Conn) {
				defer c.Close()
				_, _ = c.Write([]byte("ok"))
			}(c)
		}
	}()
}

// refused are the pairs of VMs that do not understand each other now.
func (p *platform) refused() (pairs []string) {
	for _, from := range p.names {
		for _, to := range p.names {
			config := p.config(from)
			config.ServerName = to
			c, err := tls.Dial("tcp", p.at[to], config)
			if err == nil {
				_, err = io.ReadFull(c, make([]byte, 2))
				_ = c.Close()
			}
			if err != nil {
				pairs = append(pairs, fmt.Sprintf("%s -> %s: %v", from, to, err))
			}
		}
	}
	return pairs
}

// run runs the program.
func (p *platform) run(args ...string) (out string, code int) {
	GinkgoHelper()
	command := exec.Command(p.program, args...)
	var stdout, stderr bytes.Buffer
	command.Env, command.Stdout, command.Stderr = p.env, &stdout, &stderr
	err := command.Run()
	exit := (*exec.ExitError)(nil)
	if err != nil && !errors.As(err, &exit) {
		Fail(err.Error())
	}
	GinkgoWriter.Println(args, stderr.String())
	for _, secret := range []string{"PRIVATE KEY", "admin-secret"} {
		Expect(stdout.String() + stderr.String()).NotTo(ContainSubstring(secret))
	}
	return stdout.String(), command.ProcessState.ExitCode()
}

func (p *platform) rotate(verb string, args ...string) (out string, code int) {
	return p.run(append([]string{"rotate", verb, authority, "--report", p.store}, args...)...)
}

func (p *platform) status(args ...string) (s rotation.State) {
	GinkgoHelper()
	out, code := p.rotate("status", append(args, "--format", "json")...)
	Expect(code).To(BeNumerically("<", 2))
	Expect(json.Unmarshal([]byte(out), &s)).To(Succeed(), out)
	return s
}

// walk takes steps and deploys one VM after the other. No connection may fail at any moment.
func (p *platform) walk(verb string) (phases []rotation.Phase) {
	GinkgoHelper()
	var back []string
	if verb == "abort" {
		back = []string{"--back"}
	}
	for turn := range 40 {
		s := p.status(back...)
		if len(phases) == 0 || phases[len(phases)-1] != s.Phase {
			phases = append(phases, s.Phase)
		}
		switch {
		case s.Phase == rotation.Normal:
			return phases
		case s.Offered:
			out, code := p.rotate(verb, "--yes")
			Expect(code).To(BeZero(), out)
		default:
			Expect(s.Deploy).To(Equal([]string{"cf"}), s.Next)
			p.deploy(p.names[turn%len(p.names)])
		}
		Expect(p.refused()).To(BeEmpty(), string(s.Phase))
	}
	Fail(fmt.Sprint("the rotation does not end: ", phases))
	return nil
}

var _ = Describe("cert-health rotate", Ordered, ContinueOnFailure, func() {
	var program string
	BeforeAll(func() { program = build(GinkgoT().TempDir()) })
	both := credhub.Options{ConcatenateCAs: true}

	It("goes from the first step to the last without a lost connection", func() {
		p := newPlatform(program, both, "bbs", "cell")
		Expect(p.status().Phase).To(Equal(rotation.Normal))
		_, code := p.rotate("next", "--yes")
		Expect(code).To(BeZero())
		Expect(p.walk("next")).To(Equal([]rotation.Phase{rotation.Distributing, rotation.Ready, rotation.Renewing, rotation.Retiring, rotation.Normal}))
		_, list := versions(p.ch, authority)
		Expect(list).To(HaveLen(2))
		Expect(list[0].Transitional || list[1].Transitional).To(BeFalse())
	})

	It("goes back from every step, without a lost connection", func() {
		for steps := range 6 {
			p := newPlatform(program, both, "bbs", "cell")
			_, before := versions(p.ch, authority)
			_, code := p.rotate("next", "--yes")
			Expect(code).To(BeZero())
			for range steps {
				if p.status().Offered {
					_, code := p.rotate("next", "--yes")
					Expect(code).To(BeZero())
				} else {
					p.deploy(p.names...)
				}
			}
			if p.status().Phase == rotation.Normal {
				return
			}
			phases := p.walk("abort")
			Expect(phases[len(phases)-1]).To(Equal(rotation.Normal))
			_, after := versions(p.ch, authority)
			Expect(after).To(HaveLen(1), "after %d steps: %v", steps, phases)
			Expect(after[0].Id).To(Equal(before[0].Id))
		}
	})

	It("refuses the short way: leaves that are regenerated before all VMs trust the new CA", func() {
		p := newPlatform(program, both, "bbs", "cell")
		id, list := versions(p.ch, authority)
		path := "/api/v1/certificates/" + id
		Expect(call(p.ch, "POST", path+"/regenerate", map[string]any{"set_as_transitional": true}, nil)).To(Succeed())
		Expect(call(p.ch, "PUT", path+"/update_transitional_version", map[string]any{"version": list[0].Id}, nil)).To(Succeed())
		_, err := p.ch.BulkRegenerate(authority)
		Expect(err).NotTo(HaveOccurred())
		out, code := p.rotate("next", "--yes")
		Expect(code).To(Equal(1), out)
		Expect(p.status().Phase).To(Equal(rotation.Blocked))
		Expect(p.walk("abort")).To(ContainElement(rotation.Normal))
	})

	It("hands out the old CA again if its flag was taken away too early", func() {
		p := newPlatform(program, both, "bbs", "cell")
		_, code := p.rotate("next", "--yes")
		Expect(code).To(BeZero())
		p.deploy(p.names...)
		_, code = p.rotate("next", "--yes") // the new one signs
		Expect(code).To(BeZero())
		id, _ := versions(p.ch, authority)
		Expect(call(p.ch, "PUT", "/api/v1/certificates/"+id+"/update_transitional_version", map[string]any{"version": nil}, nil)).To(Succeed())
		Expect(p.status().Current).To(Equal(rotation.Add))
		Expect(p.walk("next")).To(ContainElement(rotation.Normal))
	})

	It("says that CredHub does not hand out both CAs", func() {
		p := newPlatform(program, credhub.Options{}, "bbs", "cell")
		_, code := p.rotate("next", "--yes")
		Expect(code).To(BeZero())
		s := p.status()
		Expect(s.Phase).To(Equal(rotation.Blocked))
		Expect(s.Faults).To(ContainElement(ContainSubstring("certificates.concatenate_cas")))
	})
})
