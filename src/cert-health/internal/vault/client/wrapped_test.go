package client_test

import (
	"net/http"
	"os"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/vault/client"
)

// wrap has Vault wrap the answer to a request.
func wrap(path string, request map[string]any) string {
	GinkgoHelper()
	wrapping, err := server.Client.Clone()
	Expect(err).NotTo(HaveOccurred())
	wrapping.SetToken(server.Token)
	wrapping.SetWrappingLookupFunc(func(string, string) string { return "5m" })
	secret, err := wrapping.Logical().Write(path, request)
	Expect(err).NotTo(HaveOccurred())
	return credential(secret.WrapInfo.Token)
}

var _ = Describe("logging in by AppRole with a wrapped secret id", func() {
	var (
		a     approle
		path  string
		o     client.Options
		clock *clock
		c     *client.Client
	)
	wrapped := func(request map[string]any) string {
		GinkgoHelper()
		return wrap("auth/"+a.mount+"/role/"+a.role+"/secret-id", request)
	}
	BeforeEach(func() {
		a = newAppRole(nil)
		path = file(wrapped(nil))
		o, clock = ticking(client.Auth{AppRole: client.AppRole{Mount: a.mount, RoleID: a.id, SecretIDFile: path, Wrapped: true}})
		c = newClient(o)
	})
	unknown := func() string {
		return "unwrap the secret id in " + path + ": Vault does not know the wrapping token: it has expired, or was used before, " +
			"by an earlier agent or by an attacker: write a new token to this file"
	}

	It("unwraps it once, and keeps it for the next log-in", func() {
		Expect(c.Authenticate(ctx)).To(Succeed())
		revokeAll(a.mount)
		clock.advance(2 * time.Hour)
		Expect(c.Authenticate(ctx)).To(Succeed())
		Expect(os.Remove(path)).To(Succeed())
		revokeAll(a.mount)
		clock.advance(2 * time.Hour)
		Expect(c.Authenticate(ctx)).To(Succeed(), "it is in memory")
		keepsQuiet(o, c, nil)
	})

	It("keeps the secret id when the log-in fails", func() {
		sealed := true
		p := behind(func(w http.ResponseWriter, r *http.Request) bool {
			if sealed && r.URL.Path == "/v1/auth/"+a.mount+"/login" {
				w.WriteHeader(http.StatusServiceUnavailable)
				return true
			}
			return false
		})
		c = newClient(p.through(o))
		Expect(client.Is(c.Authenticate(ctx), client.Busy)).To(BeTrue())
		sealed = false
		clock.advance(time.Minute)
		Expect(c.Authenticate(ctx)).To(Succeed())
		Expect(p.seen("/unwrap")).To(Equal(1))
	})

	It("uses a new one at once, while it can still be unwrapped", func() {
		Expect(c.Authenticate(ctx)).To(Succeed())
		rewrite(path, wrapped(map[string]any{"ttl": "3h"}))
		Expect(c.Authenticate(ctx)).To(Succeed())
		Expect(c.Credentials()).To(HaveLen(1))
		Expect(c.Credentials()[0].NotAfter).To(BeTemporally("~", time.Now().Add(3*time.Hour), time.Minute))
		keepsQuiet(o, c, nil)
	})

	It("says that it was unwrapped before", func() {
		Expect(c.Authenticate(ctx)).To(Succeed())
		fails(o, unknown())
	})

	It("says that the wrapping token is unknown, and uses the next one", func() {
		rewrite(path, credential("hvs.a-wrong-wrapping-token"))
		says(o, c, c.Authenticate(ctx), unknown())
		says(o, c, c.Authenticate(ctx), unknown())
		rewrite(path, wrapped(nil))
		Expect(c.Authenticate(ctx)).To(Succeed())
	})

	It("explains the end of the secret id when the file still contains its wrapping token", func() {
		secretID := ""
		rewrite(path, wrapped(map[string]any{"num_uses": 1}))
		Expect(c.Authenticate(ctx)).To(Succeed(), secretID)
		revokeAll(a.mount)
		clock.advance(2 * time.Hour)
		says(o, c, c.Authenticate(ctx), a.said(noSuchSecretID+"the secret id was used up: write a new one to "+path))
	})

	It("says that something else is wrapped, and unwraps it only once", func() {
		rewrite(path, wrap("auth/token/create", nil))
		sentence := "unwrap the secret id in " + path + ": the token wraps something else than a secret id: write the token of a wrapped secret id to this file (vault write -wrap-ttl=... -force auth/" + a.mount + "/role/.../secret-id)"
		says(o, c, c.Authenticate(ctx), sentence)
		clock.advance(time.Hour)
		says(o, c, c.Authenticate(ctx), sentence)
		Expect(c.Requests()).To(Equal(1))
	})
})
