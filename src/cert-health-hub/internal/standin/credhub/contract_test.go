package credhub_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"time"

	client "code.cloudfoundry.org/credhub-cli/credhub"
	"code.cloudfoundry.org/credhub-cli/credhub/auth"
	"code.cloudfoundry.org/credhub-cli/credhub/credentials"
	"code.cloudfoundry.org/credhub-cli/credhub/credentials/generate"
	"code.cloudfoundry.org/credhub-cli/credhub/credentials/values"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/hub/internal/standin/credhub"
	"cert-health/internal/scenario"
)

// as logs in with the official client.
func (r *rig) as(id string) *client.CredHub {
	ch, err := client.New(r.server.URL, client.CaCerts(r.ca.CertPEM()), client.Auth(auth.UaaClientCredentials(id, id+"-secret")))
	Expect(err).NotTo(HaveOccurred())
	return ch
}

// call sends a request that the official client has no method for.
func call(ch *client.CredHub, method, path string, body, into any) error {
	response, err := ch.Request(method, path, nil, body, true)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if into == nil {
		return nil
	}
	return json.NewDecoder(response.Body).Decode(into)
}

const denied = "The request could not be completed because the credential does not exist or you do not have sufficient authorization."

var _ = Describe("the official client", func() {
	It("logs in, generates, lists, reads and deletes", func() {
		ch := start(credhub.Options{}).as("admin")
		_, err := ch.GenerateCertificate("/ca", generate.Certificate{CommonName: "root", IsCA: true}, client.Overwrite)
		Expect(err).NotTo(HaveOccurred())
		leaf, err := ch.GenerateCertificate("/a/leaf", generate.Certificate{CommonName: "leaf", Ca: "/ca", Duration: 30}, client.Overwrite)
		Expect(err).NotTo(HaveOccurred())
		_, err = ch.SetValue("/a/value", "v")
		Expect(err).NotTo(HaveOccurred())
		_, err = ch.SetJSON("/a/json", values.JSON{"k": "v"})
		Expect(err).NotTo(HaveOccurred())

		list, err := ch.GetAllCertificatesMetadata()
		Expect(err).NotTo(HaveOccurred())
		Expect(list).To(HaveLen(2))
		Expect(list[0].SignedBy).To(Equal("/ca"))
		Expect(list[1].Signs).To(Equal([]string{"/a/leaf"}))
		Expect(list[1].Versions[0].CertificateAuthority).To(BeTrue())
		Expect(list[1].Versions[0].SelfSigned).To(BeTrue())
		one, err := ch.GetCertificateMetadataByName("/a/leaf")
		Expect(err).NotTo(HaveOccurred())
		Expect(one.Versions[0].Id).To(Equal(leaf.Id))
		again, err := ch.GetById(leaf.Id)
		Expect(err).NotTo(HaveOccurred())
		Expect(again.Value.(map[string]any)["certificate"]).To(Equal(leaf.Value.Certificate))
		found, err := ch.FindByPath("/a")
		Expect(err).NotTo(HaveOccurred())
		Expect(found.Credentials).To(HaveLen(3))
		value, err := ch.GetLatestValue("/a/value")
		Expect(err).NotTo(HaveOccurred())
		Expect(value.Value).To(BeEquivalentTo("v"))
		Expect(ch.Delete("/a/value")).To(Succeed())
		_, err = ch.GetLatestValue("/a/value")
		Expect(err).To(MatchError(denied))
	})

	It("refreshes a token that ended, and gives up on one that is not valid", func() {
		r := start(credhub.Options{})
		ch := r.as("admin")
		Expect(call(ch, http.MethodGet, "/api/v1/certificates", nil, nil)).To(Succeed())
		r.uaa.EndTokens()
		Expect(call(ch, http.MethodGet, "/api/v1/certificates", nil, nil)).To(Succeed())
		Expect(r.uaa.Issued()).To(Equal(2))
		ch.Auth.(*auth.OAuthStrategy).SetTokens("not-valid", "")
		Expect(call(ch, http.MethodGet, "/api/v1/certificates", nil, nil)).To(MatchError(HavePrefix("invalid_token")))
	})

	It("fails with a wrong secret, without a token, and with one scope of two", func() {
		r := start(credhub.Options{})
		ch, err := client.New(r.server.URL, client.CaCerts(r.ca.CertPEM()), client.Auth(auth.UaaClientCredentials("admin", "wrong")))
		Expect(err).NotTo(HaveOccurred())
		Expect(call(ch, http.MethodGet, "/api/v1/certificates", nil, nil)).To(MatchError(ContainSubstring("unauthorized Bad credentials")))
		ch, err = client.New(r.server.URL, client.CaCerts(r.ca.CertPEM()))
		Expect(err).NotTo(HaveOccurred())
		Expect(call(ch, http.MethodGet, "/api/v1/certificates", nil, nil)).To(MatchError(HavePrefix("access_denied")))
		Expect(call(r.as("half"), http.MethodGet, "/api/v1/certificates", nil, nil)).To(MatchError(HavePrefix("insufficient_scope")))
	})

	It("logs in with a client certificate that names an app", func() {
		r := start(credhub.Options{})
		const guid = "8f4d1a5e-0000-4000-8000-000000000001"
		r.credhub.Permit("mtls-app:"+guid, "/*", "read", "write")
		with := func(pair *scenario.Pair) *client.CredHub {
			directory := GinkgoT().TempDir()
			crt, key := filepath.Join(directory, "crt"), filepath.Join(directory, "key")
			Expect(os.WriteFile(crt, []byte(pair.CertPEM()), 0o600)).To(Succeed())
			Expect(os.WriteFile(key, []byte(pair.KeyPEM()), 0o600)).To(Succeed())
			ch, err := client.New(r.server.URL, client.CaCerts(r.ca.CertPEM()), client.ClientCert(crt, key))
			Expect(err).NotTo(HaveOccurred())
			return ch
		}
		app := credhub.ClientCertificate(scenario.Spec{CommonName: "app", Issuer: r.ca}, guid)
		Expect(call(with(app), http.MethodGet, "/api/v1/certificates", nil, nil)).To(Succeed())
		other := scenario.Issue(scenario.Spec{CommonName: "app", Issuer: r.ca, Client: true})
		Expect(call(with(other), http.MethodGet, "/api/v1/certificates", nil, nil)).To(MatchError(HavePrefix("invalid_certificate")))
	})

	It("sees only what the actor may read, and hears the same of the rest as of nothing", func() {
		r := start(credhub.Options{})
		admin, reader := r.as("admin"), r.as("reader")
		for _, name := range []string{"/a/one", "/b/two"} {
			_, err := admin.GenerateCertificate(name, generate.Certificate{CommonName: "x", SelfSign: true}, client.Overwrite)
			Expect(err).NotTo(HaveOccurred())
		}
		_, err := admin.AddPermission("/a/*", "uaa-client:reader", []string{"read"})
		Expect(err).NotTo(HaveOccurred())
		list, err := reader.GetAllCertificatesMetadata()
		Expect(err).NotTo(HaveOccurred())
		Expect(list).To(HaveLen(1))
		_, forbidden := reader.GetLatestCertificate("/b/two")
		_, absent := reader.GetLatestCertificate("/b/three")
		Expect(forbidden).To(MatchError(denied))
		Expect(absent).To(MatchError(denied))
		_, err = reader.SetValue("/a/new", "v")
		Expect(err).To(MatchError(denied))
		Expect(call(reader, http.MethodPatch, "/api/v1/data", nil, nil)).NotTo(Succeed(), "a wrong method")
	})
})

