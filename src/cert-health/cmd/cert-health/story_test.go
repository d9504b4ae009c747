package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/report"
	"cert-health/internal/scenario"
	"cert-health/internal/verdict"
)

// storyVault starts a Vault that holds both versions of each secret of a story, and returns the environment of a
// program that uses it.
func storyVault(ctx context.Context, story *scenario.Story) (*scenario.DevVault, map[string]string) {
	GinkgoHelper()
	server, err := scenario.StartDevVault(ctx, scenario.DevVaultOptions{Dir: GinkgoT().TempDir()})
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(server.Stop)
	Expect(server.Put(ctx, scenario.CAPath, story.CA.Safe())).To(Succeed())
	for _, secret := range story.Secrets {
		Expect(server.Put(ctx, secret.Path, secret.Old.Safe())).To(Succeed())
		Expect(server.Put(ctx, secret.Path, secret.New.Safe())).To(Succeed())
	}
	return server, map[string]string{"VAULT_ADDR": server.Address, "VAULT_TOKEN": server.Token}
}

var _ = Describe("the story on a real Vault", Ordered, func() {
	var (
		server *scenario.DevVault
		story  *scenario.Story
		root   string
		env    map[string]string
		ctx    = context.Background()
	)

	BeforeAll(func() {
		story, root = scenario.NewStory(time.Now()), GinkgoT().TempDir()
		server, env = storyVault(ctx, story)
		for _, vm := range story.VMs {
			Expect(vm.VM.Write(filepath.Join(root, vm.Name))).To(Succeed())
		}
	})

	It("reports that bbs is fine", func() {
		o := call(env, "scan", "--root", filepath.Join(root, "bbs"))
		Expect(o.code).To(Equal(exitOK))
		Expect(o.out).To(ContainSubstring("4 certificates in 9 files: all well. Compared with Vault"))
		Expect(o.err).To(BeEmpty())
	})

	It("reports on the cell what is expired, renewed in Vault and not deployed, since when, and what to do", func() {
		o := call(env, "scan", "--root", filepath.Join(root, "cell"))
		Expect(o.code).To(Equal(exitFindings))
		text := strings.Join(strings.Fields(o.out), " ")
		Expect(text).To(ContainSubstring("5 certificates in 12 files: 4 expired, 4 stale."))
		Expect(text).To(ContainSubstring("merge the manifest anew, then: bosh -d cf deploy MANIFEST"))
		Expect(text).To(ContainSubstring("its secret holds version 2, this is version 1"))
		text = strings.Join(strings.Fields(call(env, "scan", "--verbose", "--root", filepath.Join(root, "cell")).out), " ")
		Expect(text).To(ContainSubstring("rep config/certs/rep/server.crt:1; secret: secret/cell/rep/diego/rep/server_cert "))
	})

	It("reports the same as JSON", func() {
		r := call(env, "scan", "--root", filepath.Join(root, "api"), "--format", "json").report()
		Expect(r.Instance).To(Equal(report.Instance{Deployment: "cf", Group: "api", ID: "9d1be3a4-07f2-4d3c-8a6e-52f9b6c4e002", AZ: "z1"}))
		Expect(r.Reference.State).To(Equal("ok"))
		Expect(r.Summary.ByCode).To(Equal(map[verdict.Code]int{verdict.Expired: 3, verdict.Stale: 3}))
		stale := r.Certificates[0].Reference
		Expect(stale.DeployedVersion).To(Equal(1))
		Expect(stale.CurrentVersion).To(Equal(2))
		Expect(stale.Since).To(BeTemporally("~", time.Now(), time.Minute))
	})

	It("prints no private key, in any format", func() {
		var secrets []string
		for _, secret := range story.Secrets {
			for _, pair := range []*scenario.Pair{secret.Old, secret.New} {
				for _, line := range strings.Split(pair.KeyPEM(), "\n") {
					if len(line) > 30 && !strings.HasPrefix(line, "-") {
						secrets = append(secrets, line)
					}
				}
			}
		}
		for _, args := range [][]string{{"scan", "--root", filepath.Join(root, "cell"), "--verbose"}, {"scan", "--root", filepath.Join(root, "cell"), "--format", "json"}} {
			o := call(env, args...)
			Expect(o.out).NotTo(ContainSubstring(server.Token))
			for _, line := range secrets {
				Expect(strings.Contains(o.out+o.err, line)).To(BeFalse(), "a line of a private key was printed")
			}
		}
	})

	It("reads Vault's address from a configuration, with the paths of this VM", func() {
		file := filepath.Join(GinkgoT().TempDir(), "c.yml")
		Expect(os.WriteFile(file, fmt.Appendf(nil, "vault: {address: %q, mode: data, paths: ['secret/cell', 'secret/{{deployment}}'], auth: {token: %q}}\n", server.Address, server.Token), 0o600)).To(Succeed())
		r := call(nil, "scan", "--root", filepath.Join(root, "cell"), "--config", file, "--format", "json").report()
		Expect(r.Reference.Secrets).To(Equal(5))
		Expect(r.Summary.ByCode).To(Equal(map[verdict.Code]int{verdict.Expired: 4, verdict.Stale: 4}))
	})

	It("searches the path of a flag only", func() {
		r := call(env, "scan", "--root", filepath.Join(root, "cell"), "--format", "json", "--vault-path", "secret/cf").report()
		Expect(r.Reference.Secrets).To(Equal(1))
	})

	It("takes its exit code from --fail-on, and the current time from --now", func() {
		bbs := filepath.Join(root, "bbs")
		later := time.Now().AddDate(0, 0, 340).UTC().Format(time.RFC3339)
		Expect(call(env, "scan", "--root", bbs, "--now", later).code).To(Equal(exitOK))
		Expect(call(env, "scan", "--root", bbs, "--now", later, "--fail-on", "warning").code).To(Equal(exitFindings))
		Expect(call(env, "scan", "--root", bbs, "--now", later, "--fail-on", "critical").code).To(Equal(exitOK))
	})

	It("reports no drift without an answer of Vault, and goes on", func() {
		dead := map[string]string{"VAULT_ADDR": "http://127.0.0.1:1", "VAULT_TOKEN": "x"}
		r := call(dead, "scan", "--root", filepath.Join(root, "cell"), "--format", "json").report()
		Expect(r.Reference.State).To(Equal("unavailable"))
		Expect(r.Reference.Error).To(ContainSubstring("connection refused"))
		Expect(r.Summary.ByCode).To(Equal(map[verdict.Code]int{verdict.Expired: 4, verdict.ReferenceUnavailable: 1}))
		for _, c := range r.Certificates {
			Expect(c.Reference).To(BeNil())
		}
		Expect(call(dead, "scan", "--root", filepath.Join(root, "bbs")).code).To(Equal(exitOK), "unknown is neither good nor bad")
	})

	It("makes all other checks without Vault, and says so", func() {
		o := call(nil, "scan", "--root", filepath.Join(root, "cell"))
		Expect(o.code).To(Equal(exitFindings))
		Expect(strings.Join(strings.Fields(o.out), " ")).To(HaveSuffix("4 expired. Not compared: no source is configured."))
	})
})
