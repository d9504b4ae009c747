package main_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/scenario"
)

func TestHubDemo(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "Demo of the hub")
}

// stage is what the acts before leave: the trees of the VMs, and a Vault.
type stage struct {
	dir   string
	vault *scenario.DevVault
}

func newStage(ctx context.Context) *stage {
	GinkgoHelper()
	s := &stage{dir: GinkgoT().TempDir()}
	story := scenario.NewStory(time.Now())
	for name, vm := range map[string]scenario.VM{"bbs": story.VMs[0].VM, "api": story.VMs[1].VM, "unreached": story.VMs[2].VM, "cell": story.Pasted()} {
		Expect(vm.Write(filepath.Join(s.dir, name))).To(Succeed())
	}
	Expect(scenario.WriteProcesses(filepath.Join(s.dir, "cell"))).To(Succeed())
	program, err := scenario.FindDevVault()
	Expect(err).NotTo(HaveOccurred())
	s.vault, err = scenario.StartDevVault(ctx, scenario.DevVaultOptions{Program: program, Dir: GinkgoT().TempDir()})
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(s.vault.Stop)
	for _, secret := range story.Secrets {
		Expect(s.vault.Put(ctx, secret.Path, secret.Old.Safe())).To(Succeed())
		Expect(s.vault.Put(ctx, secret.Path, secret.New.Safe())).To(Succeed())
	}
	return s
}

// run runs a program with that Vault, and returns what it prints.
func (s *stage) run(ctx context.Context, program string, args ...string) string {
	GinkgoHelper()
	command := exec.CommandContext(ctx, program, args...)
	command.Env = append(os.Environ(), "VAULT_ADDR="+s.vault.Address, "VAULT_TOKEN="+s.vault.Token, "COLUMNS=300")
	command.Stderr = GinkgoWriter
	out, err := command.Output()
	Expect(err).NotTo(HaveOccurred(), string(out))
	return string(out)
}

// build builds a program within its own module.
func build(ctx context.Context, dir, program string) {
	GinkgoHelper()
	command := exec.CommandContext(ctx, "go", "build", "-o", program, ".")
	command.Dir = dir
	out, err := command.CombinedOutput()
	Expect(err).NotTo(HaveOccurred(), string(out))
}

var _ = Describe("the demo of the hub", func() {
	It("shows how far the deploy has come on all VMs", func(ctx SpecContext) {
		programs := GinkgoT().TempDir()
		agent, hub, demo := filepath.Join(programs, "cert-health"), filepath.Join(programs, "hub"), filepath.Join(programs, "demo")
		build(ctx, "../../../cert-health/cmd/cert-health", agent)
		build(ctx, "../cert-health-hub", hub)
		build(ctx, ".", demo)
		s := newStage(ctx)
		s.run(ctx, agent, "publish")
		out := s.run(ctx, demo, "-hub", hub, "-cert-health", agent, "-dir", s.dir)
		Expect(out).To(ContainSubstring("7 certificates expired on 40 of 102 instances of cf; renewed in Vault "))
		Expect(out).To(ContainSubstring("; the deploy reached 61 of 101 diego-cells, and diego-cell/61 is next\n"))
		Expect(out).To(ContainSubstring("bosh -d cf deploy MANIFEST"))
		Expect(out).To(ContainSubstring("cf: 103 instances (102 reporting, 1 missing)"))
	})
})
