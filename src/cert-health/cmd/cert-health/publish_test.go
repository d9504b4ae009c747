package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/scenario"
	"cert-health/internal/scenario/vaulttest"
	"cert-health/internal/vault/publish"
)

// published is the result that a command printed for programs.
func (o outcome) published() *publish.Result {
	GinkgoHelper()
	var r publish.Result
	Expect(json.Unmarshal([]byte(o.out), &r)).To(Succeed(), "%s\n%s", o.out, o.err)
	return &r
}

var _ = Describe("publish", Ordered, func() {
	var (
		server *vaulttest.Server
		env    map[string]string
		ctx    = context.Background()
	)
	put := func(path string, data map[string]any) {
		GinkgoHelper()
		Expect(server.Put(ctx, path, data)).To(Succeed())
	}
	leaf := func(name string) *scenario.Pair { return scenario.Issue(scenario.Spec{CommonName: name}) }

	BeforeAll(func() {
		server = vaulttest.Start(scenario.DevVaultOptions{})
		env = map[string]string{"VAULT_ADDR": server.Address, "VAULT_TOKEN": server.Token}
	})

	It("exits with 2 if there is nothing to publish below a path", func() {
		o := call(env, "publish", "--vault-path", "secret/mistyped")
		Expect(o.code).To(Equal(exitFailed))
		Expect(o.out).To(BeEmpty())
		Expect(o.err).To(Equal("cert-health: nothing could be published: secret/mistyped: there is nothing at this path\n"))
	})

	It("prints what it would do, does it, and prints what it did", func() {
		put("cf/ca", leaf("ca").Safe())
		put("cf/rep", leaf("rep").Safe())
		put("cf/password", map[string]any{"password": "x"})
		o := call(env, "publish", "--vault-path", "secret/cf", "--dry-run", "--verbose")
		Expect(o).To(Equal(outcome{exitOK, `would be published: secret/cf/ca version 1, 1 certificate
would be published: secret/cf/rep version 1, 1 certificate
dry run, nothing was written: 3 secrets, 2 of them with certificates (2 in all): 2 to publish, 0 unchanged; index: 2 parts to write
`, ""}))
		o = call(env, "publish", "--vault-path", "secret/cf", "--verbose")
		Expect(o).To(Equal(outcome{exitOK, `published: secret/cf/ca version 1, 1 certificate
published: secret/cf/rep version 1, 1 certificate
3 secrets, 2 of them with certificates (2 in all): 2 published, 0 unchanged; index: 2 parts written
`, ""}))
		put("cf/rep", leaf("rep").Safe())
		o = call(env, "publish", "--vault-path", "secret/cf")
		Expect(o).To(Equal(outcome{exitOK, "3 secrets, 2 of them with certificates (2 in all): 1 published, 1 unchanged; index: unchanged\n", ""}))
	})

	It("writes the same as JSON, with empty lists", func() {
		o := call(env, "publish", "--vault-path", "secret/cf", "--format", "json")
		Expect(o.code).To(Equal(exitOK))
		Expect(o.out).To(ContainSubstring(`"changes": []`))
		Expect(o.out).To(ContainSubstring(`"problems": []`))
		r := o.published()
		Expect(r.Secrets).To(Equal(3))
		Expect(r.Published).To(Equal(2))
		Expect(r.Requests).To(BeNumerically(">", 3))
		Expect(o.out).NotTo(ContainSubstring("dry_run"))
		Expect(call(env, "publish", "--vault-path", "secret/cf", "--format", "json", "--dry-run").published().DryRun).To(BeTrue())
	})

	It("is what a scan in mode metadata compares with", func() {
		p := leaf("deployed")
		put("cf/deployed", p.Safe())
		put("cf/deployed", leaf("deployed").Safe())
		Expect(call(env, "publish", "--vault-path", "secret/cf").code).To(Equal(exitOK))
		root := GinkgoT().TempDir()
		Expect(scenario.VM{Jobs: map[string]scenario.Files{"a": {"x.pem": p.CertPEM()}}}.Write(root)).To(Succeed())
		r := call(env, "scan", "--root", root, "--vault-path", "secret/cf", "--vault-mode", "metadata", "--format", "json").report()
		Expect(r.Certificates).To(HaveLen(1))
		Expect(r.Certificates[0].Reference).To(And(HaveField("DeployedVersion", 1), HaveField("CurrentVersion", 2), HaveField("Path", "cf/deployed")))
	})

	It("exits with 1 if something is not published, and combines problems with the same reason", func() {
		for i := range 30 {
			put(fmt.Sprintf("bad/%02d", i), map[string]any{"certificate": leaf("bad").CertPEM()[:200], "other": leaf("good").CertPEM()})
		}
		o := call(env, "publish", "--vault-path", "secret/bad")
		Expect(o.code).To(Equal(exitFindings))
		Expect(o.err).To(BeEmpty())
		lines := strings.Split(strings.TrimSpace(o.out), "\n")
		Expect(lines).To(HaveLen(5))
		Expect(lines[0]).To(Equal(`not published: secret/bad/00: its key "certificate" contains a certificate that cannot be read: its END line is missing`))
		Expect(lines[3]).To(Equal(`not published: 27 more paths: its key "certificate" contains a certificate that cannot be read: its END line is missing (--verbose names them)`))
		Expect(lines[4]).To(Equal("30 secrets, 30 of them with certificates (30 in all): 30 published, 0 unchanged, 30 not completely published; index: 2 parts written"))
		o = call(env, "publish", "--vault-path", "secret/bad", "--verbose")
		Expect(o.code).To(Equal(exitFindings))
		Expect(strings.Count(o.out, "not published:")).To(Equal(30))
		r := call(env, "publish", "--vault-path", "secret/bad", "--format", "json").published()
		Expect(r.Problems).To(HaveLen(30))
	})

	It("takes Vault from a configuration, and several paths from flags", func() {
		put("one", leaf("one").Safe())
		put("two", leaf("two").Safe())
		file := filepath.Join(GinkgoT().TempDir(), "c.yml")
		Expect(os.WriteFile(file, fmt.Appendf(nil, "vault: {address: %q, paths: [secret/one], auth: {token: %q}}\n", server.Address, server.Token), 0o600)).To(Succeed())
		Expect(call(nil, "publish", "--config", file, "--format", "json").published().Secrets).To(Equal(1))
		Expect(call(nil, "publish", "--config", file, "--format", "json", "--vault-path", "secret/one", "--vault-path", "secret/two").published().Secrets).To(Equal(2))
	})

	It("publishes the mount secret by default", func() {
		o := call(env, "publish", "--format", "json")
		Expect(o.published().Secrets).To(Equal(4 + 30 + 2))
	})

	It("counts the paths that it lists: each has one line with all its problems", func() {
		put("counted/two", map[string]any{"a": leaf("a").CertPEM()[:200], "b": leaf("b").CertPEM()[:200]})
		put("counted/good", leaf("good").Safe())
		o := call(env, "publish", "--vault-path", "secret/counted")
		Expect(o.code).To(Equal(exitFindings))
		const reason = `its key "a" contains a certificate that cannot be read: its END line is missing; its key "b" contains a certificate that cannot be read: its END line is missing`
		Expect(o.out).To(Equal("not published: secret/counted/two: " + reason + "\n" +
			"2 secrets, 1 of them with certificates (1 in all): 1 published, 0 unchanged, 1 not completely published; index: 2 parts written\n"))
		r := call(env, "publish", "--vault-path", "secret/counted", "--format", "json").published()
		Expect(r.Failed).To(Equal(1))
		Expect(r.Problems).To(Equal([]publish.Problem{{Path: "secret/counted/two", Reason: reason}}))
	})

	It("sends no more requests per second than its configuration permits, and has no limit without one", func() {
		file := filepath.Join(GinkgoT().TempDir(), "publish.yml")
		publishWith := func(rate string) outcome {
			Expect(os.WriteFile(file, fmt.Appendf(nil, "vault:\n  address: %s\n  paths: [secret/counted]\n  concurrency: 1\n%s  auth: {token: %s}\n", server.Address, rate, server.Token), 0o600)).To(Succeed())
			return call(nil, "publish", "--config", file)
		}
		o := publishWith("  rate: 0.001\n")
		Expect(o.code).To(Equal(exitFailed))
		Expect(o.err).To(ContainSubstring("cert_health.vault.rate delays this request beyond cert_health.vault.timeout"))
		Expect(publishWith("").code).To(Equal(exitFindings))
		limited := call(map[string]string{"VAULT_ADDR": server.Address, "VAULT_TOKEN": server.Token, "VAULT_RATE_LIMIT": "0.001:1"}, "publish", "--vault-path", "secret/counted")
		Expect(limited.code).To(Equal(exitFailed))
		Expect(limited.err).To(ContainSubstring("VAULT_RATE_LIMIT delays this request beyond vault.timeout in a configuration (--config)"))
	})

	It("explains an unknown token without printing it", func() {
		o := call(map[string]string{"VAULT_ADDR": server.Address, "VAULT_TOKEN": "hvs.no-such-token"}, "publish")
		Expect(o.code).To(Equal(exitFailed))
		Expect(o.out).To(BeEmpty())
		Expect(o.err).To(MatchRegexp(`^cert-health: Vault does not know the token \(403\): .*run vault login, or set VAULT_TOKEN to a new token\n$`))
		Expect(o.err).NotTo(ContainSubstring("no-such-token"))
	})

	DescribeTable("a mistake gives exit code 2 and a suggestion",
		func(said string, env map[string]string, args ...string) {
			o := call(env, append([]string{"publish"}, args...)...)
			Expect(o.code).To(Equal(exitFailed))
			Expect(o.err).To(HavePrefix("cert-health: " + said))
			Expect(strings.Count(o.err, "\n")).To(Equal(1))
			Expect(o.out).To(BeEmpty())
		},
		Entry("no Vault", "the address of Vault is missing: set VAULT_ADDR, or cert_health.vault.address in the configuration", nil),
		Entry("no Vault for a path", "--vault-path needs a Vault: set VAULT_ADDR", nil, "--vault-path", "secret"),
		Entry("no token", "there is no token: run vault login, or set VAULT_TOKEN or cert_health.vault.auth", map[string]string{"VAULT_ADDR": "http://127.0.0.1:1"}),
		Entry("a rate that is not a number", `VAULT_RATE_LIMIT="fast" is not valid: it must be a number of requests per second`, map[string]string{"VAULT_ADDR": "http://127.0.0.1:1", "VAULT_TOKEN": "x", "VAULT_RATE_LIMIT": "fast"}),
		Entry("an invalid time limit", `VAULT_CLIENT_TIMEOUT="soon" is not valid: it must be a number of seconds or a duration`, map[string]string{"VAULT_ADDR": "http://127.0.0.1:1", "VAULT_TOKEN": "x", "VAULT_CLIENT_TIMEOUT": "soon"}),
		Entry("no Vault there", "look up the token: nothing listens at 127.0.0.1:1: connection refused", map[string]string{"VAULT_ADDR": "http://127.0.0.1:1", "VAULT_TOKEN": "x"}),
		Entry("an empty path", "vault.paths[0]: the path is empty: it must begin with a mount, such as secret", map[string]string{"VAULT_ADDR": "http://127.0.0.1:1"}, "--vault-path", ""),
		Entry("a path of nothing", "vault.paths[0]: the path is empty", map[string]string{"VAULT_ADDR": "http://127.0.0.1:1"}, "--vault-path", "/"),
		Entry("a flag", "there is no flag --dryrun; did you mean --dry-run?", nil, "--dryrun"),
		Entry("a path without its flag", `unknown command "secret/cf" for "cert-health publish"`, nil, "secret/cf"),
		Entry("a format", `--format "jason" is not supported: use table or json; did you mean "json"?`, nil, "--format", "jason"),
		Entry("an interval", "--interval must be at least 1s", nil, "--watch", "--interval", "10ms"),
		Entry("an invalid interval", `invalid argument "5" for "--interval" flag`, nil, "--interval", "5"),
		Entry("a dry run without end", "--dry-run runs once and cannot be used with --watch: remove one of them", nil, "--watch", "--dry-run"),
		Entry("a configuration that is not there", "read the configuration: open /not/there.yml: no such file or directory", nil, "--config", "/not/there.yml"),
	)

	It("names the way to the docs in its help", func() {
		Expect(call(nil, "publish", "--help").out).To(ContainSubstring("docs/publishing.md"))
	})
})

