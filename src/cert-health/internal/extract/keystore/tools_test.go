package keystore_test

import (
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"os"
	"os/exec"
	"path/filepath"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/cert"
	"cert-health/internal/extract/dercert"
	"cert-health/internal/extract/keystore"
	"cert-health/internal/scenario"
	"cert-health/internal/secret"
)

// password is that of all stores here; "changeit" would prove less.
const password = "s3cret-pa$sword"

// accented is one that Java refuses to write and OpenSSL does not.
const accented = "Pässwörd-€"

// latin1 is one that is no UTF-8.
const latin1 = "P\xe4ssw\xf6rd"

// workshop is a directory in which the real tools make stores.
type workshop struct{ dir string }

func newWorkshop() workshop { return workshop{dir: GinkgoT().TempDir()} }

func (w workshop) path(name string) string { return filepath.Join(w.dir, name) }

func (w workshop) write(name, contents string) string {
	GinkgoHelper()
	Expect(os.WriteFile(w.path(name), []byte(contents), 0o600)).To(Succeed())
	return w.path(name)
}

func (w workshop) read(name string) []byte {
	GinkgoHelper()
	contents, err := os.ReadFile(w.path(name))
	Expect(err).NotTo(HaveOccurred())
	return contents
}

// keytool runs Java's own, in the directory.
func (w workshop) keytool(args ...string) string {
	GinkgoHelper()
	return w.run("keytool", "default-jre-headless", append([]string{
		"-J-Xshare:auto", "-J-XX:TieredStopAtLevel=1"}, args...)...)
}

// openssl runs OpenSSL 3, in the directory.
func (w workshop) openssl(args ...string) string {
	GinkgoHelper()
	return w.run("openssl", "openssl", args...)
}

func (w workshop) run(tool, debian string, args ...string) string {
	GinkgoHelper()
	if _, err := exec.LookPath(tool); err != nil {
		Skip("there is no " + tool + " here: `apt-get install " + debian + "` brings it")
	}
	command := exec.Command(tool, args...)
	command.Dir = w.dir
	command.Env = append(os.Environ(), "LC_ALL=C.UTF-8", "PASSWORD="+password, "ACCENTED="+accented, "LATIN1="+latin1, "EMPTY=")
	out, err := command.CombinedOutput()
	Expect(err).NotTo(HaveOccurred(), "%s %q: %s", tool, args, out)
	return string(out)
}

// chain is a leaf, who issued it, and who issued that.
type chain struct{ leaf, intermediate, root *scenario.Pair }

func newChain(name string) chain {
	root := scenario.Issue(scenario.Spec{CommonName: name + " root", CA: true})
	intermediate := scenario.Issue(scenario.Spec{CommonName: name + " intermediate", CA: true, Issuer: root})
	leaf := scenario.Issue(scenario.Spec{CommonName: name, SANs: []string{name + ".internal"}, Issuer: intermediate})
	return chain{leaf: leaf, intermediate: intermediate, root: root}
}

// pem is what nginx would be given.
func (c chain) pem() string {
	return c.leaf.KeyPEM() + c.leaf.CertPEM() + c.intermediate.CertPEM() + c.root.CertPEM()
}

func (c chain) key() crypto.Signer {
	GinkgoHelper()
	return keyOf(c.leaf)
}

func keyOf(pair *scenario.Pair) crypto.Signer {
	GinkgoHelper()
	block, _ := pem.Decode([]byte(pair.KeyPEM()))
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	Expect(err).NotTo(HaveOccurred())
	return key.(crypto.Signer)
}

// open opens with the one password.
func open(data []byte) (keystore.Contents, error) {
	return keystore.Open(data, []secret.Value{secret.New("wrong"), secret.New(password)}, dercert.Parse, nil)
}

func mustOpen(data []byte) keystore.Contents {
	GinkgoHelper()
	contents, err := open(data)
	Expect(err).NotTo(HaveOccurred())
	Expect(contents.Broken).To(BeEmpty())
	return contents
}

// list says what stands in the entries: "key web: web < web intermediate < web root".
func list(contents keystore.Contents) []string {
	lines := []string{}
	for _, entry := range contents.Entries {
		line := string(entry.Kind) + " " + entry.Alias + ":"
		for i, certificate := range entry.Certificates {
			if i > 0 {
				line += " <"
			}
			line += " " + certificate.Name()
		}
		lines = append(lines, line)
	}
	return lines
}

// fingerprints are those of all certificates, in their order.
func fingerprints(contents keystore.Contents) []cert.Fingerprint {
	all := []cert.Fingerprint{}
	for _, entry := range contents.Entries {
		for _, certificate := range entry.Certificates {
			all = append(all, certificate.Fingerprint)
		}
	}
	return all
}

// keyDER is the private key of a chain's leaf, as PKCS #8.
func keyDER(c chain) []byte {
	block, _ := pem.Decode([]byte(c.leaf.KeyPEM()))
	return block.Bytes
}

// crlDER is an empty revocation list.
func crlDER(ca *scenario.Pair) []byte {
	block, _ := pem.Decode([]byte(ca.CRL()))
	return block.Bytes
}
