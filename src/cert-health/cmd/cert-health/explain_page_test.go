package main

import (
	"fmt"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/explain"
	"cert-health/internal/knowledge"
	"cert-health/internal/report/terminal"
	"cert-health/internal/verdict"
)

var _ = Describe("the page of explain", func() {
	now := time.Date(2019, 7, 13, 0, 30, 0, 0, time.UTC)
	ended := now.Add(-2*time.Hour - 4*time.Minute - 11*time.Second)
	worst := func() *explain.Case {
		return &explain.Case{
			Sentence: "bbs refused rep: the client certificate that rep shows has expired.", Fault: knowledge.Expired, Lines: 412, First: ended.Add(time.Minute), Last: ended.Add(2 * time.Minute),
			Suspects: []*explain.Suspect{{Name: "cell.service.cf.internal", Variable: "diego_rep_agent_v2", State: "expired 2019-07-12 22:25:49 UTC (2 hours ago)", Proven: true, Outdated: true,
				Where: []explain.Where{{Deployment: "cf", Group: "diego-cell", Instances: 97, Files: []string{"/var/vcap/jobs/rep/config/certs/tls.crt"}}},
				Store: []explain.Stored{{Store: "Vault", Path: "secret/cell/rep/tls/cert", Version: 2, Since: now.Add(-2 * time.Hour), NotAfter: now.AddDate(1, 0, 0)}}}},
			Steps:   []verdict.Step{verdict.Do("merge the manifest anew, then:"), verdict.Run("bosh", "-d", "cf", "deploy", "MANIFEST")},
			Effects: []explain.Effect{{Means: "A cell cannot download the droplet.", Words: "Downloading droplet failed", Lines: 12}},
		}
	}
	write := func(a *explain.Answer, verbose bool) string {
		GinkgoHelper()
		var out strings.Builder
		Expect(explainPage(&out, terminal.Style{Width: 100, Verbose: verbose}, a, nil, now)).To(Succeed())
		return out.String()
	}

	It("says in the first lines which certificate it is, where it is, what the store holds and what to do", func() {
		Expect(write(&explain.Answer{Cases: []*explain.Case{worst()}, Logs: 1, Lines: 1000, Surveyed: true}, false)).To(HavePrefix(`bbs refused rep: the client certificate that rep shows has expired.
  which     diego_rep_agent_v2 (cell.service.cf.internal), expired 2019-07-12 22:25:49 UTC (2 hours
            ago), seen in 412 lines since 2019-07-12 22:26 UTC
  where     cf: diego-cell x 97: /var/vcap/jobs/rep/config/certs/tls.crt
  store     Vault secret/cell/rep/tls/cert: renewed 2 hours ago, until 2020-07-13 00:30 UTC (version
            2)
  do        merge the manifest anew, then:
            bosh -d cf deploy MANIFEST
  seen as   "Downloading droplet failed" (12 lines): A cell cannot download the droplet.
`))
	})

	It("shows the three worst cases in full, and all of them with --verbose", func() {
		a := &explain.Answer{Logs: 1}
		for n := range 5 {
			c := worst()
			c.Sentence = fmt.Sprintf("Case %d.", n)
			a.Cases = append(a.Cases, c)
		}
		Expect(write(a, false)).To(And(ContainSubstring("Case 2.\n  which"), ContainSubstring("and Case 3 (412 lines)\n"), ContainSubstring("--verbose shows them all.")))
		Expect(write(a, true)).To(ContainSubstring("Case 4.\n  which"))
	})
})
