package agent_test

import (
	"fmt"
	"os"
	"path/filepath"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/scenario"
	"cert-health/internal/scenario/hostile"
)

var _ = Describe("what cannot be seen any more", func() {
	const wellAgain = "Certificates well again: "
	var (
		r   *rig
		box *letterbox
	)

	// shut makes a job unreadable for root too: its link leads to itself.
	shut := func(job string) (open func()) {
		GinkgoHelper()
		link := filepath.Join(r.root, "var/vcap/jobs", job)
		target, err := os.Readlink(link)
		Expect(err).NotTo(HaveOccurred())
		Expect(os.Remove(link)).To(Succeed())
		Expect(os.Symlink(job, link)).To(Succeed())
		return func() {
			Expect(os.Remove(link)).To(Succeed())
			Expect(os.Symlink(target, link)).To(Succeed())
		}
	}
	passes := func(n int) {
		GinkgoHelper()
		for range n {
			r.pass()
		}
	}

	BeforeEach(func() {
		r, box = newRig(), &letterbox{}
		address, _ := box.serve("127.0.0.1:0")
		r.configure(fmt.Sprintf("alerts: {address: %q, quiet_after_start: 0s}\nserved: {enabled: false}\n", address))
		lapsed := scenario.Issue(scenario.Spec{CommonName: "lapsed", NotBefore: time.Now().AddDate(-1, 0, 0), NotAfter: time.Now().Add(-time.Hour)})
		r.deploy(scenario.Files{"a.pem": lapsed.CertPEM()})
		r.start()
		r.first()
		Eventually(box.field("Action"), "1m").Should(Equal([]string{"1 certificate of rep"}))
	})

	It("stays expired, and makes the VM unverified after two scans", func() {
		open := shut("rep")
		r.pass()
		Expect(r.status("expired")).To(And(ContainSubstring("lapsed"), MatchRegexp(`\(last seen \d{4}-\d\d-\d\d \d\d:\d\d UTC\)`)))
		Expect(r.status("unverified")).To(BeEmpty(), "one scan does not confirm it")
		r.pass()
		Expect(r.status("unverified")).To(HavePrefix("warning files of rep at rep: it could not be checked: "))
		Eventually(box.field("Action"), "1m").Should(ContainElement("Certificate unverified: 1 certificate of rep"))
		passes(3)
		Expect(box.field("Action")()).NotTo(ContainElement(HavePrefix(wellAgain)))
		open()
		passes(2)
		Expect(r.status("unverified")).To(BeEmpty())
		Expect(r.status("expired")).To(And(ContainSubstring("lapsed"), Not(ContainSubstring("last seen"))))
		Eventually(box.field("Action"), "1m").Should(ContainElement(wellAgain + "all verified"))
		Expect(box.field("Action")()).NotTo(ContainElement(wellAgain + "none expired"))
	})

	It("stays so over a restart, whether it was hidden before the restart or meanwhile", func() {
		r.stop()
		shut("rep")
		for range 2 {
			r.agent.Clock = r.clock
			r.start()
			passes(4)
			Expect(r.status("expired")).To(And(ContainSubstring("lapsed"), ContainSubstring("last seen")))
			Eventually(box.field("Action"), "1m").Should(ContainElement("Certificate unverified: 1 certificate of rep"))
			r.stop()
		}
		Expect(box.field("Action")()).NotTo(ContainElement(HavePrefix(wellAgain)))
	})

	It("stays untrusted over a restart while the verdict is over its budget", func() {
		stranger, files := scenario.Issue(scenario.Spec{CommonName: "other", CA: true}), hostile.OneName(100)
		files["z.pem"] = scenario.Issue(scenario.Spec{CommonName: "leaf", Issuer: stranger}).CertPEM()
		files["zca.pem"] = scenario.Issue(scenario.Spec{CommonName: "other", CA: true}).CertPEM()
		r.deploy(scenario.Files{"z.pem": files["z.pem"], "zca.pem": files["zca.pem"]})
		passes(4)
		untrusted := And(ContainSubstring("error leaf at "), ContainSubstring("does not chain"))
		Expect(r.status("drift")).To(untrusted)
		r.deploy(files)
		passes(4)
		Expect(r.status("drift")).To(And(untrusted, ContainSubstring("last seen")))
		for range 2 {
			r.stop()
			r.agent.Clock = r.clock
			r.start()
			passes(4)
			Expect(r.status("unverified")).To(ContainSubstring("verified signatures"))
			Expect(r.status("drift")).To(And(untrusted, ContainSubstring("last seen")))
		}
	})

	It("is well again when a deploy has removed the job", func() {
		Expect(os.Remove(filepath.Join(r.root, "var/vcap/jobs/rep"))).To(Succeed())
		passes(2)
		Expect(r.status("expired")).To(BeEmpty())
		Eventually(box.field("Action"), "1m").Should(ContainElement(wellAgain + "none expired"))
	})

	It("is kept when a reload lowers the limit", func() {
		r.configure("scan: {max_file_size: 100}\nalerts: {enabled: false}\n")
		r.reload <- struct{}{}
		passes(3)
		Expect(r.status("expired")).To(And(ContainSubstring("lapsed"), ContainSubstring("last seen")))
		Expect(r.status("unverified")).To(ContainSubstring("max_file_size"))
	})

	It("is not lost with an unreadable memory of it", func() {
		Expect(os.WriteFile(filepath.Join(r.data, "sight.json"), []byte("{"), 0o640)).To(Succeed())
		r.stop()
		r.agent.Clock = r.clock
		r.start()
		passes(1)
		Expect(r.log.String()).To(ContainSubstring("starting without it"))
		Expect(r.status("expired")).To(ContainSubstring("lapsed"))
	})
})
