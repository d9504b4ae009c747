package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
	"unicode/utf8"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/gexec"

	"cert-health/internal/report"
	"cert-health/internal/report/terminal"
	"cert-health/internal/scenario"
	"cert-health/internal/verdict"
)

func TestCertHealth(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "cert-health")
}

// outcome is the result of a command line.
type outcome struct {
	code     int
	out, err string
}

// call runs one command line in this process.
func call(env map[string]string, args ...string) outcome {
	var out, err bytes.Buffer
	code := run(context.Background(), args, console{in: strings.NewReader(""), out: &out, err: &err,
		env: func(name string) string { return env[name] }})
	return outcome{code, out.String(), err.String()}
}

func (o outcome) report() *report.Report {
	GinkgoHelper()
	var r report.Report
	Expect(json.Unmarshal([]byte(o.out), &r)).To(Succeed(), "%s\n%s", o.out, o.err)
	return &r
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
		var err error
		server, err = scenario.StartDevVault(ctx, scenario.DevVaultOptions{Dir: GinkgoT().TempDir()})
		Expect(err).NotTo(HaveOccurred())
		DeferCleanup(server.Stop)
		env = map[string]string{"VAULT_ADDR": server.Address, "VAULT_TOKEN": server.Token}
		story, root = scenario.NewStory(time.Now()), GinkgoT().TempDir()
		Expect(server.Put(ctx, scenario.CAPath, story.CA.Safe())).To(Succeed())
		for _, secret := range story.Secrets {
			Expect(server.Put(ctx, secret.Path, secret.Old.Safe())).To(Succeed())
			Expect(server.Put(ctx, secret.Path, secret.New.Safe())).To(Succeed())
		}
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
		Expect(text).To(ContainSubstring("secret/cell/rep/diego/rep/server_cert holds version 2, this is version 1"))
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

var _ = Describe("inspect", func() {
	It("lists the certificates of any file, and fails if one cannot be read", func() {
		dir := GinkgoT().TempDir()
		file := filepath.Join(dir, "x.json")
		Expect(os.WriteFile(file, fmt.Appendf(nil, `{"c":%q}`, scenario.Issue(scenario.Spec{CommonName: "x"}).CertPEM()), 0o600)).To(Succeed())
		o := call(nil, "inspect", file)
		Expect(o.code).To(Equal(exitOK))
		Expect(o.out).To(ContainSubstring("at        " + file + ":1 as pem-json"))

		o = call(nil, "inspect", filepath.Join(dir, "x.jsn"), file)
		Expect(o.code).To(Equal(exitFailed))
		Expect(o.out).To(ContainSubstring("pem-json"), "the other file is still shown")
		Expect(o.err).To(ContainSubstring("did you mean " + file))
	})

	It("exits with 1 on an expired certificate", func() {
		file := filepath.Join(GinkgoT().TempDir(), "x")
		old := scenario.Issue(scenario.Spec{CommonName: "x", NotBefore: time.Now().AddDate(-1, 0, 0), NotAfter: time.Now().Add(-time.Hour)})
		Expect(os.WriteFile(file, []byte(old.CertPEM()), 0o600)).To(Succeed())
		Expect(call(nil, "inspect", file).code).To(Equal(exitFindings))
		Expect(call(nil, "inspect", file, "--format", "json").report().Summary.Worst).To(Equal(verdict.Critical))
	})
})

var _ = Describe("the command line", func() {
	DescribeTable("reports a mistake with a suggestion, and exit code 2",
		func(said string, args ...string) {
			o := call(nil, args...)
			Expect(o.code).To(Equal(exitFailed))
			Expect(o.err).To(ContainSubstring(said))
			Expect(o.out).To(BeEmpty())
		},
		Entry("a flag", "there is no flag --rot; did you mean --root?", "scan", "--rot", "/"),
		Entry("a flag that resembles no other", "there is no flag --zzz; see cert-health scan --help", "scan", "--zzz"),
		Entry("a command", `unknown command "scna"`, "scna"),
		Entry("a path that does not exist", "there is no /not/there", "scan", "/not/there"),
		Entry("two paths that do not exist", "there is no /not/there; there is no /nor/there", "scan", "/not/there", "/nor/there"),
		Entry("a path that does not exist below a root", "there is no /usr/not/there", "scan", "--root", "/usr", "not/there"),
		Entry("a file to inspect that does not exist", "there is no /not/there", "inspect", "/not/there"),
		Entry("a format", `--format "jsn" is not supported: use table or json; did you mean "json"?`, "scan", "--format", "jsn"),
		Entry("a severity", `--fail-on: "eror" is not a severity`, "scan", "--fail-on", "eror"),
		Entry("a time", `--now "today" is not a valid time: write it as 2`, "scan", "--now", "today"),
		Entry("a missing root", "no such file or directory", "scan", "--root", "/not/there"),
		Entry("a root that is a file", "is a file", "scan", "--root", "/etc/hostname"),
		Entry("a root without jobs", "nothing to scan: there is no /usr/var/vcap/jobs. Name what to check, for example: cert-health scan /etc/ssl.", "scan", "--root", "/usr"),
		Entry("a missing configuration", "no such file or directory", "scan", "--config", "/not/there.yml"),
		Entry("a path without a Vault", "--vault-path needs a Vault", "scan", "--vault-path", "x"),
		Entry("no file", "inspect needs the name of a file or directory", "inspect"),
	)

	It("prints its version", func() {
		Expect(call(nil, "version").out).To(HavePrefix("cert-health dev (go"))
		Expect(call(nil, "--version")).To(Equal(call(nil, "version")))
	})

	It("prints help texts that fit a terminal of 80 columns", func() {
		root := newRoot(console{})
		commands := [][]string{nil}
		for _, command := range root.Commands() {
			commands = append(commands, []string{command.Name()})
		}
		Expect(len(commands)).To(BeNumerically(">", 6))
		for _, command := range commands {
			o := call(nil, append(command, "--help")...)
			Expect(o.code).To(Equal(exitOK))
			Expect(o.out).To(ContainSubstring("Usage:"))
			for line := range strings.Lines(o.out) {
				Expect(utf8.RuneCountInString(strings.TrimRight(line, "\n"))).To(BeNumerically("<=", 80), line)
			}
		}
		Expect(call(nil, []string{}...)).To(Equal(call(nil, "--help")), "without a command")
	})

	It("completes commands, flags and values in every shell", func() {
		for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
			Expect(call(nil, "completion", shell).out).NotTo(BeEmpty())
		}
		Expect(call(nil, "__complete", "scan", "--fail-on", "").out).To(ContainSubstring("critical"))
		Expect(call(nil, "__complete", "scan", "--fo").out).To(ContainSubstring("--format"))
	})

	It("takes the width from COLUMNS without a terminal", func() {
		c := console{out: &bytes.Buffer{}, env: func(name string) string { return map[string]string{"COLUMNS": "133"}[name] }}
		Expect(c.style(false)).To(Equal(terminal.Style{Width: 133}))
	})
})

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

	// unprivileged runs the program as a user without root's rights.
	unprivileged := func(args ...string) *gexec.Session {
		GinkgoHelper()
		command := exec.Command(program, args...)
		command.Env = []string{}
		if os.Getuid() == 0 {
			command.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
		}
		session, err := gexec.Start(command, GinkgoWriter, GinkgoWriter)
		Expect(err).NotTo(HaveOccurred())
		return session.Wait(20 * time.Second)
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

	It("ends when it is interrupted", func() {
		fifo := filepath.Join(GinkgoT().TempDir(), "fifo")
		Expect(syscall.Mkfifo(fifo, 0o644)).To(Succeed())
		session, err := gexec.Start(exec.Command(program, "inspect", fifo), GinkgoWriter, GinkgoWriter)
		Expect(err).NotTo(HaveOccurred())
		Consistently(session, "100ms").ShouldNot(gexec.Exit())
		session.Interrupt()
		Eventually(session, "5s").Should(gexec.Exit())
	})
})
