package check_test

import (
	"context"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/check"
	"cert-health/internal/config"
	"cert-health/internal/scenario"
)

var _ = Describe("an expired certificate of a job with a drain script", func() {
	It("has a step for a deploy that hangs in the script, and that of another job has none", func() {
		expired := func(name string) string {
			return scenario.Issue(scenario.Spec{CommonName: name, NotBefore: time.Now().AddDate(-1, 0, 0), NotAfter: time.Now().Add(-time.Hour)}).CertPEM()
		}
		root := GinkgoT().TempDir()
		Expect(scenario.VM{Deployment: "cf", Group: "cell", ID: "3f2a", Jobs: map[string]scenario.Files{
			"rep":    {"rep.pem": expired("rep"), "bin/drain": "#!/bin/bash\n"},
			"router": {"router.pem": expired("router"), "bin/drain/README": "a directory is not a script"},
		}}.Write(root)).To(Succeed())
		r, err := (&check.Checker{Config: config.Default(), Root: root}).Check(context.Background())
		Expect(err).NotTo(HaveOccurred())
		next := map[string]string{}
		for _, c := range r.Certificates {
			next[c.Name] = c.Findings[0].Next
		}
		Expect(next).To(HaveLen(2))
		Expect(next["rep"]).To(HaveSuffix("if the deploy hangs in bin/drain of rep, which may use an expired certificate, cancel it and repeat it with --skip-drain=cell"))
		Expect(next["router"]).To(And(ContainSubstring("bosh -d cf deploy"), Not(ContainSubstring("drain"))))
	})
})
