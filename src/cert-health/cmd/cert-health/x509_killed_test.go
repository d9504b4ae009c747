package main

import (
	"net/http"
	"net/http/httptest"
	"os/exec"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/gexec"

	"cert-health/internal/scenario"
	"cert-health/internal/scenario/vaulttest"
)

var _ = Describe("x509 renew that is killed", func() {
	It("between the serial number and the certificate leaves the old one, and the next run renews it", func() {
		program, err := gexec.Build("cert-health/cmd/cert-health")
		Expect(err).NotTo(HaveOccurred())
		DeferCleanup(gexec.CleanupBuildArtifacts)
		server := vaulttest.Start(scenario.DevVaultOptions{})
		ca := scenario.Issue(scenario.Spec{CommonName: "ca", CA: true})
		leaf := scenario.Issue(scenario.Spec{CommonName: "leaf", Issuer: ca})
		counted := ca.Safe()
		counted["serial"] = "a"
		server.WriteSecret("secret", "ca", counted)
		server.WriteSecret("secret", "leaf", leaf.Safe())
		get := func(path, key string) any {
			GinkgoHelper()
			read, err := server.Client.Logical().Read("secret/data/" + path)
			Expect(err).NotTo(HaveOccurred())
			return read.Data["data"].(map[string]any)[key]
		}

		reached, killed := make(chan struct{}), make(chan struct{})
		forward := server.Forward()
		proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodPut && r.URL.Path == "/v1/secret/data/leaf" {
				close(reached)
				<-killed
				panic(http.ErrAbortHandler)
			}
			forward.ServeHTTP(w, r)
		}))
		DeferCleanup(proxy.Close)
		command := exec.Command(program, "x509", "renew", "secret/leaf", "--yes")
		command.Env = []string{"VAULT_ADDR=" + proxy.URL, "VAULT_TOKEN=" + server.Token, "HOME=" + GinkgoT().TempDir()}
		session, err := gexec.Start(command, GinkgoWriter, GinkgoWriter)
		Expect(err).NotTo(HaveOccurred())
		Eventually(reached, time.Minute).Should(BeClosed())
		session.Kill()
		Eventually(session, time.Minute).Should(gexec.Exit())
		close(killed)

		Expect(get("leaf", "certificate")).To(Equal(leaf.CertPEM()))
		Expect(get("leaf", "combined")).To(Equal(leaf.Safe()["combined"]))
		Expect(get("ca", "serial")).To(Equal("b"), "this number is lost")
		o := call(map[string]string{"VAULT_ADDR": server.Address, "VAULT_TOKEN": server.Token, "HOME": GinkgoT().TempDir()}, "x509", "renew", "secret/leaf", "--yes")
		Expect(o.code).To(Equal(exitOK), o.out+o.err)
		Expect(o.out).To(ContainSubstring("serial number c,"))
		Expect(get("leaf", "certificate")).NotTo(Equal(leaf.CertPEM()))
	})
})
