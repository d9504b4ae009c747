package source_test

import (
	"crypto/x509"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/cert"
	"cert-health/internal/vault/source"
	"cert-health/internal/verdict"
)

var _ = Describe("Remedies", func() {
	var remedies verdict.Source = source.Remedies{}
	reference := cert.Reference{Mount: "secret/", Path: "cf/rep", Key: "certificate", DeployedVersion: 2, CurrentVersion: 3, Since: time.Unix(1, 0)}
	gone, other := reference, reference
	gone.Since = time.Time{}
	keyless := reference
	keyless.Keyless = true
	other.Key = "pem"

	DescribeTable("are commands of vault and cert-health",
		func(action verdict.Action, r cert.Reference, expected string) {
			Expect(verdict.Join(remedies.Steps(action, verdict.Held{Reference: r}))).To(Equal(expected))
		},
		Entry(nil, verdict.Renew, reference, "cert-health x509 renew secret/cf/rep"),
		Entry(nil, verdict.Renew, other, "make a successor of the certificate and write it to the key \"pem\" of secret/cf/rep (`cert-health x509 renew` needs the keys `certificate` and `key`)"),
		Entry("no private key in the secret", verdict.Renew, keyless, "make a successor of the certificate and write it to the key \"certificate\" of secret/cf/rep (`cert-health x509 renew` needs the keys `certificate` and `key`)"),
		Entry("the issuer reissues what has no private key in the secret", verdict.Reissue, keyless, ""),
		Entry("no list is made without the key of the CA", verdict.RenewCRL, keyless, ""),
		Entry(nil, verdict.Reissue, reference, "cert-health x509 reissue secret/cf/rep"),
		Entry("the issuer reissues a secret of another layout", verdict.Reissue, other, ""),
		Entry(nil, verdict.RenewCRL, reference, "cert-health x509 crl --renew secret/cf/rep"),
		Entry("the CA issues a list of another layout", verdict.RenewCRL, other, ""),
		Entry(nil, verdict.Rollback, reference, "vault kv rollback -mount=secret -version=2 cf/rep"),
		Entry(nil, verdict.Restore, reference, "vault kv undelete -mount=secret -versions=3 cf/rep"),
		Entry("nothing brings back a secret that is gone", verdict.Restore, gone, ""),
		Entry(nil, verdict.Publish, reference, "cert-health publish --vault-path secret/cf/rep"),
		Entry(nil, verdict.Narrow, reference, "name the deployment's own paths in cert_health.vault.paths"),
	)

	rsa := func(bits int) *cert.Certificate {
		return &cert.Certificate{KeyAlgorithm: x509.RSA, KeyBits: bits, Issuer: "CN=ca"}
	}
	in := func(path string) *cert.Reference {
		return &cert.Reference{Mount: "secret/", Path: path, Key: "certificate"}
	}
	copied, unkept := in("cf/other"), in("cf/ca")
	unkept.Keyless = true
	copied.Key = "ca"

	DescribeTable("name the CA if it is known and is not beside the certificate",
		func(action verdict.Action, h verdict.Held, expected string) {
			h.Reference = reference
			Expect(verdict.Join(remedies.Steps(action, h))).To(Equal(expected))
		},
		Entry("the sibling", verdict.Renew, verdict.Held{Certificate: rsa(2048), Signer: in("cf/ca")}, "cert-health x509 renew secret/cf/rep"),
		Entry("another CA", verdict.Renew, verdict.Held{Certificate: rsa(2048), Signer: in("cas/my ca")}, "cert-health x509 renew secret/cf/rep --signed-by 'secret/cas/my ca'"),
		Entry("itself", verdict.Renew, verdict.Held{Certificate: rsa(2048), SelfSigned: true}, "cert-health x509 renew secret/cf/rep"),
		Entry("an unknown CA, which the command searches for", verdict.Renew, verdict.Held{Certificate: rsa(2048)}, "cert-health x509 renew secret/cf/rep"),
		Entry("a copy of the CA without its key", verdict.Renew, verdict.Held{Certificate: rsa(2048), Signer: copied}, "cert-health x509 renew secret/cf/rep"),
		Entry("the sibling without its key", verdict.Reissue, verdict.Held{Certificate: rsa(2048), Signer: unkept}, "cert-health x509 reissue secret/cf/rep"),
		Entry("an ECDSA key", verdict.Renew, verdict.Held{Certificate: &cert.Certificate{KeyAlgorithm: x509.ECDSA, KeyBits: 256}}, "cert-health x509 renew secret/cf/rep"),
		Entry("reissue RSA 3072", verdict.Reissue, verdict.Held{Certificate: rsa(3072), Signer: in("cas/ca")}, "cert-health x509 reissue secret/cf/rep --signed-by secret/cas/ca"),
		Entry("reissue a weak key", verdict.Reissue, verdict.Held{Certificate: rsa(1024), Signer: in("cf/ca")}, "cert-health x509 reissue secret/cf/rep --bits 4096"),
		Entry("reissue a weak key of another CA", verdict.Reissue, verdict.Held{Certificate: rsa(1024), Signer: in("cas/ca")}, "cert-health x509 reissue secret/cf/rep --bits 4096 --signed-by secret/cas/ca"),
		Entry("reissue a self-signed leaf", verdict.Reissue, verdict.Held{Certificate: rsa(2048), SelfSigned: true}, "cert-health x509 reissue secret/cf/rep"),
		Entry("a CA gets a new key by a rotation", verdict.Reissue, verdict.Held{Certificate: &cert.Certificate{CA: true, KeyAlgorithm: x509.RSA, KeyBits: 2048}, SelfSigned: true}, "cert-health rotate next secret/cf/rep"),
		Entry("an ECDSA key gets a new one", verdict.Reissue, verdict.Held{Certificate: &cert.Certificate{KeyAlgorithm: x509.ECDSA, KeyBits: 256}}, "cert-health x509 reissue secret/cf/rep"),
	)

	It("know every action, Vault's name and its paths", func() {
		for action := range verdict.Actions {
			Expect(remedies.Steps(action, verdict.Held{Reference: reference})).NotTo(BeEmpty(), "action %d", action)
		}
		Expect(remedies.Name()).To(Equal("Vault"))
		Expect(remedies.Place(reference)).To(Equal("secret/cf/rep"))
	})
})
