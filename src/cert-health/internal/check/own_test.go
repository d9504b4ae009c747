package check_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/check"
	"cert-health/internal/config"
	"cert-health/internal/discover"
	"cert-health/internal/report"
	"cert-health/internal/scenario"
	"cert-health/internal/verdict"
)

var _ = Describe("The VM's own certificates", func() {
	var (
		root          string
		checker       check.Checker
		expired, old  *scenario.Pair
		healthy       *scenario.Pair
		agentSettings = func(pair *scenario.Pair) string {
			GinkgoHelper()
			cert := map[string]string{"ca": healthy.CertPEM(), "certificate": pair.CertPEM(), "private_key": pair.KeyPEM()}
			contents, err := json.Marshal(map[string]any{"env": map[string]any{"bosh": map[string]any{"mbus": map[string]any{"cert": cert}}}})
			Expect(err).NotTo(HaveOccurred())
			return string(contents)
		}
	)
	write := func(file, contents string) {
		GinkgoHelper()
		path := filepath.Join(root, file)
		Expect(os.MkdirAll(filepath.Dir(path), 0o755)).To(Succeed())
		Expect(os.WriteFile(path, []byte(contents), 0o600)).To(Succeed())
	}
	scan := func() *report.Report {
		GinkgoHelper()
		r, err := checker.Check(context.Background())
		Expect(err).NotTo(HaveOccurred())
		return r
	}

	BeforeEach(func() {
		root = GinkgoT().TempDir()
		checker = check.Checker{Config: config.Default(), Root: root}
		past := time.Now().Add(-time.Hour)
		healthy = scenario.Issue(scenario.Spec{CommonName: "healthy", CA: true})
		expired = scenario.Issue(scenario.Spec{CommonName: "agent", Client: true, NotBefore: past.AddDate(-1, 0, 0), NotAfter: past})
		old = scenario.Issue(scenario.Spec{CommonName: "container", NotBefore: past.Add(-24 * time.Hour), NotAfter: past})
		Expect(scenario.VM{Deployment: "cf", Group: "cell", ID: "0", Jobs: map[string]scenario.Files{"rep": {"x": "text"}}}.Write(root)).To(Succeed())
		write("var/vcap/bosh/settings.json", agentSettings(expired))
		write("usr/local/share/ca-certificates/bosh-trusted-cert-1.crt", healthy.CertPEM())
		write("var/vcap/data/rep/shared/garden/instance_identity/a/instance.crt", old.CertPEM())
	})

	It("are in the report even if the jobs have no certificates", func() {
		r := scan()
		Expect(r.Certificates).To(HaveLen(2))
		Expect(r.Certificates[0].Name).To(Equal("agent"))
		Expect(r.Certificates[0].Findings).To(HaveLen(1))
		Expect(r.Certificates[0].Findings[0].Why).To(HaveSuffix("the Director then sees an unresponsive agent"))
		Expect(r.Problems).To(HaveLen(1))
		Expect(r.Problems[0].About).To(Equal("instance identities of containers"))
		Expect(r.Problems[0].Severity).To(Equal(verdict.Error))
		Expect(r.Summary.ByCode).To(Equal(map[verdict.Code]int{verdict.Expired: 2}))
	})

	It("can be left out one by one", func() {
		checker.Config.Scan.BuiltIn = []string{"trust"}
		r := scan()
		Expect(r.Certificates).To(HaveLen(1))
		Expect(r.Certificates[0].Name).To(Equal("healthy"))
		Expect(r.Problems).To(BeEmpty())
	})

	It("that need the rights of root are reported as information without these rights", func() {
		Expect(os.RemoveAll(filepath.Join(root, "var/vcap/bosh"))).To(Succeed())
		write("var/vcap/bosh", "not even root can open this as a directory")
		Expect(scan().Problems).To(ContainElement(And(HaveField("Severity", verdict.Info), HaveField("Next", ContainSubstring("read_all_files")))))
	})

	It("include those that the configuration names, with thresholds that rules may change", func() {
		in := time.Now().Add(40 * 24 * time.Hour)
		write("etc/nginx/ssl/a.pem", scenario.Issue(scenario.Spec{CommonName: "a", NotBefore: in.AddDate(-1, 0, 0), NotAfter: in}).CertPEM())
		write("etc/nginx/ssl/b.pem", scenario.Issue(scenario.Spec{CommonName: "b", NotBefore: in.AddDate(-1, 0, 0), NotAfter: in}).CertPEM())
		checker.Config.Scan.BuiltIn = nil
		checker.Config.Scan.Extra = []config.Extra{{Extra: discover.Extra{Glob: "/etc/nginx/ssl/*.pem"}, Class: "vm", Expiring: 50 * 24 * time.Hour}}
		checker.Config.Rules = []verdict.Rule{{Scope: verdict.Scope{File: "**/b.pem"}, Thresholds: verdict.Thresholds{Expiring: 30 * 24 * time.Hour}}}
		r := scan()
		Expect(r.Certificates).To(HaveLen(2))
		Expect(r.Certificates[0].Name).To(Equal("a"))
		Expect(r.Certificates[0].Findings).To(ConsistOf(And(HaveField("Code", verdict.Expiring), HaveField("Next", HavePrefix("renew /etc/nginx/ssl/a.pem:1 where it was made (it is self-signed)")))))
		Expect(r.Certificates[1].Findings).To(BeEmpty())
	})
})
