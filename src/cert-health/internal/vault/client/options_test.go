package client_test

import (
	"fmt"
	"net/http"
	"sync/atomic"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/secret"
	"cert-health/internal/vault/client"
)

var _ = Describe("Options", func() {
	It("have precedence over the environment for token, namespace, rate, retries and wrapping", func() {
		a := newAppRole(nil)
		secretID := a.secretID(nil)
		for name, value := range map[string]string{
			"VAULT_TOKEN": credential("the-environment's-token"), "VAULT_NAMESPACE": "elsewhere", "VAULT_RATE_LIMIT": "0.001:1",
			"VAULT_MAX_RETRIES": "0", "VAULT_WRAP_TTL": "5m", "VAULT_AGENT_ADDR": "http://127.0.0.1:1", "VAULT_ADDR": "http://127.0.0.1:1",
		} {
			GinkgoT().Setenv(name, value)
		}
		var other, asked atomic.Int64
		p := behind(func(w http.ResponseWriter, r *http.Request) bool {
			if r.Header.Get("X-Vault-Namespace") != "" || r.Header.Get("X-Vault-Wrap-Ttl") != "" || r.Header.Get("X-Vault-Token") == "the-environment's-token" {
				other.Add(1)
			}
			if asked.Add(1) == 2 {
				w.WriteHeader(http.StatusServiceUnavailable)
				return true
			}
			return false
		})
		o := p.through(options(a.with(secretID)))
		c := newClient(o)
		Expect(c.Authenticate(ctx)).To(Succeed())
		_, _, err := c.FindMount(ctx, "secret/x")
		Expect(err).NotTo(HaveOccurred())
		Expect(other.Load()).To(BeZero())
		Expect(c.Requests()).To(Equal(4), "log in, look up the secret id twice, find the mount")
		keepsQuiet(o, c, nil)
	})

	It("are printed without secrets", func() {
		o := client.Options{Address: "https://vault", Auth: client.Auth{
			Token: secret.New(credential("the-token-itself")), AppRole: client.AppRole{RoleID: "the-role", SecretID: secret.New(credential("the-secret-id-itself"))},
		}}
		keepsQuiet(o, newClient(o), nil)
		Expect(fmt.Sprintf("%+v", o.Auth)).To(Equal("{AppRole}"))
		Expect(fmt.Sprintf("%+v", o.Auth.AppRole)).To(Equal("{role the-role}"))
		Expect(fmt.Sprint(newClient(o))).To(Equal("{client of vault with AppRole}"))
		Expect(fmt.Sprint(client.Auth{TokenFile: "/f"}, client.Auth{Token: secret.New("x")}, client.Auth{JWT: client.JWT{File: "/f"}}, client.Auth{Cert: client.Cert{Certificate: "/f"}}, client.Auth{})).To(
			Equal("{token file} {token} {JWT} {TLS certificate} {no credential}"))
	})
})
