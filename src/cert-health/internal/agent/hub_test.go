package agent_test

import (
	"crypto/tls"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/agent"
	"cert-health/internal/report"
	"cert-health/internal/scenario"
	"cert-health/internal/uplink"
	"cert-health/internal/uplink/uplinktest"
)

var _ = Describe("with a hub", func() {
	var (
		hub *uplinktest.Hub
		r   *rig
	)

	// reports lets the agent report to hubs.
	reports := func(urls ...string) {
		GinkgoHelper()
		dir := GinkgoT().TempDir()
		client := hub.Issue(scenario.Spec{CommonName: "cert-health-agent", NotAfter: time.Now().AddDate(5, 0, 0)})
		for name, text := range map[string]string{"ca.pem": hub.CA.CertPEM(), "client.crt": client.CertPEM(), "client.key": client.KeyPEM()} {
			Expect(os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600)).To(Succeed())
		}
		r.configure(fmt.Sprintf("served: {enabled: false}\nhub: {url: [%s], ca_cert: %s/ca.pem, certificate: %[2]s/client.crt, private_key: %[2]s/client.key}\n",
			strings.Join(urls, ", "), dir))
	}
	// eventually lets the time pass until something is so.
	eventually := func(is any) AsyncAssertion {
		return Eventually(func(g Gomega) any {
			r.clock.Increment(10 * time.Second)
			switch get := is.(type) {
			case func() string:
				return get()
			case func() int:
				return get()
			}
			return nil
		}).WithTimeout(time.Minute).WithPolling(10 * time.Millisecond)
	}
	count := func() int { return len(hub.Reports()) }
	beats := func() int { return len(hub.Heartbeats()) }
	state := func() string {
		status, err := agent.ReadStatus(r.data, r.clock.Now())
		if err != nil || status.Report == nil || status.Report.Hub == nil {
			return ""
		}
		return strings.TrimSpace(status.Report.Hub.State + " " + status.Report.Hub.Error)
	}
	renew := func() {
		GinkgoHelper()
		r.deploy(scenario.Files{"a.pem": scenario.Issue(scenario.Spec{CommonName: "a", NotAfter: time.Now().AddDate(20, 0, 0)}).CertPEM()})
	}

	BeforeEach(func() {
		hub = uplinktest.Start(nil)
		r = newRig()
		renew()
		reports(hub.URL)
	})

	It("sends its report once, a heartbeat each minute, and the report again when it has changed", func() {
		r.start()
		eventually(count).Should(Equal(1))
		sent := hub.Reports()[0]
		read, err := report.Parse(sent.Report)
		Expect(err).NotTo(HaveOccurred())
		Expect(read.Hub).To(BeNil())
		Expect(read.Certificates).To(HaveLen(1))
		Expect(uplink.Digest(read)).To(Equal(sent.Digest))
		before := beats()
		eventually(beats).Should(BeNumerically(">=", before+3))
		Expect(count()).To(Equal(1))
		all := hub.Heartbeats() // one may still be on its way
		last := all[len(all)-1]
		Expect(last.Instance).To(And(HaveField("Group", "cell"), HaveField("ID", "0")))
		Expect(last.Digest).To(Equal(sent.Digest))
		Expect(last.Sequence.Boot).To(Equal(sent.Sequence.Boot))
		Expect(last.ScannedAt).NotTo(BeZero())
		renew()
		eventually(count).Should(Equal(2))
		eventually(state).Should(Equal("ok"))
	})

	It("goes on after a restart: the hub has the report, and the sequence counts on", func() {
		r.start()
		eventually(count).Should(Equal(1))
		eventually(state).Should(Equal("ok"))
		r.stop()
		last, before := hub.Heartbeats()[beats()-1].Sequence, beats()
		r.start()
		eventually(beats).Should(BeNumerically(">", before+1))
		Expect(count()).To(Equal(1))
		next := hub.Heartbeats()[before].Sequence
		Expect(next.Boot).To(Equal(last.Boot))
		Expect(next.Count).To(BeNumerically(">", last.Count))
	})

	It("begins another sequence when the data directory is lost", func() {
		r.start()
		eventually(count).Should(Equal(1))
		r.stop()
		Expect(os.RemoveAll(r.data)).To(Succeed())
		renew()
		r.start()
		eventually(count).Should(Equal(2))
		Expect(hub.Reports()[1].Sequence.Boot).NotTo(Equal(hub.Reports()[0].Sequence.Boot))
	})

	It("begins another sequence when the hub takes its report for an old one", func() {
		Expect(os.MkdirAll(r.data, 0o750)).To(Succeed())
		file := filepath.Join(r.data, "sequence.json")
		Expect(os.WriteFile(file, []byte(`{"boot": "x", "count": 500}`), 0o640)).To(Succeed())
		r.start()
		eventually(count).Should(Equal(1))
		Expect(hub.Reports()[0].Sequence).To(And(HaveField("Boot", "x"), HaveField("Count", BeNumerically(">", 500))))
		r.stop()
		Expect(os.WriteFile(file, []byte(`{"boot": "x", "count": 5}`), 0o640)).To(Succeed())
		renew()
		r.start()
		eventually(count).Should(Equal(2))
		Expect(hub.Reports()[1].Sequence.Boot).NotTo(Equal("x"))
		Expect(r.log.String()).NotTo(ContainSubstring("another VM may report"))
	})

	It("reports without a place for its sequence, and says so", func() {
		Expect(os.MkdirAll(filepath.Join(r.data, "sequence.json", "full"), 0o750)).To(Succeed())
		r.start()
		eventually(count).Should(Equal(1))
		renew()
		eventually(count).Should(Equal(2))
		Expect(r.log.String()).To(ContainSubstring("keeping the sequence of the messages to the hub failed"))
	})

	It("sends its report again when the hub has lost it", func() {
		r.start()
		eventually(count).Should(Equal(1))
		hub.Forget()
		eventually(count).Should(Equal(1))
	})

	DescribeTable("goes on scanning while the hub is ill, says why, and reports when it is well", func(ill func(), why string) {
		ill()
		r.start()
		eventually(state).WithTimeout(2 * time.Minute).Should(ContainSubstring(why))
		Expect(r.beat()).NotTo(BeEmpty())
		renew()
		hub.Forget()
		hub.Answer(nil)
		eventually(state).Should(Equal("ok"))
		eventually(count).Should(BeNumerically(">", 0))
		Expect(r.status("unverified")).To(BeEmpty())
		Expect(r.log.String()).To(ContainSubstring("reporting to the hub works again"))
	},
		Entry("it is down", func() { hub.Answer(uplinktest.HangUp) }, "was closed without an answer"),
		Entry("it fails", func() { hub.Answer(uplinktest.Refuse(503, "the database does not answer")) }, "fails (503): the database does not answer"),
		Entry("it refuses", func() { hub.Answer(uplinktest.Refuse(403, "the Director does not list cell/0")) }, "does not accept reports of this instance: the Director does not list cell/0"),
	)

	It("scans, and ends at once, while the hub hangs", func() {
		hub.Answer(uplinktest.Hang)
		r.start()
		eventually(beats).Should(BeNumerically(">", 0))
		before := r.beat()
		eventually(r.beat).ShouldNot(Equal(before))
		r.stop()
	})

	It("asks another hub when one does not answer, and stays with that", func() {
		other := hub
		hub = uplinktest.Start(func(c *tls.Config) { c.ClientCAs.AddCert(other.CA.X509) })
		hub.Stop()
		gone := hub.URL
		hub = other
		reports(gone, hub.URL)
		r.start()
		eventually(count).Should(Equal(1))
		eventually(state).Should(Equal("ok"))
	})

	It("forgets the hub when the configuration is reloaded without one", func() {
		r.start()
		eventually(state).Should(Equal("ok"))
		r.configure("served: {enabled: false}")
		r.reload <- struct{}{}
		eventually(state).Should(BeEmpty())
	})
})
