package hostile_test

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/scenario"
	"cert-health/internal/scenario/hostile"
	"cert-health/internal/verdict"
)

var _ = Describe("the files of a job that need too much work", func() {
	for _, input := range hostile.Inputs() {
		It("concern that job alone: "+input.Name, func() {
			v := newVM()
			v.deploy("attacker", input.Make())
			v.deploy("honest", scenario.Files{"config/server.pem": expired("honest.internal").CertPEM()})
			r := v.scan()
			Expect(codes(r, "honest")).To(ConsistOf(verdict.Expired))
			Expect(problems(r, "honest")).To(BeEmpty())
			Expect(append(problems(r, "attacker"), codes(r, "attacker")...)).NotTo(BeEmpty())
		})
	}
})
