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
func (s server) approle(deployments ...string) map[string]string {
	GinkgoHelper()
	return s.approleFor("metadata", deployments...)
}

// approleFor does the same for agents of one mode.
func (s server) approleFor(mode string, deployments ...string) (variables map[string]string) {
	GinkgoHelper()
	command := exec.Command(filepath.Join(root, "manifests", "vault-approle.sh"), deployments...)
	command.Env = append(os.Environ(), "MODE="+mode, "VAULT="+vaultProgram(), "VAULT_ADDR="+s.address, "VAULT_TOKEN="+s.token)
	command.Stderr = GinkgoWriter
	out, err := command.Output()
	Expect(err).NotTo(HaveOccurred())
	Expect(yaml.Unmarshal(out, &variables)).To(Succeed())
	return variables
}

// publish publishes as a pipeline does, with the role of the publisher.
func (s server) publish(variables map[string]string, paths string, args ...string) (string, int) {
	GinkgoHelper()
	command := exec.Command(filepath.Join(root, "scripts", "publish"), args...)
	command.Env = append(os.Environ(), "VAULT_ADDR="+s.address, "VAULT_PATHS="+paths, "VAULT_TOKEN=", "VAULT_CACERT=", "VAULT_NAMESPACE=",
		"VAULT_ROLE_ID="+variables["cert_health_publisher_role_id"], "VAULT_SECRET_ID="+variables["cert_health_publisher_secret_id"])
	out, _ := command.CombinedOutput()
	return strings.TrimSpace(string(out)), command.ProcessState.ExitCode()
}

// compared is the part of a report about Vault and the VM's certificate.
type compared struct {
	Reference struct {
		State, Error, Mode string
		MayReadData        bool `json:"may_read_data"`
	}
	Certificates []struct {
		Reference struct{ State, Path string }
	}
}

// compare scans a VM of the deployment cf that has one certificate, with the configuration
// that the job renders.
func (s server) compare(variables map[string]string, mode, certificate string, paths ...string) (report compared) {
	GinkgoHelper()
	dir := jobNamed("cert-health").rendered(property.Map{"cert_health": property.Map{"vault": property.Map{
		"address": s.address, "mode": mode, "paths": paths,
		"auth": property.Map{"approle": property.Map{"role_id": variables["/cert_health_role_id"], "secret_id": variables["/cert_health_secret_id"]}},
	}}})
	vm := GinkgoT().TempDir()
	config := filepath.Join(vm, "var", "vcap", "jobs", "router", "config")
	Expect(os.MkdirAll(config, 0o755)).To(Succeed())
	Expect(os.WriteFile(filepath.Join(config, "tls.crt"), []byte(certificate), 0o600)).To(Succeed())
	command := exec.Command(program("cert-health"), "scan", "--format", "json", "--root", vm, "--config", filepath.Join(dir, "config", "cert-health.yml"))
	out, _ := command.Output()
	Expect(json.Unmarshal(out, &report)).To(Succeed(), string(out))
	Expect(report.Certificates).To(HaveLen(1))
	return report
}

