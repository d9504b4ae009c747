package e2e_test

import (
	"context"
	"crypto/tls"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/scenario"
)

// files are those of the job with a certificate and its CA. The certificate also is in a file of YAML.
func (j webJob) files(pair, ca *scenario.Pair) scenario.Files {
	return scenario.Files{"monit": j.monit(), "config/nginx.conf": j.nginx(), "config/cert.pem": pair.CertPEM(), "config/key.pem": pair.KeyPEM(), "config/ca.pem": ca.CertPEM(),
		"config/client.yml": "name: " + j.name + "\ntls:\n  cert: |\n" + scenario.Indent(pair.CertPEM(), "    ") + "  key: |\n" + scenario.Indent(pair.KeyPEM(), "    ") + "port: 1\n"}
}

// serves returns the serial number of the certificate that a client gets.
func (j webJob) serves() string {
	connection, err := tls.DialWithDialer(dialer(), "tcp", strings.Replace(j.address, "0.0.0.0", "127.0.0.1", 1), &tls.Config{InsecureSkipVerify: true})
	if err != nil {
		return err.Error()
	}
	defer connection.Close()
	return serial(connection.ConnectionState())
}

var _ = Describe("a VM that is repaired by hand", Ordered, Serial, func() {
	var (
		ctx        = context.Background()
		agent      *boshAgent
		vault      *centralVault
		m          monit
		ca         = scenario.Issue(scenario.Spec{CommonName: "ca", CA: true, NotBefore: time.Now().AddDate(-2, 0, 0), NotAfter: time.Now().AddDate(3, 0, 0)})
		api        = webJob{name: "api", address: "127.0.0.1:8443", user: "vcap"}
		router     = webJob{name: "router", address: "0.0.0.0:443", user: "root", workers: "vcap"}
		jobs       = []webJob{api, router}
		old, fresh = map[string]*scenario.Pair{}, map[string]*scenario.Pair{}
	)
	deployPairs := func(pairs map[string]*scenario.Pair) {
		GinkgoHelper()
		vm := scenario.VM{Deployment: "cf", Group: "router", ID: "c2a1f6d8", Jobs: map[string]scenario.Files{}}
		for _, j := range jobs {
			vm.Jobs[j.name] = j.files(pairs[j.name], ca)
		}
		Expect(vm.Write("/")).To(Succeed())
		chown("/var/vcap/data/jobs")
	}
	repair := func(args ...string) (string, int) {
		GinkgoHelper()
		command := exec.Command("/var/vcap/jobs/cert-health/bin/cert-health", append([]string{"repair", "--vault-path", "secret/cf"}, args...)...)
		command.Env = append(os.Environ(), "VAULT_ADDR="+vault.Address, "VAULT_TOKEN="+vault.Token)
		out, _ := command.CombinedOutput()
		return string(out), command.ProcessState.ExitCode()
	}
	wellServed := func() {
		GinkgoHelper()
		for _, j := range jobs {
			Expect(j.serves()).To(Equal(fresh[j.name].X509.SerialNumber.Text(16)))
		}
	}

	AfterEach(explain)
	AfterAll(func() {
		m.remove()
		Expect(os.RemoveAll("/var/vcap/bosh")).To(Succeed())
	})

	BeforeAll(func() {
		agent, vault = startBoshAgent(), startVault(ctx)
		for _, j := range jobs {
			spec := scenario.Spec{CommonName: j.name + ".service.cf.internal", Issuer: ca}
			fresh[j.name] = scenario.Issue(spec)
			spec.NotBefore, spec.NotAfter = time.Now().AddDate(-1, 0, 0), time.Now().Add(-time.Hour)
			old[j.name] = scenario.Issue(spec)
			Expect(vault.Put(ctx, "cf/"+j.name, old[j.name].Safe())).To(Succeed())
			vault.put(ctx, "cf/"+j.name, fresh[j.name])
			Expect(os.WriteFile("/var/vcap/monit/"+j.name+".monitrc", []byte(j.monit()), 0o600)).To(Succeed())
			for _, dir := range []string{j.run(), j.log()} {
				Expect(os.MkdirAll(dir, 0o755)).To(Succeed())
				Expect(exec.Command("chown", j.user, dir).Run()).To(Succeed())
			}
		}
		deployPairs(old)
		p := properties(vault)
		p["cert_health"].(map[string]any)["served"] = map[string]any{"interval": "1s"}
		install(p)
		script("pre-start")
		m = startMonit("")
		wrap(m, "")
	})

	It("is in the incident: the certificates are expired, and Vault holds new ones", func() {
		Eventually(m.state("cert-health-expired"), soon).Should(Equal("Size failed"))
		Eventually(m.state("cert-health-drift"), soon).Should(Equal("Size failed"))
		for _, j := range jobs {
			Eventually(j.serves, soon).Should(Equal(old[j.name].X509.SerialNumber.Text(16)))
		}
	})

	It("is not repaired by another user, or without a confirmation", func() {
		out, err := exec.Command("runuser", "-u", "vcap", "--", "/var/vcap/packages/cert-health/bin/cert-health", "repair", "--yes").CombinedOutput()
		Expect(err).To(HaveOccurred())
		Expect(string(out)).To(ContainSubstring("run it as root"))
		text, code := repair()
		Expect(code).To(Equal(2), text)
		Expect(text).To(And(ContainSubstring("restart api"), ContainSubstring("read the plan, and run the command again with --yes")))
		Expect(api.serves()).To(Equal(old["api"].X509.SerialNumber.Text(16)))
	})

	It("serves the new certificates after the repair, which says so", func() {
		text, code := repair("--yes")
		Expect(code).To(Equal(0), text)
		AddReportEntry("the repair", text, ReportEntryVisibilityFailureOrVerbose)
		Expect(text).To(And(ContainSubstring("done      restart api: it runs"), ContainSubstring("127.0.0.1:8443 shows the new certificate"), ContainSubstring("0.0.0.0:443 shows the new certificate")))
		wellServed()
		info, err := os.Stat(api.config("key.pem"))
		Expect(err).NotTo(HaveOccurred())
		Expect(info.Mode().Perm()).To(Equal(os.FileMode(0o640)))
		Expect(info.Sys().(*syscall.Stat_t).Gid).To(Equal(uint32(1000)))
		Expect(contents(api.config("client.yml"))()).To(Equal(api.files(fresh["api"], ca)["config/client.yml"]))
	})

	It("is quiet then: no finding of any kind is left", func() {
		Eventually(m.summary, soon).Should(Equal(healthy()))
		for _, name := range []string{"expired", "drift"} {
			Expect(status(name)()).To(BeEmpty())
		}
		text, code := repair("--yes")
		Expect(code).To(Equal(0))
		Expect(text).To(ContainSubstring("Nothing to repair"))
	})

	It("stays quiet when the deploy brings the same certificates", func() {
		// The alerts about the incident's end come after it; then nothing more.
		Eventually(agent.lastTitle, soon).Should(ContainSubstring("well again"))
		titles := agent.titles()
		deployPairs(fresh)
		beat := status("heartbeat")()
		for range 3 {
			Eventually(status("heartbeat"), soon).ShouldNot(Equal(beat))
			beat = status("heartbeat")()
		}
		Expect(agent.titles()).To(Equal(titles))
		Expect(m.summary()).To(Equal(healthy()))
		text, code := repair("--undo", "--yes")
		Expect(code).To(Equal(0), text)
		Expect(text).To(ContainSubstring("a deploy has replaced it since"))
		wellServed()
	})

	It("gets its old certificates back by an undo", func() {
		deployPairs(old)
		text, code := repair("--yes")
		Expect(code).To(Equal(0), text)
		wellServed()
		text, code = repair("--undo", "--yes")
		Expect(code).To(Equal(0), text)
		for _, j := range jobs {
			Expect(j.serves()).To(Equal(old[j.name].X509.SerialNumber.Text(16)))
		}
	})

	It("has its jobs restarted by the second run if the first was killed before that", func() {
		wrap(m, `[ "$1" != restart ] || kill -9 $PPID`)
		text, code := repair("--yes")
		Expect(code).To(Equal(-1), text)
		wrap(m, "")
		text, code = repair("--yes")
		Expect(code).To(Equal(0), text)
		Expect(text).To(ContainSubstring("Restart the jobs of the repair of"))
		wellServed()
	})
})

// wrap installs the monit of a stemcell, which knows its own configuration, with a command before each call.
func wrap(m monit, before string) {
	GinkgoHelper()
	program, err := exec.LookPath(monitProgram())
	Expect(err).NotTo(HaveOccurred())
	Expect(os.MkdirAll("/var/vcap/bosh/bin", 0o755)).To(Succeed())
	Expect(os.WriteFile("/var/vcap/bosh/bin/monit", fmt.Appendf(nil, "#!/bin/bash\n%s\nexec %s -c %s \"$@\"\n", before, program, m.rc), 0o755)).To(Succeed())
}
