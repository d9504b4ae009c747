package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/scenario"
	"cert-health/internal/scenario/vaulttest"
)

// A person reads one output, at night: which certificate, where, why and what to do are in its first 20 lines.
var _ = Describe("the first lines of scan and explain", Ordered, ContinueOnFailure, func() {
	const mostLines = 20
	var (
		server *vaulttest.Server
		env    map[string]string
		ended  time.Time
	)

	BeforeAll(func() {
		server = vaulttest.Start(scenario.DevVaultOptions{})
		env = map[string]string{"VAULT_ADDR": server.Address, "VAULT_TOKEN": server.Token, "COLUMNS": "120", "HOME": GinkgoT().TempDir()}
		ended = time.Now().Add(-5 * time.Hour)
	})
	put := func(path string, pair *scenario.Pair) {
		GinkgoHelper()
		Expect(server.Put(context.Background(), path, pair.Safe())).To(Succeed())
	}
	ca := func(name string, until time.Time) *scenario.Pair {
		return scenario.Issue(scenario.Spec{CommonName: name, CA: true, NotBefore: until.AddDate(-5, 0, 0), NotAfter: until})
	}
	cell := func(issuer *scenario.Pair, until time.Time) *scenario.Pair {
		return scenario.Issue(scenario.Spec{CommonName: "cell.service.cf.internal", SANs: []string{"cell.service.cf.internal"}, Issuer: issuer, NotBefore: until.AddDate(-1, 0, 0), NotAfter: until})
	}
	// read scans a cell, and explains a line of its log with the report of that scan.
	read := func(secrets string, leaf, trusted *scenario.Pair, line string) (outputs []string) {
		GinkgoHelper()
		root := GinkgoT().TempDir()
		Expect(scenario.VM{Deployment: "cf", Group: "diego-cell", ID: "c2a1f6d8", Jobs: map[string]scenario.Files{
			"rep": {"config/certs/tls.crt": leaf.CertPEM(), "config/certs/tls.key": leaf.KeyPEM(), "config/certs/tls_ca.crt": trusted.CertPEM()}}}.Write(root)).To(Succeed())
		report, log := filepath.Join(root, "report.json"), filepath.Join(root, "rep/rep.stdout.log")
		scan := []string{"scan", "--root", root, "--vault-path", secrets}
		Expect(os.WriteFile(report, []byte(call(env, append(scan, "--format", "json")...).out), 0o600)).To(Succeed())
		Expect(os.Mkdir(filepath.Dir(log), 0o755)).To(Succeed())
		Expect(os.WriteFile(log, []byte(line+"\n"), 0o600)).To(Succeed())
		for _, o := range []outcome{call(env, scan...), call(env, "explain", "--report", report, log)} {
			Expect(o.code).To(BeNumerically("<", exitFailed), o.out+o.err) // drift is no finding of a scan within its grace
			lines := strings.Split(o.out, "\n")
			AddReportEntry("output", o.out, ReportEntryVisibilityFailureOrVerbose)
			outputs = append(outputs, strings.Join(strings.Fields(strings.Join(lines[:min(len(lines), mostLines)], " ")), " "))
		}
		return outputs
	}
	// inOrder wants words one after the other.
	inOrder := func(words ...string) OmegaMatcher { return MatchRegexp(`(?s)` + strings.Join(words, ".*")) }
	const refused = `Post "https://bbs.service.cf.internal:8889/v1": remote error: tls: expired certificate`

	It("name an expired leaf, and how it is renewed", func() {
		authority := ca("diego_ca", time.Now().AddDate(5, 0, 0))
		leaf := cell(authority, ended)
		put("one/ca", authority)
		put("one/rep", leaf)
		for _, text := range read("secret/one", leaf, authority, refused) {
			Expect(text).To(And(inOrder("cell.service.cf.internal", "cert-health x509 renew secret/one/rep", "bosh -d cf deploy MANIFEST"), ContainSubstring("config/certs/tls.crt"), ContainSubstring("expired")))
		}
	})

	It("name an expired CA, and how it is renewed", func() {
		authority := ca("diego_ca", ended)
		leaf := cell(authority, time.Now().AddDate(0, 6, 0))
		put("two/ca", authority)
		put("two/rep", leaf)
		for _, text := range read("secret/two", leaf, authority, refused) {
			Expect(text).To(And(inOrder("diego_ca", "cert-health x509 renew secret/two/ca", "bosh -d cf deploy MANIFEST"), ContainSubstring("config/certs/tls_ca.crt"), ContainSubstring("expired")))
		}
	})

	It("name a leaf of a new CA on a VM that was not deployed", func() {
		before, after := ca("diego_ca", time.Now().AddDate(1, 0, 0)), ca("diego_ca", time.Now().AddDate(5, 0, 0))
		leaf, next := cell(before, time.Now().AddDate(0, 6, 0)), cell(after, time.Now().AddDate(0, 11, 0))
		for _, pair := range []*scenario.Pair{leaf, next} {
			put("three/rep", pair)
		}
		for _, text := range read("secret/three", leaf, before, `Post "https://bbs.service.cf.internal:8889/v1": remote error: tls: unknown certificate authority`) {
			Expect(text).To(And(inOrder("cell.service.cf.internal", "bosh -d cf deploy MANIFEST"), ContainSubstring("config/certs/tls.crt")))
		}
	})
})
