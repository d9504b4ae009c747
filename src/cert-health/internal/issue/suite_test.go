package issue_test

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"flag"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/cert"
	"cert-health/internal/issue"
)

func TestIssue(t *testing.T) {
	RegisterFailHandler(Fail)
	if err := flag.Set("rapid.nofailfile", "true"); err != nil {
		t.Fatal(err)
	}
	RunSpecs(t, "Issue")
}

// now is when the specs happen.
var now = time.Date(2026, 5, 4, 3, 2, 1, 0, time.UTC)

const day = 24 * time.Hour

// keyTypes are those that certificates of a platform have.
var keyTypes = []string{"rsa:2048", "ec:256", "ec:384", "ec:521", "ed25519"}

// keys are two keys of each type.
var keys = sync.OnceValue(func() map[string][2]issue.Key {
	made := map[string][2]issue.Key{}
	for _, name := range keyTypes {
		made[name] = [2]issue.Key{newKey(name), newKey(name)}
	}
	return made
})

func newKey(name string) issue.Key {
	GinkgoHelper()
	kind, err := issue.ParseKeyType(name)
	Expect(err).NotTo(HaveOccurred())
	key, err := issue.GenerateKey(kind, rand.Reader)
	Expect(err).NotTo(HaveOccurred())
	return key
}

// root makes a CA that signs itself, with the first key of a type.
func root(kind string) (*x509.Certificate, issue.Key) {
	GinkgoHelper()
	key := keys()[kind][0]
	made, err := issue.New(issue.Profile{Subject: issue.CommonName("ca of " + kind), CA: true}, key, self())
	Expect(err).NotTo(HaveOccurred())
	return made, key
}

// self lets a certificate sign itself.
func self() issue.Signing { return by(nil, issue.Key{}) }

// by lets a CA sign, with a serial number that no other certificate has.
func by(ca *x509.Certificate, key issue.Key) issue.Signing {
	GinkgoHelper()
	serial, err := issue.NextSerial("", rand.Reader)
	Expect(err).NotTo(HaveOccurred())
	return issue.Signing{CA: ca, Key: key, Serial: serial, Now: now, Random: rand.Reader}
}

// signer is the private key, for crypto/x509.
func signer(key issue.Key) crypto.Signer {
	GinkgoHelper()
	text, err := key.PEM()
	Expect(err).NotTo(HaveOccurred())
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		if parsed, err := x509.ParsePKCS1PrivateKey(block.Bytes); err == nil {
			return parsed
		}
		if parsed, err := x509.ParseECPrivateKey(block.Bytes); err == nil {
			return parsed
		}
		if parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes); err == nil {
			return parsed.(crypto.Signer)
		}
	}
	Fail("it is not a key")
	return nil
}

// create makes a certificate of a template as others make them.
func create(template, parent *x509.Certificate, public any, key issue.Key) *x509.Certificate {
	GinkgoHelper()
	if template.SerialNumber == nil {
		template.SerialNumber = big.NewInt(1)
	}
	if template.NotBefore.IsZero() {
		template.NotBefore, template.NotAfter = now.Add(-300*day), now.Add(65*day)
	}
	encoded, err := x509.CreateCertificate(rand.Reader, template, parent, public, signer(key))
	Expect(err).NotTo(HaveOccurred())
	made, err := x509.ParseCertificate(encoded)
	Expect(err).NotTo(HaveOccurred())
	return made
}

func certPEM(list ...*x509.Certificate) []byte {
	var text []byte
	for _, one := range list {
		text = append(text, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: one.Raw})...)
	}
	return text
}

// openssl runs the real program, and returns what it prints.
func openssl(input []byte, arguments ...string) (string, error) {
	GinkgoHelper()
	program, err := exec.LookPath("openssl")
	if err != nil {
		Skip("openssl is not installed")
	}
	command := exec.Command(program, arguments...)
	command.Stdin = bytes.NewReader(input)
	out, err := command.CombinedOutput()
	return string(out), err
}

// public writes certificates or lists to a file. Keys are given to openssl on its standard input.
func public(text []byte) string {
	GinkgoHelper()
	file := filepath.Join(GinkgoT().TempDir(), "public.pem")
	Expect(os.WriteFile(file, text, 0o600)).To(Succeed())
	return file
}

// expectVerified lets openssl verify a certificate.
func expectVerified(made *x509.Certificate, chain []*x509.Certificate, more ...string) {
	GinkgoHelper()
	arguments := append([]string{"verify", "-check_ss_sig", "-x509_strict", "-attime", "1777863721", "-CAfile", public(certPEM(chain...))}, more...)
	out, err := openssl(nil, append(arguments, public(certPEM(made)))...)
	Expect(err).NotTo(HaveOccurred(), out)
}

func noun(x *x509.Certificate) *cert.Certificate { return cert.New(x) }

// pemOf is the key as it is written.
func pemOf(key issue.Key) []byte {
	GinkgoHelper()
	text, err := key.PEM()
	Expect(err).NotTo(HaveOccurred())
	return text
}

// oldRoot is a root as `openssl x509 -req` makes it of a request: of version 1 in OpenSSL 3.0.
func oldRoot(request string, key issue.Key) *x509.Certificate {
	GinkgoHelper()
	out, err := openssl(pemOf(key), "x509", "-req", "-in", public([]byte(request)), "-signkey", "/dev/stdin", "-days", "100")
	Expect(err).NotTo(HaveOccurred(), out)
	block, _ := pem.Decode([]byte(out))
	Expect(block).NotTo(BeNil(), out)
	made, err := x509.ParseCertificate(block.Bytes)
	Expect(err).NotTo(HaveOccurred())
	return made
}
