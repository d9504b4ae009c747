package check_test

import (
	"context"
	"crypto/x509"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"software.sslmate.com/src/go-pkcs12"

	"cert-health/internal/check"
	"cert-health/internal/config"
	"cert-health/internal/discover"
	"cert-health/internal/report"
	"cert-health/internal/scenario"
	"cert-health/internal/vault/client"
	"cert-health/internal/vault/source"
	"cert-health/internal/verdict"
)

// The suite of cmd/cert-health tests Check with a real Vault.
var _ = Describe("Checker", func() {
	var (
		root    string
		checker check.Checker
		vm      scenario.VM
	)

	BeforeEach(func() {
		root = GinkgoT().TempDir()
		checker = check.Checker{Config: config.Default(), Root: root}
		leaf := scenario.Issue(scenario.Spec{CommonName: "leaf"})
		vm = scenario.VM{Deployment: "cf", Group: "cell", ID: "3f2a", AZ: "z1", Jobs: map[string]scenario.Files{
			"rep": {"a.pem": leaf.CertPEM(), "b.pem": leaf.CertPEM()[:200], "c": "text"},
		}}
	})

	scan := func() *report.Report {
		GinkgoHelper()
		Expect(vm.Write(root)).To(Succeed())
		r, err := checker.Check(context.Background())
		Expect(err).NotTo(HaveOccurred())
		return r
	}

	It("accounts for every file", func() {
		r := scan()
		Expect(r.Summary.Files).To(Equal(3))
		Expect(r.Summary.With + r.Summary.Without + r.Summary.Unreadable).To(Equal(3))
		Expect(r.Problems).To(Equal([]report.Problem{{Code: verdict.Unreadable, Severity: verdict.Warning, Job: "rep",
			File: "/var/vcap/jobs/rep/b.pem", Line: 1, Message: "its END line is missing"}}))
	})

	It("reports a locked key store as information, with what opens it", func() {
		store, err := pkcs12.Modern2023.EncodeTrustStore([]*x509.Certificate{scenario.Issue(scenario.Spec{CommonName: "a"}).X509}, "s3cret")
		Expect(err).NotTo(HaveOccurred())
		vm.Jobs = map[string]scenario.Files{"uaa": {"config/uaa.jks": string(store)}}
		const file = "/var/vcap/jobs/uaa/config/uaa.jks"
		Expect(scan().Problems).To(ContainElement(report.Problem{Code: verdict.Unreadable, Severity: verdict.Info, Job: "uaa", File: file,
			Message: "no known password opens it (tried: 2)",
			Next:    "name its password in cert_health.scan.passwords, or exclude the file with cert_health.scan.exclude",
			Steps:   []verdict.Step{verdict.Do("name its password in cert_health.scan.passwords, or exclude the file with cert_health.scan.exclude")}}))
	})

	It("identifies the VM by bosh-agent's files or by the configuration", func() {
		Expect(scan().Instance).To(Equal(report.Instance{Deployment: "cf", Group: "cell", ID: "3f2a", AZ: "z1"}))
		checker.Config.Instance = report.Instance{Group: "router", Address: "10.0.0.5"}
		Expect(scan().Instance).To(Equal(report.Instance{Deployment: "cf", Group: "router", ID: "3f2a", AZ: "z1", Address: "10.0.0.5"}))
	})

	It("takes the current time from its clock", func() {
		checker.Now = func() time.Time { return time.Now().AddDate(2, 0, 0) }
		Expect(scan().Summary.ByCode).To(HaveKeyWithValue(verdict.Expired, 1))
	})

	It("reports that Vault cannot be read, and goes on", func() {
		vm.Deployment = ""
		checker.Config.Vault.Client.Address = "https://vault.invalid"
		checker.Config.Vault.Paths = []string{"secret/{{deployment}}"}
		r := scan()
		Expect(r.Reference.State).To(Equal("unavailable"))
		Expect(r.Reference.Error).To(ContainSubstring("the deployment of this VM is not known"))
		Expect(r.Summary.ByCode).To(HaveKeyWithValue(verdict.ReferenceUnavailable, 1))

		checker.Config.Vault.Paths = []string{"secret"}
		checker.Config.Vault.Client.CACert = "/not/there"
		Expect(scan().Reference.Error).To(ContainSubstring("prepare TLS for Vault"))
	})

	It("reports its progress", func() {
		checker.Config.Vault = source.Options{Client: client.Options{Address: "http://127.0.0.1:1"}, Paths: []string{"x"}}
		var steps []string
		checker.Progress = func(what string) { steps = append(steps, what) }
		scan()
		Expect(steps).To(ContainElement("reading Vault"))
	})

	It("fails if there is nothing to check", func() {
		_, err := checker.Check(context.Background())
		Expect(err).To(MatchError(discover.ErrNothing))
	})
})
