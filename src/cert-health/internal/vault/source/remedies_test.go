package source_test

import (
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
	other.Key = "pem"

	DescribeTable("are commands of safe, vault and cert-health",
		func(action verdict.Action, r cert.Reference, expected string) {
			Expect(verdict.Join(remedies.Steps(action, r))).To(Equal(expected))
		},
		Entry(nil, verdict.Renew, reference, "safe x509 renew secret/cf/rep"),
		Entry(nil, verdict.Renew, other, `renew the key "pem" of secret/cf/rep`),
		Entry(nil, verdict.Reissue, reference, "safe x509 reissue secret/cf/rep"),
		Entry("the issuer reissues what safe did not write", verdict.Reissue, other, ""),
		Entry(nil, verdict.RenewCRL, reference, "safe x509 crl --renew secret/cf/rep"),
		Entry("the CA issues the list that safe did not write", verdict.RenewCRL, other, ""),
		Entry(nil, verdict.Rollback, reference, "vault kv rollback -mount=secret -version=2 cf/rep"),
		Entry(nil, verdict.Restore, reference, "vault kv undelete -mount=secret -versions=3 cf/rep"),
		Entry("nothing brings back a secret that is gone", verdict.Restore, gone, ""),
		Entry(nil, verdict.Publish, reference, "cert-health publish --vault-path secret/cf/rep"),
		Entry(nil, verdict.Narrow, reference, "name the deployment's own paths in cert_health.vault.paths"),
	)

	It("know every action, Vault's name and its paths", func() {
		for _, action := range verdict.Actions() {
			Expect(remedies.Steps(action, reference)).NotTo(BeEmpty(), "action %d", action)
		}
		Expect(remedies.Name()).To(Equal("Vault"))
		Expect(remedies.Place(reference)).To(Equal("secret/cf/rep"))
	})
})
