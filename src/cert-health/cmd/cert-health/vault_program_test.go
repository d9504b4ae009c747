package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/gexec"

	"cert-health/internal/scenario"
)

// The library reads the environment of the process, so these specs run the program.
var _ = Describe("the environment of the vault program, on a real Vault", Ordered, ContinueOnFailure, func() {
	var (
		program, file string
		server        *scenario.DevVault
	)

	BeforeAll(func() {
		var err error
		program, err = gexec.Build("cert-health/cmd/cert-health")
		Expect(err).NotTo(HaveOccurred())
		DeferCleanup(gexec.CleanupBuildArtifacts)
		ctx := context.Background()
		server, err = scenario.StartDevVault(ctx, scenario.DevVaultOptions{Dir: GinkgoT().TempDir(), TLS: true})
		Expect(err).NotTo(HaveOccurred())
		DeferCleanup(server.Stop)
		leaf := scenario.Issue(scenario.Spec{CommonName: "leaf"})
		Expect(server.Put(ctx, "cf/leaf", leaf.Safe())).To(Succeed())
		file = filepath.Join(GinkgoT().TempDir(), "leaf.pem")
		Expect(os.WriteFile(file, []byte(leaf.CertPEM()), 0o600)).To(Succeed())
	})

	// home returns a home directory with these files.
	home := func(files map[string]string) string {
		GinkgoHelper()
		dir := GinkgoT().TempDir()
		for name, contents := range files {
			Expect(os.WriteFile(filepath.Join(dir, name), []byte(contents), 0o700)).To(Succeed())
		}
		return dir
	}
	run := func(env []string, args ...string) outcome {
		GinkgoHelper()
		command := exec.Command(program, args...)
		command.Env = append([]string{"VAULT_ADDR=" + server.Address, "VAULT_CACERT=" + server.CACert}, env...)
		session, err := gexec.Start(command, nil, nil)
		Expect(err).NotTo(HaveOccurred())
		session.Wait(20 * time.Second)
		return outcome{session.ExitCode(), string(session.Out.Contents()), string(session.Err.Contents())}
	}
	scan := func(env ...string) outcome {
		GinkgoHelper()
		return run(env, "scan", file, "--format", "json")
	}
	compares := func(o outcome) {
		GinkgoHelper()
		Expect(o.code).To(Equal(exitOK), o.out+o.err)
		Expect(o.report().Reference.State).To(Equal("ok"))
		Expect(o.report().Certificates[0].Reference.Path).To(Equal("cf/leaf"))
	}

	It("uses the token of vault login", func() {
		stored := "HOME=" + home(map[string]string{".vault-token": server.Token + "\n"})
		compares(scan(stored))
		Expect(run([]string{stored}, "publish", "--vault-path", "secret/cf", "--dry-run").code).To(Equal(exitOK))
		Expect(scan(stored, "VAULT_TOKEN=wrong").code).To(Equal(exitFailed), "VAULT_TOKEN comes first")
	})

	It("uses a token helper, and does not quote what it prints", func() {
		dir := home(map[string]string{"good": "#!/bin/sh\necho " + server.Token, "bad": "#!/bin/sh\necho " + server.Token + " >&2; exit 1"})
		for _, helper := range []string{"good", "bad"} {
			Expect(os.WriteFile(filepath.Join(dir, helper+".hcl"), []byte(`token_helper = "`+filepath.Join(dir, helper)+`"`), 0o600)).To(Succeed())
		}
		compares(scan("HOME="+dir, "VAULT_CONFIG_PATH="+filepath.Join(dir, "good.hcl")))
		o := scan("HOME="+dir, "VAULT_CONFIG_PATH="+filepath.Join(dir, "bad.hcl"))
		Expect(o.code).To(Equal(exitFailed))
		Expect(o.err).To(Equal("cert-health: get the token of vault login from " + filepath.Join(dir, "bad") + ": exit status 1: run vault login, or set VAULT_TOKEN\n"))
	})

	It("uses the variables about TLS", func() {
		token, caDir := "VAULT_TOKEN="+server.Token, GinkgoT().TempDir()
		contents, err := os.ReadFile(server.CACert)
		Expect(err).NotTo(HaveOccurred())
		Expect(os.WriteFile(filepath.Join(caDir, "ca.pem"), contents, 0o600)).To(Succeed())
		compares(scan(token, "VAULT_CACERT=", "VAULT_SKIP_VERIFY=true"))
		compares(scan(token, "VAULT_CACERT=", "VAULT_CAPATH="+caDir))
		compares(scan(token, "VAULT_CACERT=", "VAULT_CACERT_BYTES="+string(contents)))
		compares(scan(token, "VAULT_ADDR=https://192.0.2.1", "VAULT_AGENT_ADDR="+server.Address))

		o := scan(token, "VAULT_CACERT=")
		Expect(o.report().Reference.Error).To(HaveSuffix("the certificate of Vault is signed by an unknown CA: set VAULT_CACERT to a file with this CA"))
		o = scan(token, "VAULT_TLS_SERVER_NAME=another.example")
		Expect(o.report().Reference.Error).To(ContainSubstring("not another.example"))
		for variable, said := range map[string]string{
			"VAULT_SKIP_VERIFY=perhaps":   "could not parse VAULT_SKIP_VERIFY",
			"VAULT_CLIENT_CERT=" + file:   "both client cert and client key must be provided",
			"VAULT_CACERT=/not/there.pem": "/not/there.pem: no such file",
		} {
			o := scan(token, variable)
			Expect(o.code).To(Equal(exitFailed), variable)
			Expect(o.err).To(ContainSubstring(said))
		}
	})

	It("logs in with a client certificate that Vault asks for", func() {
		own := scenario.Issue(scenario.Spec{CommonName: "client"})
		dir := home(map[string]string{"c.pem": own.CertPEM(), "k.pem": own.KeyPEM()})
		compares(scan("VAULT_TOKEN="+server.Token, "VAULT_CLIENT_CERT="+filepath.Join(dir, "c.pem"), "VAULT_CLIENT_KEY="+filepath.Join(dir, "k.pem")))
	})

	DescribeTable("exits with 2 if Vault refuses", func(said string, env, args []string) {
		token := "VAULT_TOKEN=" + server.Token
		o := run(append([]string{token}, env...), append([]string{"scan", file}, args...)...)
		Expect(o.code).To(Equal(exitFailed), o.out)
		Expect(o.err).To(HavePrefix("cert-health: not everything was compared with Vault: " + said))
		Expect(o.out).To(ContainSubstring("1 certificate in 1 file"), "the rest is checked")
		Expect(run(append([]string{token}, env...), append([]string{"publish"}, args...)...).code).To(Equal(exitFailed))
	},
		Entry("the token", "Vault does not know the token", []string{"VAULT_TOKEN=wrong"}, nil),
		Entry("no token", "there is no token: run vault login, or set VAULT_TOKEN", []string{"VAULT_TOKEN="}, nil),
		Entry("a path that does not exist", "secret/none: there is nothing at this path", nil, []string{"--vault-path", "secret/none"}),
		Entry("a mount that does not exist", "nomount/none: permission denied", nil, []string{"--vault-path", "nomount/none"}),
	)

	It("exits with 2 for one wrong path of two, also in mode metadata", func() {
		token := []string{"VAULT_TOKEN=" + server.Token}
		for _, mode := range []string{"data", "metadata"} {
			o := run(token, "scan", file, "--vault-mode", mode, "--vault-path", "secret/cf", "--vault-path", "nomount")
			Expect(o.code).To(Equal(exitFailed), mode)
			Expect(o.err).To(ContainSubstring("nomount"))
		}
	})

	DescribeTable("blames VAULT_ADDR", func(address string) {
		o := run([]string{"VAULT_ADDR=" + address}, "scan", file)
		Expect(o).To(Equal(outcome{exitFailed, "", "cert-health: VAULT_ADDR is not the address of a Vault: it must begin with https:// (or http:// on loopback), as in https://vault:8200\n"}))
	},
		Entry("without a scheme", "vault:8200"),
		Entry("without a scheme, by number", "127.0.0.1:8200"),
		Entry("with another scheme", "ftp://vault"),
		Entry("without a host", "https://"),
		Entry("not a URL", "https://a b"),
	)

	It("does not matter to the agent", func() {
		dir := GinkgoT().TempDir()
		Expect(scenario.VM{Jobs: map[string]scenario.Files{"web": {"config/x": ""}}}.Write(dir)).To(Succeed())
		settings := filepath.Join(dir, "c.yml")
		Expect(os.WriteFile(settings, []byte("agent: {scan_interval: 1s, compare_interval: 1s, data_dir: "+filepath.Join(dir, "data")+"}\nalerts: {enabled: false}\nserved: {enabled: false}\n"+
			"vault: {address: '"+server.Address+"', paths: [secret], auth: {token: '"+server.Token+"'}}\n"), 0o600)).To(Succeed())
		command := exec.Command(program, "agent", "--root", dir, "--config", settings)
		command.Env = []string{"VAULT_SKIP_VERIFY=true", "VAULT_CACERT=" + server.CACert, "VAULT_RATE_LIMIT=nonsense"}
		session, err := gexec.Start(command, GinkgoWriter, GinkgoWriter)
		Expect(err).NotTo(HaveOccurred())
		DeferCleanup(func() { session.Terminate().Wait(20 * time.Second) })
		Eventually(func() string {
			contents, _ := os.ReadFile(filepath.Join(dir, "data", "report.json"))
			return string(contents)
		}, "20s").Should(ContainSubstring("signed by an unknown CA"))
	})
})
