package main

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/scenario"
	"cert-health/internal/scenario/vaulttest"
	"cert-health/internal/vault/validate"
)

// validation is the result that a command printed for programs.
func (o outcome) validation() *validate.Result {
	GinkgoHelper()
	var r validate.Result
	Expect(json.Unmarshal([]byte(o.out), &r)).To(Succeed(), "%s\n%s", o.out, o.err)
	return &r
}

var _ = Describe("x509 validate and x509 show", Ordered, func() {
	var (
		server *vaulttest.Server
		env    map[string]string
		ca     *scenario.Pair
		pairs  []*scenario.Pair
		ctx    = context.Background()
		now    = time.Now()
	)
	const day = 24 * time.Hour
	put := func(path string, data map[string]any) {
		GinkgoHelper()
		Expect(server.Put(ctx, path, data)).To(Succeed())
	}
	leaf := func(spec scenario.Spec) *scenario.Pair {
		spec.Issuer = ca
		pairs = append(pairs, scenario.Issue(spec))
		return pairs[len(pairs)-1]
	}
	expired := func(name string) *scenario.Pair {
		return leaf(scenario.Spec{CommonName: name, NotBefore: now.Add(-400 * day), NotAfter: now.Add(-3 * day)})
	}
	with := func(secret map[string]any, change map[string]any) map[string]any {
		changed := maps.Clone(secret)
		maps.Copy(changed, change)
		return changed
	}

	BeforeAll(func() {
		server = vaulttest.Start(scenario.DevVaultOptions{})
		env = map[string]string{"VAULT_ADDR": server.Address, "VAULT_TOKEN": server.Token, "COLUMNS": "100"}
		ca = scenario.Issue(scenario.Spec{CommonName: "cf-ca", CA: true, NotBefore: now.Add(-500 * day), NotAfter: now.Add(3000 * day)})
		pairs = append(pairs, ca)
		put("cf/ca", ca.Safe())
		put("cf/password", map[string]any{"password": "hunter2"})
		put("cf/diego/bbs/tls", leaf(scenario.Spec{CommonName: "bbs.service.cf.internal", Key: scenario.RSA}).Safe())
		put("cf/diego/rep/tls", leaf(scenario.Spec{CommonName: "rep", Key: scenario.Ed25519}).Safe())
		put("cf/router/tls", leaf(scenario.Spec{CommonName: "router", Key: scenario.P384}).Safe())
	})

	It("says that all is well, with exit code 0", func() {
		o := call(env, "x509", "validate", "-r", "secret/cf")
		Expect(o).To(Equal(outcome{exitOK, "5 secrets, 4 of them with certificates: 4 sound\n", ""}))
		o = call(env, "x509", "check", "secret/cf/diego/bbs/tls", "--verbose")
		Expect(o.code).To(Equal(exitOK))
		Expect(o.out).To(MatchRegexp(`ok +364d +bbs.service.cf.internal +secret/cf/diego/bbs/tls\n`))
	})

	Describe("in the incident", func() {
		BeforeAll(func() {
			for i := range 13 {
				put(fmt.Sprintf("down/job%02d", i), expired(fmt.Sprintf("job%02d", i)).Safe())
			}
			for i := range 30 {
				put(fmt.Sprintf("down/sound%02d", i), leaf(scenario.Spec{CommonName: fmt.Sprintf("sound%02d", i)}).Safe())
			}
			put("down/soon", leaf(scenario.Spec{CommonName: "soon", NotBefore: now.Add(-100 * day), NotAfter: now.Add(20 * day)}).Safe())
			put("down/ca", ca.Safe())
		})

		It("names every expired certificate and the one command that renews them", func() {
			o := call(env, "x509", "validate", "-r", "secret/down")
			Expect(o.code).To(Equal(exitFindings), o.err)
			Expect(o.out).To(HavePrefix("45 secrets, 45 of them with certificates: 13 expired, 1 expiring, 31 sound\n"))
			var paths []string
			for i := range 13 {
				path := fmt.Sprintf("secret/down/job%02d", i)
				Expect(o.out).To(MatchRegexp(`expired +3d ago +job%02d +%s\n`, i, path))
				paths = append(paths, path)
			}
			Expect(o.out).To(ContainSubstring("  next      cert-health x509 renew " + strings.Join(paths, " ") + " secret/down/soon\n"))
		})

		It("writes the same as JSON", func() {
			o := call(env, "x509", "validate", "-r", "secret/down", "--format", "json")
			Expect(o.code).To(Equal(exitFindings))
			r := o.validation()
			Expect(r.ByCode).To(Equal(map[validate.Code]int{validate.Expired: 13, validate.Expiring: 1}))
			Expect(r.Paths).To(HaveLen(45))
			Expect(o.out).To(ContainSubstring(`"worst": "critical"`))
			Expect(o.out).To(ContainSubstring(`"problems": []`))
		})

		It("asks for expired ones with --expired, and fails by --fail-on", func() {
			o := call(env, "x509", "validate", "secret/down/job*", "--expired")
			Expect(o.code).To(Equal(exitOK), o.out+o.err)
			o = call(env, "x509", "validate", "secret/down/so*", "-e")
			Expect(o.code).To(Equal(exitFindings))
			Expect(o.out).To(ContainSubstring("it has not expired: it ends in 19 days"))
			Expect(call(env, "x509", "validate", "secret/down/soon", "--fail-on", "error").code).To(Equal(exitOK))
			Expect(call(env, "x509", "validate", "secret/down/soon", "-E", "-R").code).To(Equal(exitFindings))
		})
	})

	It("reads what a wildcard matches, each once", func() {
		r := call(env, "x509", "validate", "secret/cf/*/tls", "--format", "json").validation()
		Expect(r.Secrets).To(Equal(1))
		r = call(env, "x509", "validate", "secret/cf/*/*/tls", "secret/cf/**/tls", "secret/cf/diego/bbs/tls", "--format", "json").validation()
		Expect(r.Secrets).To(Equal(3))
		r = call(env, "x509", "validate", "-r", "secret/*/diego", "secret/cf/ca", "--format", "json").validation()
		Expect(r.Secrets).To(Equal(3))
	})

	It("finds all faults of all paths", func() {
		rep, router := leaf(scenario.Spec{CommonName: "rep"}), leaf(scenario.Spec{CommonName: "router", Key: scenario.RSA})
		put("bad/ca", ca.Revoking(rep))
		put("bad/mixed", with(expired("mixed").Safe(), map[string]any{"key": router.KeyPEM(), "combined": router.CertPEM() + router.KeyPEM()}))
		put("bad/rep", rep.Safe())
		o := call(env, "x509", "validate", "-r", "secret/bad")
		Expect(o.code).To(Equal(exitFindings))
		for _, line := range []string{
			"expired ", "key mismatch", "layout", "revoked",
			`error     secret/bad/mixed: its private key ("key") belongs to another certificate`,
			`error     secret/bad/mixed: its key "combined" does not hold the certificate under "certificate"`,
			"error     secret/bad/rep: its CA secret/bad/ca revoked it",
			"  next      cert-health x509 reissue secret/bad/mixed secret/bad/rep\n",
		} {
			Expect(o.out).To(ContainSubstring(line))
		}
		Expect(o.out).NotTo(ContainSubstring("x509 renew"), "a new key is enough")
	})

	It("checks what the flags ask for", func() {
		path := "secret/cf/diego/bbs/tls"
		Expect(call(env, "x509", "validate", path, "-i", "secret/cf/ca", "-n", "BBS.service.CF.internal", "-b", "2048", "-b", "4096").code).To(Equal(exitOK))
		other := scenario.Issue(scenario.Spec{CommonName: "other-ca", CA: true})
		put("other/ca", other.Safe())
		o := call(env, "x509", "validate", path, "--signed-by", "secret/other/ca", "--for", "x.y", "--for", "bbs.service.cf.internal", "--bits", "4096", "--ca", "--revoked")
		Expect(o.code).To(Equal(exitFindings))
		for _, line := range []string{
			"it is not a CA (--ca)", "it is not signed by secret/other/ca but by CN=cf-ca (--signed-by)", "it is not revoked (--revoked)",
			"it is not valid for the name x.y (--for): its alternative names are", "has none of the sizes that --bits names",
		} {
			Expect(strings.Join(strings.Fields(o.out), " ")).To(ContainSubstring(line))
		}
		o = call(env, "x509", "validate", path, "--signed-by", "secret/cf/password")
		Expect(o).To(Equal(outcome{exitFailed, "", "cert-health: --signed-by secret/cf/password: there is no certificate at this path: name the secret of a CA\n"}))
	})

	It("exits with 2 if a path cannot be read, and checks the others", func() {
		o := call(env, "x509", "validate", "secret/cf/ca", "secret/cf/diego", "secret/cf/none", "secret/cf/password", "secret/none/*")
		Expect(o.code).To(Equal(exitFailed))
		Expect(o.err).To(Equal("cert-health: 4 paths could not be read, so not everything was checked\n"))
		said := strings.Join(strings.Fields(o.out), " ")
		for _, line := range []string{
			"secret/cf/diego: it is a directory: add -r to read the secrets below it",
			"secret/cf/none: there is no secret at this path, or its current version is deleted",
			"secret/cf/password: it holds no certificate",
			"secret/none/*: there is no secret at or below this path: correct it",
			"1 of them with certificates: 1 sound",
		} {
			Expect(said).To(ContainSubstring(line))
		}
		limited := server.LimitedToken(scenario.Allow("secret/data/cf/ca", "read") + scenario.Allow("secret/metadata/*", "list"))
		o = call(map[string]string{"VAULT_ADDR": server.Address, "VAULT_TOKEN": limited}, "x509", "validate", "-r", "secret/cf/diego", "secret/cf/ca")
		Expect(o.code).To(Equal(exitFailed))
		Expect(o.out).To(ContainSubstring("secret/cf/diego/bbs/tls"))
	})

	It("refuses what it does not understand before it asks Vault", func() {
		none := map[string]string{"VAULT_ADDR": "http://192.0.2.1", "VAULT_TOKEN": "x"}
		for said, words := range map[string][]string{
			`--format "x" is not supported`:      {"secret/cf", "--format", "x"},
			"--fail-on:":                         {"secret/cf", "--fail-on", "x"},
			"does not begin with a mount":        {"*/cf"},
			"is not a valid glob":                {"secret/["},
			"the PATH is missing":                {},
			"[expired not-expired] were all set": {"secret/cf", "-e", "-E"},
		} {
			o := call(none, append([]string{"x509", "validate"}, words...)...)
			Expect(o.code).To(Equal(exitFailed), said)
			Expect(o.err).To(ContainSubstring(said))
		}
		Expect(call(nil, "x509", "validate", "secret/cf").err).To(Equal("cert-health: the address of Vault is missing: set VAULT_ADDR, or cert_health.vault.address in the configuration\n"))
	})

	It("reads an engine of version 1, too", func() {
		engine := server.Engine(1)
		server.Write(engine+"/cf/ca", ca.Safe())
		server.Write(engine+"/cf/rep", expired("rep").Safe())
		o := call(env, "x509", "validate", "-r", engine)
		Expect(o.code).To(Equal(exitFindings))
		Expect(o.out).To(ContainSubstring("  next      cert-health x509 renew " + engine + "/cf/rep\n"))
	})

	It("shows each of several certificates, and the CA that the signature proves", func() {
		o := call(env, "x509", "show", "secret/cf/diego/bbs/tls", "secret/cf/ca")
		Expect(o.code).To(Equal(exitOK), o.err)
		bbs, caPart, _ := strings.Cut(o.out, "\n\n")
		if strings.HasPrefix(bbs, "secret/cf/ca") {
			bbs, caPart = caPart, bbs
		}
		for _, line := range []string{
			"secret/cf/diego/bbs/tls: bbs.service.cf.internal, a certificate", "subject   CN=bbs.service.cf.internal", "signed by secret/cf/ca (cf-ca)",
			"names     bbs.service.cf.internal", "ends      in 364 days", "digital_signature, key_encipherment", "key       RSA 2048, with its private key",
			"CA key id ", "SHA-256   " + pairs[1].Fingerprint().String(), "version   1",
		} {
			Expect(bbs).To(ContainSubstring(line))
		}
		for _, line := range []string{"secret/cf/ca: cf-ca, a CA", "signed by itself", "key_cert_sign, crl_sign", "counter   ", "CRL       0 revoked certificates, number 1, next update due"} {
			Expect(caPart).To(ContainSubstring(line))
		}
	})

	It("shows them as JSON", func() {
		o := call(env, "x509", "show", "-r", "secret/cf", "--format", "json")
		Expect(o.code).To(Equal(exitOK))
		var list []validate.Facts
		Expect(json.Unmarshal([]byte(o.out), &list)).To(Succeed())
		Expect(list).To(HaveLen(4))
		Expect(list[0].Path).To(Equal("secret/cf/ca"))
		Expect(list[1].SignedBy).To(Equal(&validate.Signature{Path: "secret/cf/ca", Name: "cf-ca"}))
		Expect(list[1].PrivateKey).To(Equal(validate.Matches))
		Expect(call(env, "x509", "show", "secret/cf/none").code).To(Equal(exitFailed))
	})

	AfterAll(func() {
		for _, words := range [][]string{{"x509", "validate", "-r", "secret", "--verbose"}, {"x509", "validate", "-r", "secret", "--format", "json"}, {"x509", "show", "-r", "secret"}} {
			o := call(env, words...)
			for _, pair := range pairs {
				body := strings.Split(pair.KeyPEM(), "\n")[1]
				Expect(strings.Contains(o.out+o.err, body)).To(BeFalse(), "a private key is printed")
			}
		}
	})
})

