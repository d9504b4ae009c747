package hostile_test

import (
	"fmt"
	"slices"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/report"
	"cert-health/internal/scenario"
	"cert-health/internal/verdict"
)

// monitFile is the monit file of a job with a pidfile.
func monitFile(job string) string {
	return fmt.Sprintf("check process %[1]s\n  with pidfile /var/vcap/sys/run/%[1]s/%[1]s.pid\n", job)
}

var _ = Describe("a process of another job", func() {
	var (
		v                *vm
		ca, filed, older *scenario.Pair
		spec             = scenario.Spec{CommonName: "rep.internal", SANs: []string{"rep.internal"}}
	)

	BeforeEach(func() {
		v = newVM()
		v.configure("served: {interval: 1s}\n")
		ca = scenario.Issue(scenario.Spec{CommonName: "ca", CA: true})
		signed := spec
		signed.Issuer = ca
		filed = scenario.Issue(signed)
		signed.NotBefore = time.Now().AddDate(0, -1, 0)
		older = scenario.Issue(signed)
		v.deploy("rep", scenario.Files{"monit": monitFile("rep"), "config/server.pem": filed.CertPEM(), "config/ca.pem": ca.CertPEM()})
		v.deploy("attacker", scenario.Files{"monit": monitFile("attacker")})
	})

	// shown tells whether the agent has seen a certificate on the process's port.
	shown := func(process scenario.Process) func() bool {
		return func() bool {
			served := v.report().Served
			return served != nil && slices.ContainsFunc(served.Shown, func(c report.ServedCertificate) bool {
				return c.Address == fmt.Sprintf("127.0.0.1:%d", process.Port)
			})
		}
	}

	// speaks runs the agent until it has seen what the process shows, and some more scans, and returns
	// the findings of rep.
	speaks := func(process scenario.Process) []verdict.Code {
		GinkgoHelper()
		Expect(scenario.WriteProcesses(v.root, process)).To(Succeed())
		opened(v.root)
		v.start()
		Eventually(shown(process), soon).Should(BeTrue())
		v.scans(4)
		return codes(v.report(), "rep")
	}

	It("with a job's path in its arguments and a certificate of its own causes no finding of that job", func() {
		forged := spec
		forged.NotBefore = time.Now().AddDate(0, -1, 0)
		own := scenario.Issue(forged)
		Expect(speaks(startServer("stranger", own, own, "/var/vcap/jobs/rep/config/server.pem"))).To(BeEmpty())
	})

	It("with an earlier certificate of the job, but without its key, causes no finding of that job", func() {
		own := scenario.Issue(scenario.Spec{CommonName: "attacker"})
		Expect(speaks(startServer("rep", older, own))).To(BeEmpty())
	})

	It("that accepts connections and stalls on 100 ports delays no finding of others", func() {
		processes := append(startStalling("attacker"), startServer("rep", older, older))
		Expect(scenario.WriteProcesses(v.root, processes...)).To(Succeed())
		opened(v.root)
		v.start()
		Eventually(func() []verdict.Code { return codes(v.report(), "rep") }, soon).Should(ContainElement(verdict.NotLoaded))
	})
})
