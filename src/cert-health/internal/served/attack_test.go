package served_test

import (
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/report"
	"cert-health/internal/scenario"
	"cert-health/internal/served"
	"cert-health/internal/verdict"
)

// A process of another job tries to have a job called outdated that serves what its file holds.
var _ = Describe("an attack on a job through a listening port", func() {
	var victim *site
	var filed *scenario.Pair

	BeforeEach(func() {
		victim = &site{root: open(), daemon: daemon{job: "rep"}}
		victim.layOut()
		filed = victim.renew()
	})
	// attack starts a process that shows a certificate, with the victim's path in its arguments.
	attack := func(role string, shows, has *scenario.Pair) {
		GinkgoHelper()
		dir := open()
		write := func(name, contents string) string {
			Expect(os.WriteFile(filepath.Join(dir, name), []byte(contents), 0o644)).To(Succeed())
			return filepath.Join(dir, name)
		}
		listener := must(net.Listen("tcp", "127.0.0.1:0"))
		victim.address = netip.MustParseAddrPort(listener.Addr().String())
		Expect(listener.Close()).To(Succeed())
		victim.program = copyOfSelf("rep")
		command := exec.Command(victim.program, victim.address.String(), write("cert", shows.CertPEM()), write("key", has.KeyPEM()), "0",
			"/var/vcap/jobs/rep/config/cert.pem", "--config=/var/vcap/data/jobs/rep/config/rep.json")
		command.Env, command.SysProcAttr = []string{roleVariable + "=" + role}, &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
		command.Stderr = GinkgoWriter
		Expect(command.Start()).To(Succeed())
		DeferCleanup(func() {
			_ = command.Process.Kill()
			_ = command.Wait()
		})
		Eventually(func() bool {
			sockets, _ := served.Sockets("/")
			return slices.ContainsFunc(sockets, func(s served.Socket) bool { return s.Address == victim.address })
		}, time.Minute).Should(BeTrue())
	}
	// harmless expects that the certificate is listed, of no job, and that the job has no finding.
	harmless := func(state report.ServedState) {
		GinkgoHelper()
		r := victim.look()
		Expect(r.Served.Shown).To(HaveExactElements(And(HaveField("Job", ""), HaveField("Process", "rep"), HaveField("State", state))))
		for _, c := range r.Certificates {
			Expect(c.Findings).To(BeEmpty(), c.Name)
			Expect(c.Served == nil || c.Served.State == report.Loaded).To(BeTrue(), fmt.Sprint(c.Served))
		}
	}
	old := func(spec scenario.Spec) *scenario.Pair {
		spec.CommonName, spec.Key, spec.NotBefore, spec.NotAfter = "server", scenario.RSA, time.Now().AddDate(-1, 0, 0), time.Now().AddDate(0, 0, -1)
		return scenario.Issue(spec)
	}

	It("fails with an expired certificate that has the victim's names and signed itself", func() {
		forged := old(scenario.Spec{})
		attack("show", forged, forged)
		harmless(report.Unfiled)
	})

	It("fails with one that is signed by another CA of the same name", func() {
		forged := old(scenario.Spec{Issuer: scenario.Issue(scenario.Spec{CommonName: "ca", CA: true})})
		attack("show", forged, forged)
		harmless(report.Unfiled)
	})

	It("fails with a real old certificate of the victim, without its key", func() {
		attack("steal", old(scenario.Spec{Issuer: victim.ca}), old(scenario.Spec{}))
		harmless(report.Unproven)
	})

	It("does not hide the victim's state with a copy of its present certificate", func() {
		attack("steal", filed, old(scenario.Spec{}))
		harmless(report.Unproven)
	})

	It("is none with a real old certificate and its key: then a process still uses it", func() {
		real := old(scenario.Spec{Issuer: victim.ca})
		attack("show", real, real)
		r := victim.look()
		Expect(r.Served.Shown).To(HaveExactElements(HaveField("State", report.NotLoaded)))
		Expect(r.Summary.ByCode).To(HaveKeyWithValue(verdict.NotLoaded, 1))
	})
})
