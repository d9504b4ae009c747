package main

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/plan"
	"cert-health/internal/report"
	"cert-health/internal/report/sample"
	"cert-health/internal/scenario"
	"cert-health/internal/scenario/vaulttest"
)

var _ = Describe("the commands of x509 that write", Ordered, func() {
	var (
		server   *vaulttest.Server
		env      map[string]string
		ca, leaf *scenario.Pair
	)
	ctx := context.Background()
	put := func(path string, data map[string]any) {
		GinkgoHelper()
		Expect(server.Put(ctx, path, data)).To(Succeed())
	}
	get := func(path string) map[string]any {
		GinkgoHelper()
		read, err := server.Client.KVv2("secret").Get(ctx, path)
		Expect(err).NotTo(HaveOccurred())
		return read.Data
	}
	held := func(path string) *x509.Certificate {
		GinkgoHelper()
		block, _ := pem.Decode([]byte(get(path)["certificate"].(string)))
		c, err := x509.ParseCertificate(block.Bytes)
		Expect(err).NotTo(HaveOccurred())
		return c
	}
	x509 := func(code int, args ...string) string {
		GinkgoHelper()
		o := call(env, append([]string{"x509"}, args...)...)
		Expect(o.code).To(Equal(code), o.out+o.err)
		for _, said := range []string{o.out, o.err} {
			Expect(strings.Contains(said, "PRIVATE KEY")).To(BeFalse())
		}
		return o.out + o.err
	}

	BeforeAll(func() {
		server = vaulttest.Start(scenario.DevVaultOptions{})
		env = map[string]string{"VAULT_ADDR": server.Address, "VAULT_TOKEN": server.Token, "COLUMNS": "300", "HOME": GinkgoT().TempDir()}
	})
	BeforeEach(func() {
		ca = scenario.Issue(scenario.Spec{CommonName: "cf-ca", CA: true})
		leaf = scenario.Issue(scenario.Spec{CommonName: "leaf", Issuer: ca, NotBefore: time.Now().AddDate(-1, 0, 0), NotAfter: time.Now().AddDate(0, 0, -1)})
		secret := ca.Safe()
		secret["serial"] = "a"
		put("cf/ca", secret)
		put("cf/leaf", leaf.Safe())
	})

	It("refuse a pipe without --yes, and write nothing", func() {
		said := x509(exitFailed, "renew", "secret/cf/leaf")
		Expect(said).To(HavePrefix("Renew secret/cf/leaf\n"))
		Expect(said).To(ContainSubstring("run the command again with --yes"))
		Expect(get("cf/leaf")).To(Equal(leaf.Safe()))
		Expect(get("cf/ca")["serial"]).To(Equal("a"))
	})

	It("write nothing with --dry-run", func() {
		said := x509(exitOK, "reissue", "-r", "secret/cf", "--expired", "--dry-run")
		Expect(said).To(ContainSubstring("Reissue secret/cf/leaf\n"))
		Expect(said).To(HaveSuffix("dry run: nothing was changed\n"))
		Expect(get("cf/leaf")).To(Equal(leaf.Safe()))
	})

	It("renew with --yes", func() {
		said := x509(exitOK, "renew", "secret/cf/leaf", "-t", "2m", "-y")
		Expect(said).To(MatchRegexp(`\ndone: renew secret/cf/leaf: serial number b, ends \d{4}-`))
		Expect(held("cf/leaf").CheckSignatureFrom(ca.X509)).To(Succeed())
		Expect(held("cf/leaf").NotAfter).To(BeTemporally("~", time.Now().AddDate(0, 0, 60), time.Hour))
	})

	It("say for programs what they do and did", func() {
		var o plan.Outcome
		Expect(json.Unmarshal([]byte(x509(exitOK, "renew", "secret/cf/leaf", "--yes", "--format", "json")), &o)).To(Succeed())
		Expect(o.Plan.Acts).To(HaveExactElements(And(HaveField("Target", "secret/cf/leaf"), HaveField("SignedBy", "secret/cf/ca (cf-ca)"))))
		Expect(o.Results).To(HaveExactElements(HaveField("State", plan.Done)))
	})

	It("have nothing to do when nothing has expired", func() {
		x509(exitOK, "renew", "-r", "secret/cf", "--expired", "--yes")
		Expect(x509(exitOK, "renew", "-r", "secret/cf", "--expired", "--yes")).To(Equal("There is nothing to renew\n"))
	})

	It("issue with the letters of safe, reissue, revoke and sign lists again", func() {
		x509(exitOK, "issue", "secret/new/ca", "-A", "-s", "/CN=new-ca/O=cf", "-b", "2048", "-t", "10y", "-y")
		Expect(held("new/ca").Subject.String()).To(Equal("CN=new-ca,O=cf"))
		x509(exitOK, "issue", "secret/new/leaf", "-i", "secret/new/ca", "-n", "a.cf", "-n", "10.0.0.1", "-k", "ec:256", "-u", "server_auth,digital_signature", "-l", "sha512", "-y")
		made := held("new/leaf")
		Expect(made.DNSNames).To(Equal([]string{"a.cf"}))
		Expect(made.SignatureAlgorithm.String()).To(Equal("SHA512-RSA"))
		Expect(x509(exitOK, "issue", "secret/new/leaf", "-n", "x", "--no-clobber", "-y")).To(ContainSubstring("exists already"))
		Expect(held("new/leaf").Equal(made)).To(BeTrue())
		x509(exitOK, "reissue", "secret/new/leaf", "-n", "b.cf", "-y")
		Expect(held("new/leaf").DNSNames).To(Equal([]string{"b.cf"}))
		x509(exitOK, "revoke", "secret/new/leaf", "-i", "secret/new/ca", "--reason", "superseded", "-y")
		x509(exitOK, "crl", "--renew", "secret/new/ca", "-y")
		block, _ := pem.Decode([]byte(get("new/ca")["crl"].(string)))
		Expect(block.Type).To(Equal("X509 CRL"))
	})

	It("leave out what cannot be renewed in a tree, and say so", func() {
		put("odd/leaf", scenario.Issue(scenario.Spec{CommonName: "odd", Issuer: scenario.Issue(scenario.Spec{CommonName: "gone", CA: true})}).Safe())
		put("odd/own", scenario.Issue(scenario.Spec{CommonName: "own"}).Safe())
		said := x509(exitFindings, "renew", "-r", "secret/odd", "-y")
		Expect(said).To(ContainSubstring("left out: secret/odd/leaf: no CA that was read signed it"))
		Expect(said).To(ContainSubstring("done: renew secret/odd/own"))
	})

	It("name who uses a certificate, from reports", func() {
		contents := sample.Contents()
		r := report.Build(contents)
		r.Certificates[0].Fingerprint = leaf.Fingerprint().String()
		file := filepath.Join(GinkgoT().TempDir(), "report.json")
		encoded, err := json.Marshal(r)
		Expect(err).NotTo(HaveOccurred())
		Expect(os.WriteFile(file, encoded, 0o600)).To(Succeed())
		said := x509(exitOK, "renew", "secret/cf/leaf", "--dry-run", "--report", file)
		Expect(said).To(MatchRegexp(`used by +cf cell/3f2a \(`))
		Expect(said).To(ContainSubstring("bosh -d cf deploy MANIFEST"))
	})

	It("explain wrong flags before they do anything", func() {
		for line, sentence := range map[string]string{
			"renew secret/cf/leaf --ttl soon":                                "--ttl: \"soon\" is not a lifetime",
			"renew secret/cf/leaf --within soon":                             "--within: \"soon\"",
			"renew secret/cf/leaf --no-clobber":                              "--no-clobber is refused here",
			"renew secret/cf/leaf --source opsman":                           "--source is not valid",
			"renew /cf/x --source credhub -n x":                              "CredHub keeps subject",
			"renew /cf/x --source credhub":                                   "the address of CredHub is missing",
			"reissue secret/cf/leaf --key-type dsa":                          "there is no such type of key",
			"issue secret/cf/new":                                            "the certificate has no name",
			"revoke secret/cf/leaf --reason fun":                             "is not a reason for a revocation",
			"renew secret/cf/leaf secret/cf/ca -n x --dry-run":               "a subject or names belong to one certificate",
			"renew secret/cf/missing --dry-run":                              "secret/cf/missing: there is no such secret",
			"renew secret/cf/leaf --sig-algorithm md5 --dry-run":             "is not a signature algorithm",
			"renew secret/cf/leaf --dry-run --format yaml":                   "--format \"yaml\" is not supported",
			"issue secret/cf/new -n x -i secret/cf/leaf -k ec:256 --dry-run": "is not a CA",
		} {
			Expect(x509(exitFailed, strings.Fields(line)...)).To(ContainSubstring(sentence), line)
		}
	})
})
