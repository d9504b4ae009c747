//go:build !vm

package main

import (
	"net/http"
	"net/http/httptest"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/cert"
	"cert-health/internal/rotation"
	"cert-health/internal/scenario"
	"cert-health/internal/survey"
	"cert-health/internal/survey/wire"
)

var _ = Describe("rotate with a hub", func() {
	certificate := func(p *scenario.Pair) survey.Certificate {
		n := p.Noun()
		return survey.Certificate{Fingerprint: n.Fingerprint.String(), Name: n.Name(), Subject: n.Subject, Issuer: n.Issuer, NotBefore: n.NotBefore, NotAfter: n.NotAfter,
			CA: n.CA, KeyID: n.KeyID, AuthorityID: n.AuthorityKeyID}
	}
	newCA := func(from time.Time) *scenario.Pair {
		return scenario.Issue(scenario.Spec{CommonName: "cf_ca", CA: true, NotBefore: from})
	}

	It("names the VMs that the hub knows of and that hold a step back, and shows the store as the hub has read it", func() {
		old, young := newCA(time.Now().AddDate(0, -1, 0)), newCA(time.Now().Add(-time.Hour))
		b := &survey.Builder{}
		o, y := b.Certificate(certificate(old)), b.Certificate(certificate(young))
		leaf := b.Certificate(certificate(leafOf(old, "rep")))
		vm := func(group, standing string, trusts ...*survey.Certificate) {
			i := survey.Instance{Deployment: "cf", Group: group, ID: "0", Name: group + "/0", Standing: standing, At: time.Now()}
			for _, c := range trusts {
				i.Places = append(i.Places, survey.Place{Job: "rep", File: "/var/vcap/jobs/rep/ca.crt", Role: cert.Trust, Certificate: c})
			}
			if len(trusts) == 0 {
				i.At = time.Time{}
			}
			b.Instance(i)
		}
		vm("ready", survey.Reporting, o, y)
		vm("stopped", "stopped", o)
		vm("ignored", "ignored", o, y)
		vm("missing", "missing")
		b.Secret(survey.Secret{Store: "Vault", Path: "secret/ca", Key: "certificate", Certificates: []*survey.Certificate{o, y}})
		b.Secret(survey.Secret{Store: "Vault", Path: "secret/rep", Key: "certificate", Certificates: []*survey.Certificate{leaf}})
		hub := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", wire.ContentType)
			_ = wire.Write(w, b.Build(time.Now()))
		}))
		DeferCleanup(hub.Close)
		env := map[string]string{"CERT_HEALTH_HUB": hub.URL, "CERT_HEALTH_HUB_TOKEN": "t0ken", "HOME": GinkgoT().TempDir()}

		shown := call(env, "rotate", "status", "secret/ca")
		Expect(shown.code).To(Equal(exitFindings), shown.err)
		Expect(shown.out).To(HavePrefix("secret/ca in Vault: blocked (new CA distributing)\n"))
		Expect(shown.out).To(ContainSubstring("waits for cf ignored/0: it is ignored"))
		Expect(shown.out).To(ContainSubstring("waits for cf stopped/0: it is stopped"))
		Expect(shown.out).To(ContainSubstring("waits for cf missing/0: its agent has never reported"))
		Expect(shown.out).NotTo(ContainSubstring("waits for cf ready/0"))
		Expect(shown.err).To(ContainSubstring("looking at the hub at " + hub.URL))

		accepted := []string{"--accept", "stopped/0", "--accept", "ignored/0", "--accept", "cf/missing/0"}
		shown = call(env, append([]string{"rotate", "status", "secret/ca"}, accepted...)...)
		Expect(shown.code).To(Equal(exitOK))
		Expect(shown.out).To(HavePrefix("secret/ca in Vault: " + string(rotation.Ready) + "\n"))
		taken := call(env, append([]string{"rotate", "next", "secret/ca", "--yes"}, accepted...)...)
		Expect(taken.code).To(Equal(exitFailed))
		Expect(taken.err).To(ContainSubstring("the store of the CA is not known: set VAULT_ADDR"))
	})
})
