//go:build !vm

package main

import (
	"os"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

// nightCommands are the commands of "It is 3 a.m." in docs/operations.md, in their order.
func nightCommands() (commands []string) {
	GinkgoHelper()
	page, err := os.ReadFile("../../../../docs/operations.md")
	Expect(err).NotTo(HaveOccurred())
	_, section, found := strings.Cut(string(page), "\n## It is 3 a.m.\n")
	Expect(found).To(BeTrue())
	section, _, _ = strings.Cut(section, "\n## ")
	for line := range strings.Lines(section) {
		if command, indented := strings.CutPrefix(line, "    "); indented {
			commands = append(commands, strings.TrimSpace(command))
		}
	}
	return commands
}

// nightStep is what a command of the page must do.
type nightStep struct {
	command string
	// instead does what bosh would do. Only commands of bosh and cf have it: they are not run.
	instead func()
	code    int
	says    []string
}

var _ = Describe("the night on the page of operations", Ordered, ContinueOnFailure, func() {
	const onVM = "/var/vcap/jobs/cert-health/bin/cert-health"
	var n *night

	BeforeAll(func() { n = newNight() })

	It("goes from the symptom to quiet, with each command of the page", func() {
		steps := []nightStep{
			{command: "bosh -d cf logs diego-cell", instead: n.download},
			{command: "cert-health explain cf.diego-cell-*.tgz", code: exitFindings,
				says: []string{"diego_rep_agent_v2 (cell.service.cf.internal), expired ", "cf: diego-cell x 2: /var/vcap/jobs/rep/config/certs/tls.crt", "Vault secret/cf/diego/rep", "cert-health x509 renew secret/cf/diego/rep", `"Downloading failed"`}},
			{command: "cert-health x509 validate -r secret/cf", code: exitFindings,
				says: []string{"4 secrets, 4 of them with certificates: 2 expired, 2 sound", "cert-health x509 renew secret/cf/diego/bbs secret/cf/diego/rep"}},
			{command: "cert-health x509 renew -r secret/cf --expired --dry-run",
				says: []string{"renew secret/cf/diego/bbs", "renew secret/cf/diego/rep", "signed by secret/cf/ca", "used by cf diego-cell", "bosh -d cf deploy MANIFEST", "nothing was changed"}},
			{command: "cert-health x509 renew -r secret/cf --expired --yes", says: []string{"done: renew secret/cf/diego/bbs: serial number", "done: renew secret/cf/diego/rep: serial number"}},
			{command: "cert-health publish --vault-path secret/cf", says: []string{"4 secrets, 4 of them with certificates (4 in all): 3 published, 1 unchanged"}},
			{command: "cert-health refresh --wait"},
			{command: "bosh -d cf deploy cf.yml", instead: func() { n.deploy("diego-api", "diego-cell/0") }},
			{command: "cert-health fleet", code: exitFindings, says: []string{"bosh -d cf deploy MANIFEST", "cell.service.cf.internal expired on 1 of 2 diego-cells; renewed in Vault", "the deploy reached 1 of 2 diego-cells", "1/2"}},
			{command: "cert-health trust", code: exitFindings, says: []string{"expired cf/diego-cell cf/api rep-cc", "the server refuses the certificate cell.service.cf.internal of the client", `"Downloading failed"`}},
			{command: "bosh -d cf ssh diego-cell/1", instead: func() { n.at = "diego-cell/1" }},
			{command: onVM + " repair --dry-run", says: []string{"Repair 1 certificate in 1 file", "write /var/vcap/jobs/rep/config/certs/tls.crt", "certificate of cell.service.cf.internal", "nothing was changed"}},
			{command: onVM + " repair --yes", says: []string{"done write /var/vcap/jobs/rep/config/certs/tls.crt"}},
			{command: onVM + " status", says: []string{"all well", "The agent is alive"}},
			{command: "cert-health fleet", says: []string{"nothing to do"}},
		}
		commands := nightCommands()
		for i, step := range steps {
			Expect(len(commands)).To(BeNumerically(">", i), "the page ends before: %s", step.command)
			Expect(commands[i]).To(Equal(step.command))
			if step.instead != nil {
				Expect(step.command).To(MatchRegexp(`^(bosh|cf) `), "only commands of bosh and cf are not run")
				step.instead()
				continue
			}
			By(step.command)
			n.expect(commands[i], step.code, step.says)
		}
		Expect(commands).To(HaveLen(len(steps)), "the page has commands that no test runs")
	})
})
