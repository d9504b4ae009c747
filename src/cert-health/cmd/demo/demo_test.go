package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/gbytes"
	"github.com/onsi/gomega/gexec"

	"cert-health/internal/scenario"
)

func TestDemo(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "Demo")
}

var _ = Describe("the demo", Ordered, func() {
	var demo, program, vault, temp string

	BeforeAll(func() {
		var err error
		vault, err = scenario.FindDevVault()
		Expect(err).NotTo(HaveOccurred())
		demo, err = gexec.Build("cert-health/cmd/demo")
		Expect(err).NotTo(HaveOccurred())
		program, err = gexec.Build("cert-health/cmd/cert-health")
		Expect(err).NotTo(HaveOccurred())
		DeferCleanup(gexec.CleanupBuildArtifacts)
	})
	BeforeEach(func() { temp = GinkgoT().TempDir() })

	play := func(more ...string) *gexec.Session {
		GinkgoHelper()
		command := exec.Command(demo, append([]string{"-cert-health", program, "-vault", vault}, more...)...)
		// The operator's Vault must not be used: nothing listens there.
		command.Env = append(os.Environ(), "TMPDIR="+temp, "COLUMNS=200", "VAULT_AGENT_ADDR=http://127.0.0.1:1", "VAULT_NAMESPACE=operator")
		session, err := gexec.Start(command, GinkgoWriter, GinkgoWriter)
		Expect(err).NotTo(HaveOccurred())
		DeferCleanup(func() { session.Kill().Wait() })
		return session
	}
	left := func() []string {
		GinkgoHelper()
		names, err := filepath.Glob(filepath.Join(temp, "*"))
		Expect(err).NotTo(HaveOccurred())
		return names
	}

	// reps are the processes that this demo's cell still runs.
	reps := func() (pids []string) {
		names, err := filepath.Glob("/proc/[0-9]*/exe")
		Expect(err).NotTo(HaveOccurred())
		for _, name := range names {
			if target, _ := os.Readlink(name); target == demo {
				pids = append(pids, name)
			}
		}
		return pids
	}

	// script writes a program that stands for the build of Vault.
	script := func(body string) string {
		GinkgoHelper()
		file := filepath.Join(GinkgoT().TempDir(), "build")
		Expect(os.WriteFile(file, []byte("#!/bin/sh\n"+body+"\n"), 0o755)).To(Succeed())
		return file
	}

	It("shows what expired while Vault is built, and continues with that Vault", func() {
		built := filepath.Join(GinkgoT().TempDir(), "vault")
		released := filepath.Join(filepath.Dir(built), "released")
		session := play("-vault", built, "-build", script(
			"echo compiling >&2\nuntil [ -e "+released+" ]; do sleep 0.05; done\nln -s "+vault+" "+built))
		Eventually(session.Out, "30s").Should(gbytes.Say(`5 certificates in 12 files: 4 expired\.`))
		Eventually(session.Err, "30s").Should(gbytes.Say("compiling"))
		Expect(string(session.Out.Contents())).NotTo(ContainSubstring("stale"))
		Expect(os.WriteFile(released, nil, 0o600)).To(Succeed())
		Eventually(session, "60s").Should(gexec.Exit(0))
		Expect(session.Out).To(gbytes.Say(`5 certificates in 12 files: 4 expired, 4 stale\.`))
		Expect(left()).To(BeEmpty())
	})

	It("says that the build of Vault failed, after its output", func() {
		session := play("-build", script("echo no space left on device >&2; exit 1"))
		Eventually(session, "30s").Should(gexec.Exit(1))
		Expect(session.Err).To(gbytes.Say("no space left on device\ndemo: build Vault and the hub: exit status 1"))
		Expect(left()).To(BeEmpty())
	})

	It("ends the build of Vault, and all that it started, when it is interrupted", func() {
		pid := filepath.Join(GinkgoT().TempDir(), "pid")
		session := play("-build", script("sleep 300 &\necho $! >"+pid+"\nwait"))
		Eventually(func() ([]byte, error) { return os.ReadFile(pid) }, "30s").ShouldNot(BeEmpty())
		Eventually(session.Out, "30s").Should(gbytes.Say("4 expired"))
		session.Interrupt()
		Eventually(session, "20s").Should(gexec.Exit(1))
		text, err := os.ReadFile(pid)
		Expect(err).NotTo(HaveOccurred())
		child, err := strconv.Atoi(strings.TrimSpace(string(text)))
		Expect(err).NotTo(HaveOccurred())
		Eventually(func() string { return state(child) }, "10s").Should(BeElementOf("", "Z"))
		Expect(left()).To(BeEmpty())
	})

	It("tells the story to its end and leaves nothing behind", func() {
		session := play()
		Eventually(session, "60s").Should(gexec.Exit(0))
		out := string(session.Out.Contents())
		Expect(out).To(ContainSubstring("4 certificates in 9 files: all well."))
		Expect(out).To(ContainSubstring("7 certificates in 11 files: 3 expired, 3 stale."))
		Expect(out).To(ContainSubstring("5 certificates in 12 files: 4 expired, 4 stale."))
		Expect(out).To(MatchRegexp(`renewed in Vault 2 hours ago .* but not deployed\n  why +its secret holds version 2, this is version 1\n`))
		Expect(out).To(ContainSubstring("merge the manifest anew, then: bosh -d cf deploy MANIFEST"))
		Expect(out).To(MatchRegexp(`\ncritical +rep\.service\.cf\.internal +leaf +364d +v2 +v2 +v1 `), "Vault, file, process")
		Expect(out).To(ContainSubstring("next      monit restart rep\n"))
		Expect(out).To(ContainSubstring("5 certificates in 12 files: 1 not loaded."))
		Expect(out).To(MatchRegexp(`\$ monit restart rep(?s:.*)5 certificates in 12 files: all well\.`))
		Expect(left()).To(BeEmpty())
		Expect(reps()).To(BeEmpty())
	})

	It("leaves Vault and the trees on request, and says how to look around and clean up", func() {
		session := play("-keep")
		Eventually(session, "60s").Should(gexec.Exit(0))
		Expect(left()).To(HaveLen(1))
		Expect(session).To(gbytes.Say(`  unset VAULT_AGENT_ADDR VAULT_NAMESPACE; export VAULT_ADDR=http`))
		kill := strings.Fields(string(session.Out.Contents()[strings.LastIndex(string(session.Out.Contents()), "  kill "):]))
		Expect(kill[3:6]).To(Equal([]string{"&&", "rm", "-r"}))
		Expect(kill[6]).To(Equal(left()[0]))
		for _, process := range kill[1:3] {
			pid, err := strconv.Atoi(process)
			Expect(err).NotTo(HaveOccurred())
			Expect(syscall.Kill(pid, 0)).To(Succeed(), "Vault and rep are running")
			Expect(syscall.Kill(pid, syscall.SIGTERM)).To(Succeed())
		}
		Eventually(reps, "10s").Should(BeEmpty())
	})

	It("cleans up when it is interrupted or cannot go on", func() {
		session := play()
		Eventually(left, "10s", time.Millisecond).ShouldNot(BeEmpty())
		session.Interrupt()
		Eventually(session, "20s").Should(gexec.Exit())
		Expect(left()).To(BeEmpty())
		Expect(reps()).To(BeEmpty())

		session = play("-cert-health", "/bin/false-not-there")
		Eventually(session, "60s").Should(gexec.Exit(1))
		Expect(left()).To(BeEmpty())

		session = play("-vault", "/bin/false")
		Eventually(session, "60s").Should(gexec.Exit(1))
		Expect(session.Err).To(gbytes.Say("it ended at once"))
		Expect(left()).To(BeEmpty())
	})
})

// state is the kernel's letter for the state of a process; empty without such a process.
func state(pid int) string {
	text, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	if err != nil {
		return ""
	}
	_, after, _ := strings.Cut(string(text), ") ")
	return after[:1]
}
