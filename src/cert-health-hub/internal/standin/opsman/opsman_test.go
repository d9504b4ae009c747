package opsman_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"net/http"
	"sync"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"golang.org/x/oauth2"

	"cert-health/hub/internal/standin"
	"cert-health/hub/internal/standin/opsman"
	"cert-health/hub/internal/standin/uaa"
	"cert-health/internal/scenario"
)

var _ = Describe("Ops Manager", func() {
	var (
		store  *opsman.Server
		server *standin.Server
		client *http.Client
	)

	BeforeEach(func() {
		ca := scenario.Issue(scenario.Spec{CommonName: "ca", CA: true})
		store = opsman.New(opsman.Options{V1: true, UAA: uaa.New(uaa.Options{
			Clients: map[string]uaa.Client{"opsman": {Grants: []string{"password", "refresh_token"}}},
			Users:   map[string]uaa.User{"admin": {Password: "p", Scopes: []string{"opsman.admin"}}},
		})})
		store.SetCertificates(
			opsman.Certificate{ProductGUID: "cf", PropertyReference: ".a", ValidUntil: time.Now().AddDate(0, 1, 0).Format(time.RFC3339), Outdated: []string{"cf"}},
			opsman.Certificate{ProductGUID: "cf", PropertyReference: ".b", ValidUntil: time.Now().AddDate(2, 0, 0).Format(time.RFC3339)})
		var err error
		server, err = standin.Serve(store, ca)
		Expect(err).NotTo(HaveOccurred())
		DeferCleanup(server.Close)
		pool := x509.NewCertPool()
		pool.AddCert(ca.X509)
		plain := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}}
		ctx := context.WithValue(context.Background(), oauth2.HTTPClient, plain)
		config := oauth2.Config{ClientID: "opsman", Endpoint: oauth2.Endpoint{TokenURL: server.URL + "/uaa/oauth/token", AuthStyle: oauth2.AuthStyleInHeader}}
		token, err := config.PasswordCredentialsToken(ctx, "admin", "p")
		Expect(err).NotTo(HaveOccurred())
		client = config.Client(ctx, token)
	})

	call := func(method, path string) (int, map[string]any) {
		request, err := http.NewRequest(method, server.URL+path, nil)
		Expect(err).NotTo(HaveOccurred())
		response, err := client.Do(request)
		Expect(err).NotTo(HaveOccurred())
		defer response.Body.Close()
		var body map[string]any
		Expect(json.NewDecoder(response.Body).Decode(&body)).To(Succeed())
		return response.StatusCode, body
	}

	It("lists what is deployed, v1 with more", func() {
		_, body := call(http.MethodGet, "/api/v0/deployed/certificates")
		Expect(body["certificates"]).To(HaveLen(2))
		Expect(body["certificates"].([]any)[0]).NotTo(HaveKey("outdated_deployments"))
		_, body = call(http.MethodGet, "/api/v1/deployed/certificates?expires_within=3m")
		Expect(body["certificates"]).To(HaveExactElements(HaveKey("outdated_deployments")))
		status, _ := call(http.MethodGet, "/api/v0/deployed/certificates?expires_within=0d")
		Expect(status).To(Equal(http.StatusBadRequest))
	})

	It("rotates its CA", func() {
		_, created := call(http.MethodPost, "/api/v0/certificate_authorities/generate")
		_, body := call(http.MethodGet, "/api/v0/certificate_authorities")
		list := body["certificate_authorities"].([]any)
		Expect(list).To(HaveLen(2))
		old := list[0].(map[string]any)["guid"].(string)
		status, refused := call(http.MethodDelete, "/api/v0/certificate_authorities/"+old)
		Expect(status).To(Equal(http.StatusUnprocessableEntity))
		Expect(refused["safety_violations"]).To(HaveExactElements(HaveKey("migitation")))
		call(http.MethodPost, "/api/v0/certificate_authorities/"+created["guid"].(string)+"/activate")
		call(http.MethodPost, "/api/v0/certificate_authorities/active/regenerate")
		status, _ = call(http.MethodDelete, "/api/v0/certificate_authorities/"+old)
		Expect(status).To(Equal(http.StatusOK))
		_, body = call(http.MethodGet, "/api/v0/deployed/certificates?expires_within=3m")
		Expect(body["certificates"]).To(BeEmpty())
	})

	It("fails silently under calls at the same time, and counts them", func() {
		inside, leave := make(chan struct{}), make(chan struct{})
		var first sync.Once
		store.BeforeAnswer(func() { first.Do(func() { close(inside); <-leave }) })
		done := make(chan struct{})
		go func() {
			defer GinkgoRecover()
			defer close(done)
			_, body := call(http.MethodGet, "/api/v0/deployed/certificates")
			Expect(body["certificates"]).To(HaveLen(2))
		}()
		Eventually(inside).Should(BeClosed())
		status, body := call(http.MethodGet, "/api/v0/deployed/certificates")
		Expect(status).To(Equal(http.StatusOK))
		Expect(body).To(BeEmpty())
		close(leave)
		Eventually(done).Should(BeClosed())
		Expect(store.Clashes()).To(Equal(1))
	})
})
