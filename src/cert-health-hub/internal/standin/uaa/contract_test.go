package uaa_test

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"time"

	official "code.cloudfoundry.org/credhub-cli/credhub/auth/uaa"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/hub/internal/standin"
	"cert-health/hub/internal/standin/uaa"
	"cert-health/internal/scenario"
)

var _ = Describe("the official client", func() {
	var (
		now    time.Time
		server *uaa.Server
		client official.Client
	)

	BeforeEach(func() {
		now = time.Now()
		ca := scenario.Issue(scenario.Spec{CommonName: "ca", CA: true})
		server = uaa.New(uaa.Options{
			Clients: map[string]uaa.Client{"c": {Secret: "s", Scopes: []string{"x.read"}}, "opsman": {Grants: []string{"password", "refresh_token"}}},
			Users:   map[string]uaa.User{"u": {Password: "p", Scopes: []string{"opsman.admin"}}},
			Now:     func() time.Time { return now },
		})
		listening, err := standin.Serve(server, ca)
		Expect(err).NotTo(HaveOccurred())
		DeferCleanup(listening.Close)
		pool := x509.NewCertPool()
		pool.AddCert(ca.X509)
		client = official.Client{AuthURL: listening.URL, Client: &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}}}
	})

	It("gets a token for a client, which ends", func() {
		token, err := client.ClientCredentialGrant("c", "s")
		Expect(err).NotTo(HaveOccurred())
		claims, err := server.Check(token, 0)
		Expect(err).NotTo(HaveOccurred())
		Expect(claims.Client).To(Equal("c"))
		Expect(claims.Has("x.read")).To(BeTrue())
		Expect(claims.Has("x.read", "x.write")).To(BeFalse())
		now = now.Add(13 * time.Hour)
		_, err = server.Check(token, time.Minute)
		Expect(err).To(MatchError(uaa.ErrExpired))
	})

	It("gets a token for a user, and another one with the refresh token", func() {
		token, refresh, err := client.PasswordGrant("opsman", "", "u", "p")
		Expect(err).NotTo(HaveOccurred())
		claims, err := server.Check(token, 0)
		Expect(err).NotTo(HaveOccurred())
		Expect(claims.User).To(Equal("u"))
		server.EndTokens()
		_, err = server.Check(token, 0)
		Expect(err).To(MatchError(uaa.ErrExpired))
		token, _, err = client.RefreshTokenGrant("opsman", "", refresh)
		Expect(err).NotTo(HaveOccurred())
		Expect(server.Check(token, 0)).To(HaveField("User", "u"))
		Expect(client.RevokeToken(token)).To(Succeed())
		_, err = server.Check(token, 0)
		Expect(err).To(MatchError(uaa.ErrInvalid))
	})

	It("is refused with a wrong secret, a wrong password and a grant that the client does not have", func() {
		_, err := client.ClientCredentialGrant("c", "wrong")
		Expect(err).To(MatchError("unauthorized Bad credentials"))
		_, _, err = client.PasswordGrant("opsman", "", "u", "wrong")
		Expect(err).To(MatchError("unauthorized Bad credentials"))
		_, _, err = client.PasswordGrant("c", "s", "u", "p")
		Expect(err).To(MatchError(HavePrefix("invalid_client")))
		_, err = server.Check("a.b.c", 0)
		Expect(err).To(MatchError(uaa.ErrInvalid))
	})

	It("finds the prompts", func() {
		metadata, err := client.Metadata()
		Expect(err).NotTo(HaveOccurred())
		Expect(metadata.PasscodePrompt()).NotTo(BeEmpty())
	})
})
