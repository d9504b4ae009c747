package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
	"unicode/utf8"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/report/terminal"
	"cert-health/internal/scenario"
	"cert-health/internal/verdict"
)

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
		Entry("no path", "the PATH is missing: write cert-health x509 renew PATH...; see cert-health x509 renew --help", "x509", "renew"),
		Entry("no CA", "the CA is missing: write cert-health rotate next CA; see", "rotate", "next"),
		Entry("two certificates", `"b" is one argument too many: cert-health show takes one; see`, "show", "a", "b"),
		Entry("no store", "no CA secret/ca is known: name the path of its secret or its subject, and the reports of VMs that trust it; the store of the CA is not known: set VAULT_ADDR", "rotate", "status", "secret/ca"),
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
			for _, verb := range command.Commands() {
				commands = append(commands, []string{command.Name(), verb.Name()})
			}
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
