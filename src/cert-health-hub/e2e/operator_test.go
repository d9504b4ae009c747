package e2e_test

import (
	"bytes"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/gbytes"

	"cert-health/internal/scenario"
)

// operator is a person with a home directory.
type operator struct{ home string }

type outcome struct {
	code     int
	out, err string
}

func (o operator) run(in string, args ...string) outcome {
	GinkgoHelper()
	command := exec.Command(filepath.Join(programs, "cert-health"), args...)
	command.Env = []string{"HOME=" + o.home, "COLUMNS=200"}
	var out, err bytes.Buffer
	command.Stdin, command.Stdout, command.Stderr = strings.NewReader(in), &out, &err
	_ = command.Run()
	return outcome{command.ProcessState.ExitCode(), out.String(), err.String()}
}

// host is a TLS host that can stop.
func host(pair *scenario.Pair, ca *scenario.Pair) net.Listener {
	GinkgoHelper()
	certificate := must(tls.X509KeyPair([]byte(pair.CertPEM()+ca.CertPEM()), []byte(pair.KeyPEM())))
	listener := must(tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{certificate}}))
	DeferCleanup(func() { _ = listener.Close() })
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				_, _ = io.Copy(io.Discard, connection)
				_ = connection.Close()
			}()
		}
	}()
	return listener
}

// free is an address that nothing listens on.
func free() string {
	GinkgoHelper()
	listener := must(net.Listen("tcp", "127.0.0.1:0"))
	defer listener.Close()
	return listener.Addr().String()
}

// hub is a hub that looks at hosts. Its only user is ann.
type hub struct{ address, dir, ca string }

func start(hosts []string, ca *scenario.Pair) hub {
	GinkgoHelper()
	h := hub{address: free(), dir: GinkgoT().TempDir()}
	own := scenario.Issue(scenario.Spec{CommonName: "hub", Issuer: ca, SANs: []string{"127.0.0.1"}})
	write := func(name, contents string) string {
		GinkgoHelper()
		path := filepath.Join(h.dir, name)
		Expect(os.WriteFile(path, []byte(contents), 0o600)).To(Succeed())
		return path
	}
	h.ca = write("ca.pem", ca.CertPEM())
	document := map[string]any{
		"listen":   map[string]any{"address": h.address, "certificate": write("hub.pem", own.CertPEM()+ca.CertPEM()), "private_key": write("hub.key", own.KeyPEM())},
		"database": map[string]any{"url": "sqlite:" + filepath.Join(h.dir, "hub.db")}, "login": map[string]any{"local": true},
		"sources": []any{map[string]any{"name": "hosts", "type": "tls", "hosts": hosts, "ca_cert": ca.CertPEM(), "host_timeout": "5s"}},
	}
	settings := write("hub.yml", string(must(json.Marshal(document))))
	command := func(in string, args ...string) *exec.Cmd {
		c := exec.Command(filepath.Join(programs, "cert-health-hub"), append(args, "--config", settings)...)
		c.Stdin, c.SysProcAttr = strings.NewReader(in), &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
		return c
	}
	out, err := command("c0rrect horse battery\n", "user", "add", "ann", "--role", "operator").CombinedOutput()
	Expect(err).NotTo(HaveOccurred(), string(out))
	log := gbytes.NewBuffer()
	serve := command("", "serve")
	serve.Stdout, serve.Stderr = log, log
	Expect(serve.Start()).To(Succeed())
	DeferCleanup(func() {
		_ = serve.Process.Signal(syscall.SIGTERM)
		_ = serve.Wait()
		Expect(string(log.Contents())).NotTo(Or(ContainSubstring("c0rrect"), ContainSubstring("PRIVATE KEY")))
	})
	Eventually(func() error {
		connection, err := net.Dial("tcp", h.address)
		if err == nil {
			_ = connection.Close()
		}
		return err
	}).WithTimeout(time.Minute).Should(Succeed(), func() string { return string(log.Contents()) })
	return h
}

