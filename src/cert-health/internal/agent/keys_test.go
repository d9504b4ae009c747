package agent_test

import (
	"bytes"
	"encoding/base64"
	"os"
	"path/filepath"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/scenario"
)

var _ = Describe("a private key that does not match", func() {
	var (
		r             *rig
		old, renewed  *scenario.Pair
		half, pasted  scenario.Files
		expectNothing func(of *scenario.Pair)
	)
	const crt, key = "config/certs/server.crt", "config/certs/server.key"

	BeforeEach(func() {
		r = newRig()
		spec := scenario.Spec{CommonName: "rep.service.cf.internal", Key: scenario.RSA}
		old, renewed = scenario.Issue(spec), scenario.Issue(spec)
		half = scenario.Files{crt: renewed.CertPEM(), key: old.KeyPEM()}
		pasted = scenario.Files{crt: renewed.CertPEM(), key: renewed.KeyPEM()}

		// expectNothing searches everything that the agent writes for parts of a key, in
		// binary and in base64 of any alignment.
		expectNothing = func(of *scenario.Pair) {
			GinkgoHelper()
			written := [][]byte{[]byte(r.log.String())}
			Expect(filepath.WalkDir(r.data, func(path string, entry os.DirEntry, err error) error {
				if err == nil && entry.Type().IsRegular() {
					contents, err := os.ReadFile(path)
					Expect(err).NotTo(HaveOccurred())
					written = append(written, contents)
				}
				return err
			})).To(Succeed())
			for _, secret := range of.Secrets() {
				for at := range len(secret) - 12 {
					for _, text := range written {
						found := bytes.Contains(text, secret[at:at+12]) ||
							bytes.Contains(text, []byte(base64.StdEncoding.EncodeToString(secret[at:at+12])))
						Expect(found).To(BeFalse(), "a part of a private key was written")
					}
				}
			}
		}
	})

	It("is reported after two scans, until it is corrected", func() {
		r.deploy(half)
		r.start()
		r.first()
		Expect(r.status("drift")).To(BeEmpty(), "certificate and key are two writes")
		r.pass()
		Expect(r.status("drift")).To(Equal("critical rep.service.cf.internal at rep config/certs/server.crt:1: it is used at rep config/certs/server.crt:1 " +
			"with the private key at rep config/certs/server.key:1, which does not match it; a program that loads both fails; " +
			"next: put its own private key there, or reissue this self-signed certificate, then merge the manifest anew, then: bosh -d cf deploy MANIFEST\n"))
		r.deploy(pasted)
		r.pass()
		Expect(r.status("drift")).To(BeEmpty())
		Expect(r.log.String()).To(ContainSubstring("no more: key_mismatch of rep.service.cf.internal"))
		expectNothing(old)
		expectNothing(renewed)
	})

	It("is not reported while an operator replaces certificate and key", func() {
		r.deploy(scenario.Files{crt: old.CertPEM(), key: old.KeyPEM()})
		r.start()
		r.first()
		r.deploy(half)
		r.pass()
		Expect(r.status("drift")).To(BeEmpty())
		r.deploy(pasted)
		r.pass()
		r.pass()
		Expect(r.status("drift")).To(BeEmpty())
	})
})
