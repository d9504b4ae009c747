package agent_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/agent"
	"cert-health/internal/report"
	"cert-health/internal/scenario"
)

var _ = Describe("the data directory", func() {
	It("is made again when it is removed, with all that the agent knows", func() {
		r := newRig()
		lapsed := scenario.Issue(scenario.Spec{CommonName: "a", NotBefore: time.Now().AddDate(-1, 0, 0), NotAfter: time.Now().Add(-time.Hour)})
		r.deploy(scenario.Files{"a.pem": lapsed.CertPEM()})
		r.start()
		r.first()
		r.pass()
		Expect(os.RemoveAll(r.data)).To(Succeed())
		r.pass()
		Expect(r.status("expired")).To(ContainSubstring("expired"))
		Expect(r.memory()).NotTo(BeEmpty())
		status, err := agent.ReadStatus(r.data, r.clock.Now())
		Expect(err).NotTo(HaveOccurred())
		Expect(status.Running).To(BeTrue(), "it holds the lock that is there now")
		Expect(status.Report.Certificates).To(HaveLen(1))
		Expect(strings.Count(r.log.String(), "was removed; it was made again")).To(Equal(1))
	})
})

var _ = Describe("status", func() {
	It("says of an agent that has not completed its first scan when it started", func() {
		r := newRig()
		r.agent.Jitter = func(below time.Duration) time.Duration { return below }
		r.deploy(scenario.Files{"a.pem": scenario.Issue(scenario.Spec{CommonName: "x"}).CertPEM()})
		r.start()
		read := func(after time.Duration) func() (*agent.Status, error) {
			return func() (*agent.Status, error) { return agent.ReadStatus(r.data, r.clock.Now().Add(after)) }
		}
		Eventually(read(5*time.Second), "5s").Should(And(HaveField("Running", true), HaveField("Starting", true), HaveField("Report", BeNil()),
			HaveField("Started", BeTemporally("==", r.clock.Now()))))
		_, err := read(16 * time.Minute)()
		Expect(err).To(MatchError(ContainSubstring("read the agent's last report")), "it hangs")
		r.clock.WaitForWatcherAndIncrement(12 * time.Second)
		Eventually(read(0), "5s").Should(And(HaveField("Alive", true), HaveField("Starting", false)))
	})

	It("reads an agent's report, and tells whether it is alive", func() {
		r := newRig()
		_, err := agent.ReadStatus(r.data, time.Now())
		Expect(err).To(MatchError(ContainSubstring("check that the agent is running")))
		r.deploy(scenario.Files{"a.pem": scenario.Issue(scenario.Spec{CommonName: "x"}).CertPEM()})
		r.start()
		r.first()
		status, err := agent.ReadStatus(r.data, r.clock.Now())
		Expect(err).NotTo(HaveOccurred())
		Expect(status.Running && status.Alive).To(BeTrue())
		Expect(status.Report.Instance.Name()).To(Equal("cell/0"))
		hung, err := agent.ReadStatus(r.data, r.clock.Now().Add(16*time.Minute))
		Expect(err).NotTo(HaveOccurred())
		Expect(hung.Running).To(BeTrue())
		Expect(hung.Alive).To(BeFalse())
		r.stop()
		dead, err := agent.ReadStatus(r.data, r.clock.Now())
		Expect(err).NotTo(HaveOccurred())
		Expect(dead.Running).To(BeFalse())
	})
})

var _ = Describe("the agent's files", func() {
	It("contain public data only", func() {
		r := newRig()
		pair := scenario.Issue(scenario.Spec{CommonName: "x"})
		r.deploy(scenario.Files{"a.pem": pair.CertPEM() + pair.KeyPEM()})
		r.start()
		r.first()
		key := strings.Split(pair.KeyPEM(), "\n")[1]
		Expect(filepath.WalkDir(r.data, func(path string, entry os.DirEntry, err error) error {
			if err == nil && entry.Type().IsRegular() {
				contents, _ := os.ReadFile(path)
				Expect(bytes.Contains(contents, []byte(key))).To(BeFalse(), "a private key was written")
			}
			return err
		})).To(Succeed())
		var written report.Report
		contents, err := os.ReadFile(filepath.Join(r.data, "report.json"))
		Expect(err).NotTo(HaveOccurred())
		Expect(json.Unmarshal(contents, &written)).To(Succeed())
		Expect(written.Certificates[0].Name).To(Equal("x"))
	})
})