var _ = Describe("the result of publish, for people", func() {
	text := func(r publish.Result) string {
		GinkgoHelper()
		var out bytes.Buffer
		Expect(writeResult(&out, &r, "", false)).To(Succeed())
		return out.String()
	}

	It("names a fourth path instead of counting it", func() {
		r := publish.Result{}
		for _, path := range []string{"a", "b", "c", "d"} {
			r.Problems = append(r.Problems, publish.Problem{Path: path, Reason: "x"})
		}
		Expect(text(r)).To(HavePrefix("not published: a: x\nnot published: b: x\nnot published: c: x\nnot published: d: x\n0 secrets"))
		r.Problems = append(r.Problems, publish.Problem{Path: "e", Reason: "x"}, publish.Problem{Reason: "all is lost"})
		Expect(text(r)).To(HavePrefix("not published: a: x\nnot published: b: x\nnot published: c: x\nnot published: 2 more paths: x (--verbose names them)\nnot published: all is lost\n"))
	})

	It("counts removed publications and failures", func() {
		Expect(text(publish.Result{
			Secrets: 9, Published: 6, Certificates: 7, Failed: 1, IndexWrites: 1,
			Changes: []publish.Change{{Path: "a", Removed: true}, {Path: "b", Version: 2}, {Path: "c", Version: 3, Certificates: 1}},
		})).To(Equal("9 secrets, 6 of them with certificates (7 in all): 2 published, 5 unchanged, 1 removed, 1 not completely published; index: 1 part written\n"))
	})
})
