package main

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/x509"
	"crypto/x509/pkix"
	"maps"
	"math/big"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/scenario"
	"cert-health/internal/scenario/vaulttest"
	"cert-health/internal/vault/validate"
)

// asSafeWrites is a CA and a leaf as safe writes them: PKCS #1, a counter that has given 2, a list without a number, and a
// root that names its own key as its signer's.
func asSafeWrites() (ca, leaf map[string]any) {
	GinkgoHelper()
	key := func() (*rsa.PrivateKey, string, []byte) {
		made, err := rsa.GenerateKey(rand.Reader, 2048)
		Expect(err).NotTo(HaveOccurred())
		id := sha1.Sum(x509.MarshalPKCS1PublicKey(&made.PublicKey))
		return made, scenario.Armour("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(made)), id[:]
	}
	caKey, caPEM, caID := key()
	leafKey, leafPEM, leafID := key()
	now := time.Now()
	root := &x509.Certificate{SerialNumber: new(big.Int).Lsh(big.NewInt(5), 150), Subject: pkix.Name{CommonName: "ca"}, NotBefore: now, NotAfter: now.AddDate(10, 0, 0),
		SignatureAlgorithm: x509.SHA512WithRSA, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
		BasicConstraintsValid: true, IsCA: true, MaxPathLen: 1, SubjectKeyId: caID, AuthorityKeyId: caID, DNSNames: []string{"ca"}}
	child := &x509.Certificate{SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "leaf"}, NotBefore: now, NotAfter: now.AddDate(2, 0, 0),
		SignatureAlgorithm: x509.SHA512WithRSA, ExtKeyUsage: root.ExtKeyUsage, BasicConstraintsValid: true, SubjectKeyId: leafID, DNSNames: []string{"leaf.internal"}}
	sign := func(template *x509.Certificate, public *rsa.PublicKey) string {
		encoded, err := x509.CreateCertificate(rand.Reader, template, root, public, caKey)
		Expect(err).NotTo(HaveOccurred())
		return scenario.Armour("CERTIFICATE", encoded)
	}
	//lint:ignore SA1019 safe makes its lists by this function
	list, err := root.CreateCRL(rand.Reader, caKey, nil, now, now.AddDate(10, 0, 0))
	Expect(err).NotTo(HaveOccurred())
	rootPEM, childPEM := sign(root, &caKey.PublicKey), sign(child, &leafKey.PublicKey)
	return map[string]any{"certificate": rootPEM, "key": caPEM, "combined": rootPEM + caPEM, "serial": "2", "crl": scenario.Armour("X509 CRL", list)},
		map[string]any{"certificate": childPEM, "key": leafPEM, "combined": childPEM + leafPEM}
}

var _ = Describe("secrets as safe writes them", func() {
	It("are validated, and renewed so that safe can read them", func() {
		server := vaulttest.Start(scenario.DevVaultOptions{})
		env := map[string]string{"VAULT_ADDR": server.Address, "VAULT_TOKEN": server.Token, "HOME": GinkgoT().TempDir()}
		ca, leaf := asSafeWrites()
		Expect(server.Put(context.Background(), "a/ca", ca)).To(Succeed())
		Expect(server.Put(context.Background(), "a/leaf", leaf)).To(Succeed())
		sound := func() *validate.Result {
			GinkgoHelper()
			o := call(env, "x509", "validate", "-r", "secret/a", "--signed-by", "secret/a/ca", "--format", "json")
			Expect(o.code).To(Equal(exitOK), o.out+o.err)
			return o.validation()
		}
		Expect(sound().Paths[1].SignedBy.Path).To(Equal("secret/a/ca"))
		for _, path := range []string{"secret/a/leaf", "secret/a/ca"} {
			o := call(env, "x509", "renew", "--yes", path)
			Expect(o.code).To(Equal(exitOK), o.out+o.err)
		}
		o := call(env, "x509", "revoke", "--yes", "secret/a/leaf")
		Expect(o.code).To(Equal(exitOK), o.out+o.err)
		o = call(env, "x509", "reissue", "--yes", "secret/a/leaf")
		Expect(o.code).To(Equal(exitOK), o.out+o.err)
		Expect(sound().Paths[1].Serial).To(Equal("5"), "renewed, the CA renewed, reissued")
		for path, before := range map[string]map[string]any{"a/ca": ca, "a/leaf": leaf} {
			read, err := server.Client.KVv2("secret").Get(context.Background(), path)
			Expect(err).NotTo(HaveOccurred())
			Expect(slices.Sorted(maps.Keys(read.Data))).To(Equal(slices.Sorted(maps.Keys(before))))
			key := read.Data["key"].(string)
			Expect(strings.HasPrefix(key, "-----BEGIN RSA PRIVATE KEY-----") && strings.Count(key, "BEGIN") == 1).To(BeTrue(), "safe wants one block of PKCS #1")
			Expect(read.Data["combined"] == read.Data["certificate"].(string)+key).To(BeTrue(), "combined is another one")
		}
	})
})

