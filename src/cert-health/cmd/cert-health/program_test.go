package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/gbytes"
	"github.com/onsi/gomega/gexec"

	"cert-health/internal/scenario"
)

var _ = Describe("the built program", Ordered, func() {
	var program, root string

	BeforeAll(func() {
		var err error
		program, err = gexec.Build("cert-health/cmd/cert-health")
		Expect(err).NotTo(HaveOccurred())
		DeferCleanup(gexec.CleanupBuildArtifacts)
		root = GinkgoT().TempDir()
		// Let every user enter the test's directories.
		for dir := root; dir != filepath.Clean(os.TempDir()) && dir != "/"; dir = filepath.Dir(dir) {
			Expect(os.Chmod(dir, 0o755)).To(Succeed())
		}
		Expect(os.Chmod(filepath.Dir(program), 0o755)).To(Succeed())
		Expect(os.Chmod(filepath.Dir(filepath.Dir(program)), 0o755)).To(Succeed())
		leaf := scenario.Issue(scenario.Spec{CommonName: "leaf"})
		vm := scenario.VM{Jobs: map[string]scenario.Files{"a": {"open.pem": leaf.CertPEM(), "shut.pem": leaf.CertPEM(), "shut/x.pem": leaf.CertPEM()}, "b": {"x": ""}}}
		Expect(vm.Write(root)).To(Succeed())
		link, err := os.Readlink(filepath.Join(root, "var/vcap/jobs/a"))
		Expect(err).NotTo(HaveOccurred())
		Expect(filepath.WalkDir(root, func(path string, _ os.DirEntry, err error) error {
			Expect(os.Chmod(path, 0o755)).To(Or(Succeed(), MatchError(os.ErrNotExist)))
			return err
		})).To(Succeed())
		Expect(os.Chmod(filepath.Join(root, link, "shut.pem"), 0)).To(Succeed())
		Expect(os.Chmod(filepath.Join(root, link, "shut"), 0)).To(Succeed())
	})

	// start starts the program as a user without root's rights.
	start := func(args ...string) *gexec.Session {
		GinkgoHelper()
		command := exec.Command(program, args...)
		command.Env = []string{}
		if os.Getuid() == 0 {
			command.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
		}
		session, err := gexec.Start(command, GinkgoWriter, GinkgoWriter)
		Expect(err).NotTo(HaveOccurred())
		return session
	}
	// unprivileged runs it to its end.
	unprivileged := func(args ...string) *gexec.Session {
		GinkgoHelper()
		return start(args...).Wait(20 * time.Second)
	}

	It("reports each file and directory that it may not read once, and goes on", func() {
		session := unprivileged("scan", "--root", root, "--format", "json")
		Expect(session.ExitCode()).To(Equal(exitOK))
		r := outcome{out: string(session.Out.Contents())}.report()
		Expect(r.Summary.Certificates).To(Equal(1))
		Expect(r.Problems).To(HaveLen(2))
		for _, problem := range r.Problems {
			Expect(problem.Message).To(Equal("permission denied"))
		}
	})

	It("exits with 2 if no file could be read", func() {
		shut := filepath.Join(root, "var/vcap/data/jobs")
		Expect(os.Chmod(shut, 0)).To(Succeed())
		DeferCleanup(os.Chmod, shut, os.FileMode(0o755))
		session := unprivileged("scan", "--root", root)
		Expect(session.ExitCode()).To(Equal(exitFailed))
		Expect(string(session.Err.Contents())).To(ContainSubstring("no file could be read"))
	})

	It("does not wait for a pipe in the place of the configuration, or of a file that it names", func() {
		dir := GinkgoT().TempDir()
		pipe, settings := filepath.Join(dir, "pipe"), filepath.Join(dir, "c.yml")
		Expect(syscall.Mkfifo(pipe, 0o600)).To(Succeed())
		refused := func(args ...string) {
			GinkgoHelper()
			session, err := gexec.Start(exec.Command(program, append([]string{"agent", "--check"}, args...)...), GinkgoWriter, GinkgoWriter)
			Expect(err).NotTo(HaveOccurred())
			DeferCleanup(func() { session.Kill().Wait(20 * time.Second) })
			Eventually(session, "20s").Should(gexec.Exit(exitFailed))
			Expect(string(session.Err.Contents())).To(ContainSubstring("read " + pipe + ": it is not a regular file: name a regular file"))
		}
		refused("--config", pipe)
		for _, named := range []string{"metrics: {tls: {certificate: %[1]s, private_key: %[1]s}}", "vault: {address: 'https://v', paths: [s], ca_cert: %s, auth: {token: a}}"} {
			Expect(os.WriteFile(settings, fmt.Appendf(nil, named, pipe), 0o644)).To(Succeed())
			refused("--config", settings)
		}
	})

	DescribeTable("exits with 2 if its output cannot be written", func(args ...string) {
		full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
		Expect(err).NotTo(HaveOccurred())
		defer full.Close()
		command := exec.Command(program, args...)
		var said bytes.Buffer
		command.Stdout, command.Stderr = full, &said
		Expect(command.Run()).NotTo(Succeed())
		Expect(command.ProcessState.ExitCode()).To(Equal(exitFailed))
		Expect(said.String()).To(Equal("cert-health: write /dev/stdout: no space left on device\n"))
	},
		Entry("the help", "--help"), Entry("the help of a command", "help", "scan"), Entry("the help without arguments"),
		Entry("the version", "version"), Entry("a completion", "completion", "bash"))

	It("reads the agent's configuration again after SIGHUP, and ends after SIGTERM", func() {
		dir := GinkgoT().TempDir()
		settings := filepath.Join(dir, "c.yml")
		valid := fmt.Sprintf("agent: {data_dir: %s}\nalerts: {enabled: false}\nserved: {enabled: false}\n", filepath.Join(dir, "data"))
		configure := func(contents string) {
			GinkgoHelper()
			Expect(os.WriteFile(settings, []byte(contents), 0o600)).To(Succeed())
		}
		configure(valid)
		session, err := gexec.Start(exec.Command(program, "agent", "--root", root, "--config", settings), GinkgoWriter, GinkgoWriter)
		Expect(err).NotTo(HaveOccurred())
		DeferCleanup(func() { session.Kill().Wait(20 * time.Second) })
		Eventually(session.Out, "20s").Should(gbytes.Say("watching this machine without a source"))
		configure(valid + "nonsense: 1\n")
		session.Signal(syscall.SIGHUP)
		Eventually(session.Out, "20s").Should(gbytes.Say("the configuration was not reloaded: .*nonsense"))
		configure(valid)
		session.Signal(syscall.SIGHUP)
		Eventually(session.Out, "20s").Should(gbytes.Say("the configuration was reloaded"))
		session.Terminate()
		Eventually(session, "20s").Should(gexec.Exit(exitOK))
	})

	It("does not call a certificate well that lost its access while the agent watches", func() {
		lapsed := scenario.Issue(scenario.Spec{CommonName: "lapsed", NotBefore: time.Now().AddDate(-1, 0, 0), NotAfter: time.Now().Add(-time.Hour)})
		link, err := os.Readlink(filepath.Join(root, "var/vcap/jobs/b"))
		Expect(err).NotTo(HaveOccurred())
		file := filepath.Join(root, link, "x")
		Expect(os.WriteFile(file, []byte(lapsed.CertPEM()), 0o644)).To(Succeed())
		own := filepath.Join(root, "agent")
		Expect(os.Mkdir(own, 0o755)).To(Succeed())
		Expect(os.Chmod(own, 0o777)).To(Succeed())
		settings := filepath.Join(own, "c.yml")
		Expect(os.WriteFile(settings, fmt.Appendf(nil, "agent: {data_dir: %s/data, scan_interval: 1s}\nscan: {exclude: [/var/vcap/jobs/a]}\nalerts: {enabled: false}\nserved: {enabled: false}\n", own), 0o644)).To(Succeed())
		session := start("agent", "--root", root, "--config", settings)
		DeferCleanup(func() { session.Kill().Wait(20 * time.Second) })
		status := func(name string) func() string {
			return func() string {
				contents, _ := os.ReadFile(filepath.Join(own, "data/status", name))
				return string(contents)
			}
		}
		Eventually(status("expired"), "20s").Should(ContainSubstring("lapsed"))
		Expect(os.Chmod(file, 0)).To(Succeed())
		Eventually(status("unverified"), "20s").Should(ContainSubstring("permission denied"))
		Expect(status("expired")()).To(And(ContainSubstring("lapsed"), ContainSubstring("(last seen ")))
		Expect(os.Chmod(file, 0o644)).To(Succeed())
		Eventually(status("unverified"), "20s").Should(BeEmpty())
		Expect(status("expired")()).To(And(ContainSubstring("lapsed"), Not(ContainSubstring("last seen"))))
	})

	It("ends when it is interrupted", func() {
		fifo := filepath.Join(GinkgoT().TempDir(), "fifo")
		Expect(syscall.Mkfifo(fifo, 0o644)).To(Succeed())
		session, err := gexec.Start(exec.Command(program, "inspect", fifo), GinkgoWriter, GinkgoWriter)
		Expect(err).NotTo(HaveOccurred())
		Consistently(session, "100ms").ShouldNot(gexec.Exit())
		session.Interrupt()
		Eventually(session, "1m").Should(gexec.Exit())
	})
})
