package spec_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/cloudfoundry/bosh-utils/property"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

// monitFiles renders the monit files of all jobs, each with its n-th good case or, if
// it has fewer, the last one. The first case sets no property, the second sets all.
func monitFiles(n int) (contents []string) {
	GinkgoHelper()
	for _, j := range jobs() {
		good := casesOf(j).Good
		monit, err := os.ReadFile(filepath.Join(j.rendered(good[min(n, len(good)-1)].Properties), "monit"))
		Expect(err).NotTo(HaveOccurred())
		contents = append(contents, string(monit))
	}
	return contents
}

// monitAccepts checks the control file that bosh-agent makes of monit files with monit.
func monitAccepts(monitFiles []string) {
	GinkgoHelper()
	dir := GinkgoT().TempDir()
	control := fmt.Sprintf("set daemon 10\nset idfile %s/id\nset statefile %s/state\n%s", dir, dir, strings.Join(monitFiles, "\n"))
	path := filepath.Join(dir, "monitrc")
	Expect(os.WriteFile(path, []byte(control), 0o700)).To(Succeed())
	out, err := run("monit", "-t", "-c", path)
	Expect(err).NotTo(HaveOccurred(), out)
	Expect(out).To(ContainSubstring("Control file syntax OK"))
}

var _ = Describe("the monit files of all jobs", func() {
	check := regexp.MustCompile(`(?m)^\s*check\s+(\w+)\s+(\S+)`)

	for n := range 2 {
		It(fmt.Sprintf("are valid for monit together, because one error stops monit for the whole VM, in good case %d", n), func() {
			monitAccepts(monitFiles(n))
		})
	}

	It("use unique names with the release's prefix, because names are global and ignore case", func() {
		seen := map[string]bool{}
		for _, match := range check.FindAllStringSubmatch(strings.Join(monitFiles(0), "\n"), -1) {
			name := strings.ToLower(match[2])
			Expect(name).To(HavePrefix("cert-health"))
			Expect(seen).NotTo(HaveKey(name))
			seen[name] = true
		}
	})

	It("use only checks that the stemcell's monit 5.2.5 has", func() {
		for _, match := range check.FindAllStringSubmatch(strings.Join(monitFiles(0), "\n"), -1) {
			Expect(match[1]).To(BeElementOf("process", "file", "host", "directory", "fifo", "filesystem", "system"))
		}
	})

	It("use neither match nor depends on: no match reaches the Health Monitor, and a dependent is not watched again", func() {
		Expect(strings.Join(monitFiles(1), "\n")).NotTo(MatchRegexp(`(?m)^\s*(if match|depends on)\b`))
	})

	It("send no alerts beside those of the agent, except about an agent that cannot send any", func() {
		alerts := func(properties property.Map) string {
			contents, err := os.ReadFile(filepath.Join(jobNamed("cert-health").rendered(property.Map{"cert_health": properties}), "monit"))
			Expect(err).NotTo(HaveOccurred())
			return string(contents)
		}
		for _, check := range strings.Split(alerts(property.Map{}), "\n\n") {
			silent := strings.Contains(check, "size > 0")
			Expect(strings.Contains(check, "noalert agent@local")).To(Equal(silent), check)
		}
		Expect(alerts(property.Map{"monit_alerts": true})).NotTo(ContainSubstring("noalert"))
		Expect(alerts(property.Map{"alerts": property.Map{"enabled": false}})).NotTo(ContainSubstring("noalert"), "then only monit sends alerts")
	})

	It("count only processes for the instance's health, unless the operator wants more", func() {
		quiet, strict := strings.Join(monitFiles(0), "\n"), strings.Join(monitFiles(1), "\n")
		Expect(strings.Count(quiet, "group vcap")).To(Equal(strings.Count(quiet, "check process")))
		Expect(strings.Count(strict, "group vcap")).To(BeNumerically(">", strings.Count(quiet, "group vcap")))
	})

	It("watch the status files that the agent writes, which the scripts make and empty", func() {
		words := func(pattern, text string) (list []string) {
			for _, match := range regexp.MustCompile(pattern).FindAllStringSubmatch(text, -1) {
				list = append(list, strings.Fields(match[1])...)
			}
			return list
		}
		agent := read("src", "cert-health", "internal", "agent", "statusfiles.go")
		written := append(words(`(?m)^\t\{"(\w+)", \[\]alert\.Class`, agent), words(`heartbeat = "(\w+)"`, agent)...)
		Expect(written).To(HaveLen(5))
		Expect(words(`/status/(\w+)`, read("jobs", "cert-health", "monit"))).To(ConsistOf(written))
		for _, script := range []string{"pre-start.erb", "quiet.erb"} {
			Expect(words(`for file in ([\w ]+); do`, read("jobs", "cert-health", "templates", script))).To(ConsistOf(written), script)
		}
	})
})
