package e2e_test

import (
	"fmt"
	"regexp"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	agentreport "cert-health/internal/report"
)

var _ = Describe("a VM whose jobs are not restarted", Ordered, Serial, func() {
	var (
		agent *boshAgent
		m     monit
		// The agent sees the sockets of processes of its own user only, workers included.
		api    = webJob{name: "api", address: "127.0.0.1:8443", user: "vcap"}
		router = webJob{name: "router", address: "0.0.0.0:443", user: "root", workers: "vcap"}
		guard  = webJob{name: "guard", address: "0.0.0.0:8444", user: "root", workers: "root"}
	)

	AfterEach(explain)
	AfterAll(func() { m.remove() })

	BeforeAll(func() {
		agent = startBoshAgent()
		deployWeb(api, router, guard)
		p := properties(nil)
		p["cert_health"].(map[string]any)["served"] = map[string]any{"interval": "1s"}
		install(p)
		script("pre-start")
		m = startMonit("")
	})

	It("is fine while its processes serve the certificates of their files", func() {
		for _, j := range []webJob{api, router, guard} {
			Eventually(j.shown, soon).Should(HaveField("State", agentreport.Loaded))
		}
		for _, j := range []webJob{api, router} {
			Expect(j.shown()).To(And(HaveField("Job", j.name), HaveField("Process", "nginx")))
		}
		Expect(guard.shown()).To(And(HaveField("Job", ""), HaveField("PID", 0)))
		Eventually(m.summary, soon).Should(Equal(healthy()))
		Expect(agent.titles()).To(BeEmpty())
	})

	for _, c := range []struct {
		job       webJob
		who, next string
	}{
		{api, `nginx \(pid \d+\)`, "monit restart api"},
		{router, `nginx \(pid \d+\)`, "monit restart router"},
		{guard, "an unknown process", "ss -ltnp; if guard listens at 0.0.0.0:8444: monit restart guard"},
	} {
		It("has the certificate of "+c.job.name+" replaced by hand: monit and an alert say which job to restart", func() {
			before := len(agent.titles())
			c.job.paste(c.job.certificate(10))
			Eventually(m.state("cert-health-drift"), soon).Should(Equal("Size failed"))
			says := fmt.Sprintf(`%[1]s\.service\.cf\.internal .*%[1]s config/cert\.pem:1: %s still serves the previous certificate at %s; that one is valid until .*%s\s*$`,
				c.job.name, c.who, c.job.address, regexp.QuoteMeta(c.next))
			Expect(status("drift")()).To(MatchRegexp("^error " + says))
			Eventually(agent.titles, soon).Should(HaveLen(before + 1))
			Expect(agent.titles()[before]).To(Equal("Content failed - Certificate not loaded: 1 certificate of " + c.job.name))
			Expect(agent.own()[before].summary).To(MatchRegexp("^" + says))
			show(m, c.job.name+" has not loaded its certificate")

			m.do("restart", c.job.name)
			Eventually(m.summary, soon).Should(Equal(healthy()))
			Eventually(agent.titles, soon).Should(HaveLen(before + 2))
			Expect(agent.titles()[before+1]).To(Equal("Checksum changed - Certificates well again: all loaded"))
			Eventually(c.job.shown, soon).Should(HaveField("State", agentreport.Loaded))
		})
	}
})