// versions of a certificate, by the official client.
func versions(ch *client.CredHub, name string) (id string, list []credentials.CertificateMetadataVersion) {
	found, err := ch.GetCertificateMetadataByName(name)
	Expect(err).NotTo(HaveOccurred())
	return found.Id, found.Versions
}

var _ = Describe("the rotation of a CA", func() {
	It("follows the rules for transitional versions, and renews the children that the toggle concerns", func() {
		r := start(credhub.Options{ConcatenateCAs: true})
		ch := r.as("admin")
		_, err := ch.GenerateCertificate("/ca", generate.Certificate{CommonName: "root", IsCA: true, Duration: 10}, client.Overwrite)
		Expect(err).NotTo(HaveOccurred())
		old, err := ch.GenerateCertificate("/leaf", generate.Certificate{CommonName: "leaf", Ca: "/ca"}, client.Overwrite)
		Expect(err).NotTo(HaveOccurred())
		id, before := versions(ch, "/ca")

		path := "/api/v1/certificates/" + id
		Expect(call(ch, http.MethodPost, path+"/regenerate", map[string]any{"set_as_transitional": true, "duration": 365}, nil)).To(Succeed())
		_, during := versions(ch, "/ca")
		Expect(during).To(HaveLen(2))
		Expect(during[0].Transitional).To(BeTrue(), "the newest first")
		Expect(during[1].Id).To(Equal(before[0].Id))
		Expect(call(ch, http.MethodPost, path+"/regenerate", map[string]any{"set_as_transitional": true}, nil)).
			To(MatchError("The maximum number of transitional versions for a given CA is 1."))

		_, leaves := versions(ch, "/leaf")
		Expect(leaves).To(HaveLen(2))
		again, err := ch.GetLatestCertificate("/leaf")
		Expect(err).NotTo(HaveOccurred())
		Expect(again.Value.Certificate).To(Equal(old.Value.Certificate), "the same leaf")
		Expect(again.Value.Ca).NotTo(Equal(old.Value.Ca), "and two CAs")

		var current []map[string]any
		Expect(call(ch, http.MethodPut, path+"/update_transitional_version", map[string]any{"version": during[1].Id}, &current)).To(Succeed())
		Expect(current).To(HaveLen(2))
		Expect(current[0]["id"]).To(Equal(during[0].Id), "the new one signs")
		Expect(call(ch, http.MethodPut, path+"/update_transitional_version", map[string]any{"version": "foreign"}, nil)).NotTo(Succeed())

		done, err := ch.BulkRegenerate("/ca")
		Expect(err).NotTo(HaveOccurred())
		Expect(done.Certificates).To(Equal([]string{"/leaf"}))
		fresh, err := ch.GetLatestCertificate("/leaf")
		Expect(err).NotTo(HaveOccurred())
		Expect(fresh.Value.Certificate).NotTo(Equal(old.Value.Certificate))

		Expect(call(ch, http.MethodPut, path+"/update_transitional_version", map[string]any{"version": nil}, &current)).To(Succeed())
		Expect(current).To(HaveLen(1))
		Expect(call(ch, http.MethodDelete, path+"/versions/"+during[1].Id, nil, nil)).To(Succeed())
		Expect(call(ch, http.MethodDelete, path+"/versions/"+during[0].Id, nil, nil)).To(MatchError(ContainSubstring("minimum")))
	})

	It("shows why expires-within-days cannot be trusted", func() {
		ch := start(credhub.Options{}).as("admin")
		_, err := ch.GenerateCertificate("/ca", generate.Certificate{CommonName: "root", IsCA: true, Duration: 5}, client.Overwrite)
		Expect(err).NotTo(HaveOccurred())
		names := func() string {
			response, err := ch.Request(http.MethodGet, "/api/v1/data", url.Values{"path": {"/"}, "expires-within-days": {"30"}}, nil, true)
			Expect(err).NotTo(HaveOccurred())
			defer response.Body.Close()
			var found credentials.FindResults
			Expect(json.NewDecoder(response.Body).Decode(&found)).To(Succeed())
			if len(found.Credentials) == 0 {
				return ""
			}
			return found.Credentials[0].Name
		}
		Expect(names()).To(Equal("/ca"))
		id, _ := versions(ch, "/ca")
		Expect(call(ch, http.MethodPost, "/api/v1/certificates/"+id+"/regenerate", map[string]any{"set_as_transitional": true, "duration": 365}, nil)).To(Succeed())
		Expect(names()).To(BeEmpty(), "the CA that signs ends in five days")
	})

	It("regenerates by name, and changes nothing in maintenance", func() {
		r := start(credhub.Options{})
		ch := r.as("admin")
		_, err := r.credhub.Generate("/x", "", scenario.Spec{CommonName: "x", NotAfter: time.Now().AddDate(0, 0, 3)})
		Expect(err).NotTo(HaveOccurred())
		Expect(call(ch, http.MethodPost, "/api/v1/regenerate", map[string]any{"name": "/x"}, nil)).To(Succeed())
		_, err = ch.Regenerate("/x")
		Expect(err).NotTo(HaveOccurred())
		_, list := versions(ch, "/x")
		Expect(list).To(HaveLen(3))
		_, err = start(credhub.Options{ReadOnly: true}).as("admin").SetValue("/v", "v")
		Expect(err).To(MatchError(ContainSubstring("maintenance")))
	})
})
