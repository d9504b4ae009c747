package main

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"os"
	"os/exec"
	"strconv"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/scenario"
	"cert-health/internal/scenario/vaulttest"
)

// safeProgram is the program safe, built of github.com/cloudfoundry-community/safe. Without it the spec is skipped.
func safeProgram() string {
	GinkgoHelper()
	if program := os.Getenv("SAFE_PROGRAM"); program != "" {
		return program
	}
	program, err := exec.LookPath("safe")
	if err != nil {
		Skip("the program safe is not here: set SAFE_PROGRAM to it")
	}
	return program
}

var _ = Describe("safe and cert-health on the same secrets", func() {
	It("work on what the other one wrote", func() {
		program := safeProgram()
		server := vaulttest.Start(scenario.DevVaultOptions{})
		env := map[string]string{"VAULT_ADDR": server.Address, "VAULT_TOKEN": server.Token, "HOME": GinkgoT().TempDir()}
		safe := func(args ...string) string {
			GinkgoHelper()
			command := exec.Command(program, args...)
			command.Env = []string{"HOME=" + env["HOME"], "VAULT_ADDR=" + server.Address, "VAULT_TOKEN=" + server.Token, "PATH=" + os.Getenv("PATH")}
			out, err := command.CombinedOutput()
			Expect(err).NotTo(HaveOccurred(), string(out))
			return string(out)
		}
		ours := func(args ...string) {
			GinkgoHelper()
			o := call(env, append([]string{"x509"}, args...)...)
			Expect(o.code).To(Equal(exitOK), o.out+o.err)
		}
		get := func(path string) map[string]any {
			GinkgoHelper()
			read, err := server.Client.KVv2("secret").Get(context.Background(), path)
			Expect(err).NotTo(HaveOccurred())
			return read.Data
		}
		serial := func(path string) int64 {
			GinkgoHelper()
			block, _ := pem.Decode([]byte(get(path)["certificate"].(string)))
			c, err := x509.ParseCertificate(block.Bytes)
			Expect(err).NotTo(HaveOccurred())
			return c.SerialNumber.Int64()
		}
		last := func(path string) int64 {
			GinkgoHelper()
			n, err := strconv.ParseInt(get(path)["serial"].(string), 16, 64)
			Expect(err).NotTo(HaveOccurred())
			return n
		}

		safe("x509", "issue", "--ca", "--name", "theirs", "--bits", "2048", "secret/theirs/ca")
		safe("x509", "issue", "--name", "a.cf", "--signed-by", "secret/theirs/ca", "--bits", "2048", "secret/theirs/leaf")
		before := get("theirs/leaf")
		ours("renew", "secret/theirs/leaf", "-y")
		Expect(get("theirs/leaf")["key"]).To(Equal(before["key"]))
		Expect(serial("theirs/leaf")).To(Equal(last("theirs/ca")))
		safe("x509", "validate", "--signed-by", "secret/theirs/ca", "--not-expired", "--not-revoked", "--for", "a.cf", "--bits", "2048", "secret/theirs/leaf")
		safe("x509", "issue", "--name", "b.cf", "--signed-by", "secret/theirs/ca", "--bits", "2048", "secret/theirs/next")
		Expect(serial("theirs/next")).To(Equal(serial("theirs/leaf") + 1))
		ours("reissue", "secret/theirs/leaf", "-n", "c.cf", "-y")
		safe("x509", "validate", "--signed-by", "secret/theirs/ca", "--for", "c.cf", "secret/theirs/leaf")
		ours("revoke", "secret/theirs/leaf", "-i", "secret/theirs/ca", "-y")
		safe("x509", "validate", "--revoked", "--signed-by", "secret/theirs/ca", "secret/theirs/leaf")
		ours("renew", "secret/theirs/ca", "-y")
		safe("x509", "validate", "--ca", "secret/theirs/ca")

		ours("issue", "secret/ours/ca", "-A", "-s", "CN=ours", "-b", "2048", "-y")
		ours("issue", "secret/ours/leaf", "-i", "secret/ours/ca", "-n", "a.cf", "-b", "2048", "-y")
		safe("x509", "validate", "--ca", "--not-expired", "secret/ours/ca")
		safe("x509", "validate", "--signed-by", "secret/ours/ca", "--not-revoked", "secret/ours/leaf")
		safe("x509", "renew", "--signed-by", "secret/ours/ca", "secret/ours/leaf")
		Expect(serial("ours/leaf")).To(Equal(last("ours/ca")))
		ours("renew", "secret/ours/leaf", "-y")
		Expect(serial("ours/leaf")).To(Equal(last("ours/ca")))
		safe("x509", "crl", "--renew", "secret/ours/ca")
		safe("x509", "revoke", "--signed-by", "secret/ours/ca", "secret/ours/leaf")
		ours("validate", "secret/ours/leaf", "--revoked", "--fail-on", "critical")
	})
})