// The layout of the secrets is that of safe, so the real program must understand what cert-health writes, and the
// other way round.
var _ = Describe("safe and x509 validate on the same tree", Ordered, func() {
	var (
		program string
		env     map[string]string
	)

	BeforeAll(func() {
		program = safeProgram()
		server := vaulttest.Start(scenario.DevVaultOptions{})
		env = map[string]string{"VAULT_ADDR": server.Address, "VAULT_TOKEN": server.Token, "COLUMNS": "200", "HOME": GinkgoT().TempDir()}
	})

	safe := func(words ...string) string {
		GinkgoHelper()
		command := exec.CommandContext(context.Background(), program, words...)
		command.Env = append(os.Environ(), "HOME="+GinkgoT().TempDir(), "VAULT_ADDR="+env["VAULT_ADDR"], "VAULT_TOKEN="+env["VAULT_TOKEN"])
		out, err := command.CombinedOutput()
		Expect(err).NotTo(HaveOccurred(), "safe %s: %s", strings.Join(words, " "), out)
		return string(out)
	}
	own := func(words ...string) outcome {
		GinkgoHelper()
		o := call(env, append([]string{"x509"}, words...)...)
		Expect(o.code).To(Equal(exitOK), "%s\n%s", o.out, o.err)
		return o
	}
	sound := func(paths ...string) *validate.Result {
		GinkgoHelper()
		return own(append([]string{"validate", "--format", "json"}, paths...)...).validation()
	}
	serial := func(path string) string {
		GinkgoHelper()
		return sound(path).Paths[0].Serial
	}

	It("validates, renews and reissues what safe issued, and safe goes on with it", func() {
		safe("x509", "issue", "secret/a/ca", "--ca", "--name", "a-ca", "--bits", "2048")
		safe("x509", "issue", "secret/a/leaf", "--signed-by", "secret/a/ca", "--name", "leaf.internal", "--name", "10.0.0.1", "--bits", "2048")
		r := sound("-r", "secret/a")
		Expect(r.Sound).To(Equal(2))
		Expect(r.Paths[1].SignedBy.Path).To(Equal("secret/a/ca"))
		first := serial("secret/a/leaf")

		own("renew", "--yes", "secret/a/leaf")
		second := serial("secret/a/leaf")
		safe("x509", "validate", "--signed-by", "secret/a/ca", "--for", "leaf.internal", "--not-revoked", "--not-expired", "secret/a/leaf")
		safe("x509", "validate", "--ca", "secret/a/ca")
		safe("x509", "renew", "secret/a/leaf")
		third := serial("secret/a/leaf")
		own("reissue", "--yes", "secret/a/leaf")
		safe("x509", "validate", "--signed-by", "secret/a/ca", "secret/a/leaf")
		Expect([]string{first, second, third, serial("secret/a/leaf")}).To(Equal([]string{"2", "3", "4", "5"}), "no number is given twice")

		own("renew", "--yes", "secret/a/ca")
		safe("x509", "validate", "--ca", "--not-expired", "secret/a/ca")
		safe("x509", "validate", "--signed-by", "secret/a/ca", "secret/a/leaf")
		Expect(sound("-r", "secret/a").Sound).To(Equal(2))
	})

	It("issues what safe validates, shows, renews and revokes", func() {
		own("issue", "--yes", "--ca", "--name", "b-ca", "--bits", "2048", "secret/b/ca")
		own("issue", "--yes", "--signed-by", "secret/b/ca", "--name", "leaf.internal", "--bits", "2048", "secret/b/leaf")
		safe("x509", "validate", "--ca", "secret/b/ca")
		safe("x509", "validate", "--signed-by", "secret/b/ca", "--for", "leaf.internal", "--bits", "2048", "secret/b/leaf")
		Expect(safe("x509", "show", "secret/b/leaf")).To(ContainSubstring("leaf.internal"))
		safe("x509", "renew", "secret/b/leaf")
		Expect(sound("-r", "secret/b").Sound).To(Equal(2))

		safe("x509", "revoke", "--signed-by", "secret/b/ca", "secret/b/leaf")
		o := call(env, "x509", "validate", "secret/b/leaf")
		Expect(o.code).To(Equal(exitFindings))
		Expect(o.out).To(ContainSubstring("its CA secret/b/ca revoked it"))
		own("reissue", "--yes", "secret/b/leaf")
		Expect(sound("-r", "secret/b").Sound).To(Equal(2))

		own("revoke", "--yes", "secret/b/leaf")
		safe("x509", "validate", "--signed-by", "secret/b/ca", "--revoked", "secret/b/leaf")
		own("crl", "--yes", "secret/b/ca")
		safe("x509", "crl", "--renew", "secret/b/ca")
		own("validate", "--revoked", "secret/b/leaf")
	})
})
