package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

func TestCertHealthAlerts(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "cert-health-alerts")
}

// outcome is the result of a command line.
type outcome struct {
	code     int
	out, err string
}

// call runs one command line in this process, without an event to read.
func call(args ...string) outcome {
	var out, err bytes.Buffer
	code := run(context.Background(), args, console{in: strings.NewReader(""), out: &out, err: &err})
	return outcome{code, out.String(), err.String()}
}

// settings writes a file for --config.
func settings(text string) string {
	GinkgoHelper()
	file := filepath.Join(GinkgoT().TempDir(), "s.json")
	Expect(os.WriteFile(file, []byte(text), 0o600)).To(Succeed())
	return file
}

var _ = Describe("the command line", func() {
	DescribeTable("a mistake gives exit code 2 and a suggestion",
		func(said string, args ...string) {
			o := call(args...)
			Expect(o.code).To(Equal(exitFailed))
			Expect(o.err).To(HavePrefix("cert-health-alerts: "))
			Expect(o.err).To(ContainSubstring(said))
			Expect(o.out).To(BeEmpty())
		},
		Entry("no settings", "--config FILE is missing; see cert-health-alerts --help"),
		Entry("a flag", `unknown flag --confg; did you mean "--config"?; see cert-health-alerts --help`, "--confg", "x"),
		Entry("a flag like nothing", "unknown flag --zzz; see cert-health-alerts --help", "--zzz"),
		Entry("a flag without its value", "flag needs an argument: --config; see cert-health-alerts --help", "--config"),
		Entry("an argument", `unknown argument "x"; see cert-health-alerts --help`, "--config", "s.json", "x"),
		Entry("settings that are not there", "read the settings: open /not/there: no such file", "--check", "--config", "/not/there"),
	)

	It("prints a help text that fits 80 columns", func() {
		for _, flag := range []string{"--help", "-h"} {
			o := call(flag)
			Expect(o.code).To(Equal(exitOK))
			Expect(o.err).To(BeEmpty())
			Expect(o.out).To(And(ContainSubstring("json plugin"), ContainSubstring("cert-health-alerts --version\n"),
				ContainSubstring("--config FILE "), ContainSubstring("--check "), ContainSubstring("--help ")))
			for line := range strings.Lines(o.out) {
				Expect(len(strings.TrimRight(line, "\n"))).To(BeNumerically("<=", 80), line)
			}
		}
	})

	It("prints its version", func() {
		Expect(call("version").out).To(HavePrefix("cert-health-alerts dev (go"))
		Expect(call("--version")).To(Equal(call("version")))
	})
})

var _ = Describe("the plugin", func() {
	DescribeTable("reports problems of the settings, and does not run",
		func(text string, code int, said string) {
			o := call("--check", "--config", settings(text))
			Expect(o.code).To(Equal(code))
			Expect(o.err).To(ContainSubstring(said))
			Expect(o.out).To(BeEmpty())
		},
		Entry("good ones", `{"slack": [{"url": "https://x"}]}`, exitOK, ""),
		Entry("bad ones", `{"slack": [{"ur": "https://x"}]}`, exitFailed, `slack[0].ur is not a known key; did you mean "url"?`),
	)

	It("exits with 0 when the Health Monitor ends, and writes only to its log", func() {
		log := filepath.Join(GinkgoT().TempDir(), "logs", "x.log")
		Expect(call("--config", settings(`{"log": "`+log+`"}`))).To(Equal(outcome{code: exitOK}))
		Expect(os.ReadFile(log)).To(ContainSubstring("started; receivers: 0"))
	})
})