var _ = Describe("the example of docs/x509.md", func() {
	It("is what validate prints", func() {
		server, now := vaulttest.Start(scenario.DevVaultOptions{}), time.Now()
		put := func(path string, data map[string]any) {
			GinkgoHelper()
			Expect(server.Put(context.Background(), path, data)).To(Succeed())
		}
		ca := scenario.Issue(scenario.Spec{CommonName: "ca", CA: true, NotBefore: now.AddDate(-2, 0, 0), NotAfter: now.AddDate(9, 0, 0)})
		put("cf/ca", ca.Safe())
		for path, name := range map[string]string{"cf/diego/bbs": "bbs.service.cf.internal", "cf/diego/rep": "rep"} {
			put(path, scenario.Issue(scenario.Spec{CommonName: name, Issuer: ca, NotBefore: now.AddDate(-1, 0, 0), NotAfter: now.AddDate(0, 0, -3).Add(-time.Hour)}).Safe())
		}
		router := scenario.Issue(scenario.Spec{CommonName: "router", Issuer: ca}).Safe()
		router["key"] = ca.KeyPEM()
		put("cf/router", router)
		for i := range 40 {
			secret := map[string]any{"password": "x"}
			if i < 26 {
				secret = scenario.Issue(scenario.Spec{CommonName: fmt.Sprint("sound", i), Issuer: ca}).Safe()
			}
			put(fmt.Sprint("cf/more/", i), secret)
		}
		o := call(map[string]string{"VAULT_ADDR": server.Address, "VAULT_TOKEN": server.Token}, "x509", "validate", "-r", "secret/cf")
		page, err := os.ReadFile("../../../../docs/x509.md")
		Expect(err).NotTo(HaveOccurred())
		_, example, found := strings.Cut(string(page), "    $ cert-health x509 validate -r secret/cf\n")
		Expect(found).To(BeTrue())
		example, _, _ = strings.Cut(example, "\nA PATH")
		Expect(o.out).To(Equal(strings.TrimSuffix(strings.ReplaceAll("\n"+example, "\n    ", "\n")[1:], "\n") + "\n"))
	})
})