var _ = Describe("the set-up of Vault", func() {
	script := filepath.Join(root, "manifests", "vault-approle.sh")

	It("passes shellcheck, and requires deployments", func() {
		out, err := run("shellcheck", script, filepath.Join(root, "scripts", "publish"))
		Expect(err).NotTo(HaveOccurred(), out)
		out, err = run(script)
		Expect(err).To(HaveOccurred())
		Expect(out).To(ContainSubstring("DEPLOYMENT..."))
	})

	DescribeTable("refuses names that would allow more than one deployment, before it writes a policy",
		func(deployment string) {
			out, err := run(script, "cf", deployment)
			Expect(err).To(HaveOccurred())
			Expect(out).To(And(HavePrefix(deployment), ContainSubstring("DEPLOYMENT...")))
		},
		Entry("any name", "+"),
		Entry("any name with this beginning", "cf*"),
		Entry("another line of the policy", "cf\" {}\n"),
		Entry("an empty name, which means all", ""),
		Entry("a directory without a name", "cf/"),
		Entry("the index of all deployments", "cert-health"),
		Entry("a part of that index", "cert-health/index"),
	)

	It("lets the publisher publish, and lets the agent read only that, with the job's own configuration", func() {
		s := startVault()
		certificate := selfSigned("router.service.cf.internal")
		s.do("PUT", "secret/data/cf/router", object{"data": object{"certificate": certificate, "key": private}})
		s.put("concourse/web", "other/db")
		variables := s.approle("cf", "concourse")
		Expect(s.compare(variables, "metadata", certificate, "secret/{{deployment}}").Reference.Error).To(ContainSubstring("nothing is published"))

		out, code := s.publish(variables, "secret/cf secret/concourse")
		Expect(code).To(BeZero(), out)
		report := s.compare(variables, "metadata", certificate, "secret/{{deployment}}", "secret/concourse")
		Expect(report.Reference).To(And(HaveField("State", "ok"), HaveField("Mode", "metadata"), HaveField("MayReadData", false)))
		Expect(report.Certificates[0].Reference).To(And(HaveField("State", "current"), HaveField("Path", "cf/router")))
		Expect(s.compare(variables, "metadata", certificate, "secret/other").Reference.State).To(Equal("unavailable"))
		Expect(s.compare(variables, "data", certificate, "secret/cf").Reference.State).To(Equal("unavailable"), "the same agent gets no access in another mode")
	})

	It("lets the publisher publish for its deployments only, and returns the program's exit code", func() {
		s := startVault()
		s.put("cf/router", "other/db")
		variables := s.approle("cf")
		out, code := s.publish(variables, "secret/cf secret/other")
		Expect(code).To(Equal(1), out)
		Expect(out).To(And(ContainSubstring("secret/other"), Not(ContainSubstring("secret/cf"))))
		out, code = s.publish(variables, "")
		Expect(code).To(Equal(2), out)
		Expect(out).To(Equal("VAULT_PATHS is missing"))
		variables["cert_health_publisher_secret_id"] = "wrong"
		out, code = s.publish(variables, "secret/cf")
		Expect(code).To(Equal(2), out)
		Expect(out).To(And(ContainSubstring("log in by AppRole"), Not(ContainSubstring("wrong:"))))
	})

	It("lets the agent read the secrets themselves with MODE=data, and then makes no publisher", func() {
		s := startVault()
		certificate := selfSigned("router.service.cf.internal")
		s.do("PUT", "secret/data/cf/router", object{"data": object{"certificate": certificate, "key": private}})
		variables := s.approleFor("data", "cf")
		Expect(variables).To(And(HaveLen(2), HaveKey("/cert_health_role_id"), HaveKey("/cert_health_secret_id")))
		report := s.compare(variables, "data", certificate, "secret/{{deployment}}")
		Expect(report.Reference).To(And(HaveField("State", "ok"), HaveField("Mode", "data"), HaveField("MayReadData", true)))
		Expect(report.Certificates[0].Reference).To(HaveField("State", "current"))
	})

	It("can be run again, and adds a deployment", func() {
		s := startVault()
		s.put("cf/router")
		certificate := selfSigned("router.service.cf.internal")
		state := func(variables map[string]string) string {
			return s.compare(variables, "metadata", certificate, "secret/cf").Reference.State
		}
		first := s.approle("concourse")
		second := s.approle("concourse", "cf")
		out, code := s.publish(first, "secret/cf")
		Expect(code).To(BeZero(), out)
		Expect(state(second)).To(Equal("ok"))
		Expect(state(first)).To(Equal("ok"), "the secret id of the VMs is still valid")
		s.approle("concourse")
		Expect(state(second)).To(Equal("unavailable"), "a deployment that is no longer named has no access")
	})
})