var _ = Describe("an operator with a hub", func() {
	It("logs in, sees what is wrong with TLS hosts, and acknowledges it", func() {
		ca := scenario.Issue(scenario.Spec{CommonName: "ca", CA: true})
		issue := func(name string, ends time.Time) *scenario.Pair {
			return scenario.Issue(scenario.Spec{CommonName: name, Issuer: ca, SANs: []string{"127.0.0.1"}, NotBefore: ends.AddDate(-1, 0, 0), NotAfter: ends})
		}
		well, ended := issue("well", time.Now().AddDate(0, 11, 0)), issue("ended", time.Now().AddDate(0, 0, -1))
		a, b := host(well, ca), host(ended, ca)
		h := start([]string{a.Addr().String(), b.Addr().String()}, ca)
		ann := operator{GinkgoT().TempDir()}
		succeed := func(in string, args ...string) string {
			GinkgoHelper()
			o := ann.run(in, args...)
			Expect(o.code).To(Equal(0), "%v: %s%s", args, o.out, o.err)
			return o.out
		}

		Expect(ann.run("wr0ng\n", "login", "https://"+h.address, "--user", "ann", "--ca-cert", h.ca).code).To(Equal(2))
		succeed("c0rrect horse battery\n", "login", "https://"+h.address, "--user", "ann", "--ca-cert", h.ca)
		succeed("", "refresh", "hosts", "--wait")

		o := ann.run("", "list")
		Expect(o.code).To(Equal(1), o.err)
		Expect(o.out).To(And(ContainSubstring("ended"), ContainSubstring("well"), ContainSubstring(a.Addr().String())))
		id := ended.Fingerprint().String()
		Expect(ann.run("", "list", "--state", "expired", "--format", "csv").out).To(And(HavePrefix("id,name,state,"), ContainSubstring(id), Not(ContainSubstring("well"))))
		o = ann.run("", "show", "ended")
		Expect(o.code).To(Equal(1), o.err)
		Expect(o.out).To(And(ContainSubstring(id), ContainSubstring(b.Addr().String())))
		Expect(ann.run("", "dashboard").out).To(ContainSubstring("1 expired"))
		Expect(succeed("", "sources")).To(ContainSubstring("hosts"))
		o = ann.run("", "fleet")
		Expect(o.code).To(Equal(2), "no agent reports to this hub")
		Expect(o.out).To(ContainSubstring("no instance has reported yet"))

		until := time.Now().AddDate(0, 1, 0).Format(time.DateOnly)
		succeed("", "ack", id[:10], "--until", until, "--reason", "it is replaced tomorrow")
		Eventually(func() string { return ann.run("", "list", "--acknowledged", "true").out }).WithTimeout(time.Minute).Should(ContainSubstring("expired, acknowledged"))
		succeed("", "ack", id, "--remove")

		succeed("", "logout")
		Expect(ann.run("", "list").code).To(Equal(2))
	})

	It("sees a host that stopped, with its last certificate, and never as well", func() {
		ca := scenario.Issue(scenario.Spec{CommonName: "ca", CA: true})
		pair := scenario.Issue(scenario.Spec{CommonName: "stopped", Issuer: ca, SANs: []string{"127.0.0.1"}})
		listener := host(pair, ca)
		h := start([]string{listener.Addr().String()}, ca)
		ann := operator{GinkgoT().TempDir()}
		Expect(ann.run("c0rrect horse battery\n", "login", "https://"+h.address, "--user", "ann", "--ca-cert", h.ca).code).To(Equal(0))
		Expect(ann.run("", "refresh", "--wait").code).To(Equal(0))
		Expect(ann.run("", "list", "stopped").code).To(Equal(0))

		Expect(listener.Close()).To(Succeed())
		Expect(ann.run("", "refresh", "--wait").code).To(Equal(0))
		o := ann.run("", "show", "stopped")
		Expect(o.out).To(And(ContainSubstring("not seen"), ContainSubstring("shows no certificate")), fmt.Sprint(o))
		Expect(o.code).To(Equal(1))
		Expect(ann.run("", "sources").out).To(ContainSubstring("partial"))
	})
})
