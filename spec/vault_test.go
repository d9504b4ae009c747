package spec_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/cloudfoundry/bosh-utils/property"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"gopkg.in/yaml.v2"
)

// approle runs the set-up script and returns the variables that it prints.
func (s server) approle(deployments ...string) (variables map[string]string) {
	GinkgoHelper()
	command := exec.Command(filepath.Join(root, "manifests", "vault-approle.sh"), deployments...)
	command.Env = append(os.Environ(), "VAULT="+vaultProgram(), "VAULT_ADDR="+s.address, "VAULT_TOKEN="+s.token)
	command.Stderr = GinkgoWriter
	out, err := command.Output()
	Expect(err).NotTo(HaveOccurred())
	Expect(yaml.Unmarshal(out, &variables)).To(Succeed())
	return variables
}

// compare scans an empty VM of the deployment cf by the job as it is rendered,
// and returns what the report says about Vault.
func (s server) compare(variables map[string]string, paths ...string) string {
	GinkgoHelper()
	dir := jobNamed("cert-health").rendered(property.Map{"vault": property.Map{
		"address": s.address, "paths": paths,
		"auth": property.Map{"approle": property.Map{"role_id": variables["cert_health_role_id"], "secret_id": variables["cert_health_secret_id"]}},
	}})
	vm := GinkgoT().TempDir()
	Expect(os.MkdirAll(filepath.Join(vm, "var", "vcap", "jobs"), 0o755)).To(Succeed())
	command := exec.Command(program(), "scan", "--format", "json", "--root", vm, "--config", filepath.Join(dir, "config", "cert-health.yml"))
	out, _ := command.Output()
	var report struct {
		Reference struct{ State, Error string }
	}
	Expect(json.Unmarshal(out, &report)).To(Succeed(), string(out))
	return strings.TrimSpace(report.Reference.State + " " + report.Reference.Error)
}

var _ = Describe("the set-up of Vault", func() {
	It("passes shellcheck, and asks for deployments", func() {
		script := filepath.Join(root, "manifests", "vault-approle.sh")
		out, err := run("shellcheck", script)
		Expect(err).NotTo(HaveOccurred(), out)
		out, err = run(script)
		Expect(err).To(HaveOccurred())
		Expect(out).To(ContainSubstring("DEPLOYMENT..."))
	})

	It("lets the agent read what it must, by the job's own configuration, and nothing else", func() {
		s := startVault()
		s.put("cf/router", "concourse/web", "other/db")
		variables := s.approle("cf", "concourse")

		Expect(s.compare(variables, "secret/{{deployment}}", "secret/concourse")).To(Equal("ok"))
		Expect(s.compare(variables, "secret/other")).To(HavePrefix("unavailable"))
	})

	It("can be run again, and adds a deployment", func() {
		s := startVault()
		s.put("cf/router")
		first := s.approle("concourse")
		Expect(s.compare(first, "secret/cf")).To(HavePrefix("unavailable"))
		Expect(s.compare(s.approle("concourse", "cf"), "secret/cf")).To(Equal("ok"))
		Expect(s.compare(first, "secret/cf")).To(Equal("ok"), "the secret id that the VMs have is still good")
	})
})
