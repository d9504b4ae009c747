package hostile_test

import (
	"fmt"
	"os"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/scenario"
	"cert-health/internal/verdict"
)

var _ = Describe("what cannot be seen", func() {
	var v *vm

	BeforeEach(func() {
		v = newVM()
		v.deploy("honest", scenario.Files{"config/server.pem": expired("honest.internal").CertPEM()})
	})

	// seen starts the agent, which sees the expired certificate.
	seen := func() {
		GinkgoHelper()
		v.start()
		Eventually(v.status("expired"), soon).Should(ContainSubstring("honest.internal"))
	}

	// kept expects the finding after three more scans, and that the VM is unverified.
	kept := func() {
		GinkgoHelper()
		v.scans(3)
		Expect(v.status("expired")()).To(And(ContainSubstring("honest.internal"), ContainSubstring("last seen ")))
		Expect(codes(v.report(), "honest")).To(ContainElement(verdict.Expired))
		Expect(v.report().Summary.Unverified).To(BeNumerically(">", 0))
		Eventually(v.status("unverified"), soon).ShouldNot(BeEmpty())
	}

	It("clears no finding: a file without access keeps its last one", func() {
		seen()
		Expect(os.Chmod(v.path("honest", "config/server.pem"), 0)).To(Succeed())
		kept()
	})

	It("clears no finding: a directory without access keeps those of its files", func() {
		seen()
		directory := v.path("honest", "config")
		Expect(os.Chmod(directory, 0)).To(Succeed())
		DeferCleanup(os.Chmod, directory, os.FileMode(0o755))
		kept()
	})

	It("clears no finding: a restart of the agent does not forget it", func() {
		seen()
		v.agent.Terminate().Wait(soon)
		Expect(os.Chmod(v.path("honest", "config/server.pem"), 0)).To(Succeed())
		v.start()
		kept()
	})

	It("concerns the job with too many files, and no other", func() {
		v.configure("scan: {max_files: 50}\n")
		seen()
		empty := scenario.Files{}
		for i := range 60 {
			empty[fmt.Sprintf("config/%d", i)] = ""
		}
		v.deploy("attacker", empty)
		v.scans(3)
		Expect(v.status("expired")()).To(ContainSubstring("honest.internal"))
		Expect(codes(v.report(), "honest")).To(ContainElement(verdict.Expired))
		Expect(problems(v.report(), "attacker")).NotTo(BeEmpty())
		Eventually(v.status("unverified"), soon).Should(ContainSubstring("attacker"))
	})
})
