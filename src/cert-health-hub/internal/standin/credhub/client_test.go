package credhub_test

import (
	"context"
	"fmt"
	"net/http"
	"time"

	client "code.cloudfoundry.org/credhub-cli/credhub"
	"code.cloudfoundry.org/credhub-cli/credhub/credentials/generate"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/hub/internal/standin/credhub"
	operator "cert-health/internal/credhub"
	"cert-health/internal/secret"
)

// own logs in with the operators' client.
func (r *rig) own(id string) *operator.Client {
	GinkgoHelper()
	c, err := operator.New(operator.Options{Address: r.server.URL, CACert: r.ca.CertPEM(), ClientID: id, ClientSecret: secret.New(id + "-secret")})
	Expect(err).NotTo(HaveOccurred())
	return c
}

var _ = Describe("the client for operators", func() {
	ctx := context.Background()
	withCA := func(options credhub.Options) (*rig, *operator.Client) {
		GinkgoHelper()
		r := start(options)
		ch := r.as("admin")
		_, err := ch.GenerateCertificate("/ca", generate.Certificate{CommonName: "root", IsCA: true}, client.Overwrite)
		Expect(err).NotTo(HaveOccurred())
		_, err = ch.GenerateCertificate("/leaf", generate.Certificate{CommonName: "leaf", Ca: "/ca"}, client.Overwrite)
		Expect(err).NotTo(HaveOccurred())
		return r, r.own("admin")
	}

	It("regenerates a CA as a transitional version, moves the flag, and deletes a version", func() {
		_, c := withCA(credhub.Options{ConcatenateCAs: true})
		ca, err := c.Named(ctx, "ca")
		Expect(err).NotTo(HaveOccurred())
		Expect(ca.Active()).To(BeZero())
		Expect(ca.Transitional()).To(Equal(-1))
		version, err := c.Regenerate(ctx, ca.ID, operator.Regeneration{Transitional: true, Days: 30})
		Expect(err).NotTo(HaveOccurred())
		_, err = c.Regenerate(ctx, ca.ID, operator.Regeneration{Transitional: true})
		Expect(err).To(MatchError(ContainSubstring("The maximum number of transitional versions for a given CA is 1.")))

		all, err := c.All(ctx)
		Expect(err).NotTo(HaveOccurred())
		Expect(all).To(HaveLen(2))
		ca, err = c.Named(ctx, "/ca")
		Expect(err).NotTo(HaveOccurred())
		Expect(ca.Versions[0]).To(And(HaveField("ID", version), HaveField("Transitional", true), HaveField("CA", true), HaveField("Generated", true)))
		Expect(ca.Versions[0].Expires.Time).To(BeTemporally("~", time.Now().AddDate(0, 0, 30), time.Hour))
		leaf, err := c.Named(ctx, "/leaf")
		Expect(err).NotTo(HaveOccurred())
		read, err := c.Read(ctx, leaf.Versions[0].ID)
		Expect(err).NotTo(HaveOccurred())
		Expect(read.Certificate).To(HaveExactElements(HaveField("CommonName", "leaf")))
		Expect(read.CAs).To(HaveLen(2))

		Expect(c.SetTransitional(ctx, ca.ID, ca.Versions[1].ID)).To(Succeed())
		moved, err := c.Named(ctx, "/ca")
		Expect(err).NotTo(HaveOccurred())
		Expect(moved.Active()).To(BeZero())
		Expect(c.SetTransitional(ctx, ca.ID, version)).To(Succeed())
		Expect(c.Delete(ctx, ca.ID, version)).To(Succeed())
		leaf, err = c.Named(ctx, "/leaf")
		Expect(err).NotTo(HaveOccurred())
		read, err = c.Read(ctx, leaf.Versions[0].ID)
		Expect(err).NotTo(HaveOccurred())
		Expect(read.CAs).To(HaveLen(1))
		Expect(c.Delete(ctx, ca.ID, ca.Versions[1].ID)).To(MatchError(ContainSubstring("minimum")))
	})

	It("gets a new token when the old one has ended", func() {
		r, c := withCA(credhub.Options{})
		_, err := c.All(ctx)
		Expect(err).NotTo(HaveOccurred())
		r.uaa.EndTokens()
		_, err = c.All(ctx)
		Expect(err).NotTo(HaveOccurred())
	})

	It("says what is wrong, and keeps secrets to itself", func() {
		r, c := withCA(credhub.Options{})
		_, err := c.Named(ctx, "/no")
		Expect(err).To(MatchError(ContainSubstring("CredHub shows no certificate /no")))
		Expect(operator.IsNotFound(err)).To(BeTrue())
		_, err = r.own("half").All(ctx)
		Expect(err).To(MatchError(ContainSubstring("credhub.read and credhub.write")))
		_, err = r.own("stranger").All(ctx)
		Expect(err).To(MatchError(ContainSubstring("UAA refuses the login (401")))
		Expect(err.Error()).NotTo(ContainSubstring("stranger-secret"))
		_, err = operator.New(operator.Options{Address: "http://credhub"})
		Expect(err).To(MatchError(ContainSubstring("CREDHUB_SERVER")))
		foreign, err := operator.New(operator.Options{Address: r.server.URL, ClientID: "admin", ClientSecret: secret.New("admin-secret")})
		Expect(err).NotTo(HaveOccurred())
		_, err = foreign.All(ctx)
		Expect(err).To(MatchError(ContainSubstring("CREDHUB_CA_CERT")))
		r.server.Instead(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"value": {"private_key": "SECRET"`) })
		_, err = c.Read(ctx, "x")
		Expect(err).To(MatchError(ContainSubstring("another form")))
		Expect(err.Error()).NotTo(ContainSubstring("SECRET"))
	})

	It("takes its options from the variables of credhub-cli", func() {
		env := map[string]string{"CREDHUB_SERVER": "https://c:8844", "CREDHUB_CLIENT": "i", "CREDHUB_SECRET": "s", "CREDHUB_CA_CERT": "-----BEGIN CERTIFICATE-----"}
		get := func(name string) string { return env[name] }
		o, err := operator.FromEnvironment(get)
		Expect(err).NotTo(HaveOccurred())
		Expect(o.ClientSecret.Reveal()).To(Equal("s"))
		env["CREDHUB_CA_CERT"] = "/no/such/file"
		_, err = operator.FromEnvironment(get)
		Expect(err).To(MatchError(ContainSubstring("CREDHUB_CA_CERT")))
		delete(env, "CREDHUB_SECRET")
		_, err = operator.FromEnvironment(get)
		Expect(err).To(MatchError(ContainSubstring("CREDHUB_SECRET")))
		delete(env, "CREDHUB_SERVER")
		_, err = operator.FromEnvironment(get)
		Expect(err).To(MatchError(ContainSubstring("CREDHUB_SERVER")))
	})
})
