package client_test

import (
	"fmt"
	"net/http"
	"os"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/cert"
	"cert-health/internal/scenario"
	"cert-health/internal/secret"
	"cert-health/internal/vault/client"
)

// approle is an auth method with one role.
type approle struct{ mount, role, id string }

func newAppRole(more map[string]any) approle {
	GinkgoHelper()
	a := approle{mount: method("approle"), role: name("role")}
	rules := policy(scenario.Allow("auth/"+a.mount+"/role/"+a.role+"/secret-id/lookup", "update") + scenario.Allow("secret/*", "read", "list"))
	request := map[string]any{"token_policies": rules, "token_ttl": "1h", "token_max_ttl": "2h"}
	for key, value := range more {
		request[key] = value
	}
	server.Write("auth/"+a.mount+"/role/"+a.role, request)
	read, err := server.Client.Logical().Read("auth/" + a.mount + "/role/" + a.role + "/role-id")
	Expect(err).NotTo(HaveOccurred())
	a.id = read.Data["role_id"].(string)
	return a
}

func (a approle) secretID(request map[string]any) string {
	GinkgoHelper()
	return credential(server.Write("auth/"+a.mount+"/role/"+a.role+"/secret-id", request).Data["secret_id"].(string))
}

func (a approle) destroy(secretID string) {
	GinkgoHelper()
	server.Write("auth/"+a.mount+"/role/"+a.role+"/secret-id/destroy", map[string]any{"secret_id": secretID})
}

// tidied waits until Vault has done away with a secret id that has expired.
func (a approle) tidied(secretID string) {
	GinkgoHelper()
	Eventually(func() any {
		server.Write("auth/"+a.mount+"/tidy/secret-id", nil)
		return server.Write("auth/"+a.mount+"/role/"+a.role+"/secret-id/lookup", map[string]any{"secret_id": secretID})
	}, "20s", "50ms").Should(BeNil())
}

func (a approle) with(secretID string) client.Auth {
	return client.Auth{AppRole: client.AppRole{Mount: a.mount, RoleID: a.id, SecretID: secret.New(secretID)}}
}

func (a approle) said(rest string) string {
	return "log in by AppRole at auth/" + a.mount + "/login: " + rest
}

const (
	noSuchSecretID = "Vault rejected the request (400): invalid role or secret ID: "
	anyReason      = "the role id or the secret id is wrong, or the secret id has expired, was used up or was destroyed: "
	deployNew      = "create a new secret id (manifests/vault-approle.sh) and deploy it"
)

var _ = Describe("logging in by AppRole", func() {
	var a approle
	BeforeEach(func() { a = newAppRole(nil) })

	It("logs in once, and keeps the token", func() {
		c := newClient(options(a.with(a.secretID(nil))))
		Expect(c.Authenticate(ctx)).To(Succeed())
		before := c.Requests()
		Expect(c.Authenticate(ctx)).To(Succeed())
		Expect(c.Requests()).To(Equal(before))
		_, _, err := c.FindMount(ctx, "secret/cf")
		Expect(err).NotTo(HaveOccurred())
		Expect(c.Credentials()).To(BeEmpty(), "this secret id does not end")
	})

	It("needs no secret id if the role requires none", func() {
		bare := newAppRole(map[string]any{"bind_secret_id": false, "secret_id_bound_cidrs": "127.0.0.0/8"})
		c := newClient(options(bare.with("")))
		Expect(c.Authenticate(ctx)).To(Succeed())
		Expect(c.Credentials()).To(BeEmpty())
	})

	Describe("explains a failure without the credential", func() {
		It("no secret id", func() {
			fails(options(a.with("")), a.said("Vault rejected the request (400): missing secret_id: the role requires a secret id: set cert_health.vault.auth.approle.secret_id"))
		})
		It("a wrong secret id", func() {
			fails(options(a.with(credential("a-wrong-secret-id"))), a.said(noSuchSecretID+anyReason+deployNew))
		})
		It("a wrong role id", func() {
			right := a.secretID(nil)
			a.id = "a-wrong-role-id"
			fails(options(a.with(right)), a.said(noSuchSecretID+anyReason+deployNew))
		})
		It("a role that is not for this machine", func() {
			far := newAppRole(map[string]any{"secret_id_bound_cidrs": "10.255.255.0/24"})
			fails(options(far.with(far.secretID(nil))),
				MatchRegexp(`^log in by AppRole at auth/%s/login: Vault rejected the request \(400\): source address "127.0.0.1" unauthorized .*: `+
					`check the limits of the role, such as the permitted addresses \(vault read auth/%s/role/\.\.\.\)$`, far.mount, far.mount))
		})
		It("a missing auth method", func() {
			o := options(a.with(a.secretID(nil)))
			o.Auth.AppRole.Mount = "mistyped"
			fails(o, "log in by AppRole at auth/mistyped/login: permission denied (403): the auth method does not exist (check vault auth list), or too many failed "+
				"log-ins have locked the role (user lockout): correct the credential, then wait or unlock the role (sys/locked-users)")
		})
		It("a role that is locked out", func() {
			for range 5 {
				_, err := server.Client.Logical().Write("auth/"+a.mount+"/login", map[string]any{"role_id": a.id, "secret_id": "guessed"})
				Expect(err).To(HaveOccurred())
			}
			fails(options(a.with(a.secretID(nil))), a.said("permission denied (403): the auth method does not exist (check vault auth list), or too many failed "+
				"log-ins have locked the role (user lockout): correct the credential, then wait or unlock the role (sys/locked-users)"))
		})
		It("a secret id that was destroyed", func() {
			secretID := a.secretID(nil)
			a.destroy(secretID)
			fails(options(a.with(secretID)), a.said(noSuchSecretID+anyReason+deployNew))
		})
	})

	Describe("reports when the secret id ends", func() {
		It("that expires, and says when it has expired", func() {
			secretID := a.secretID(map[string]any{"ttl": "1s"})
			o, clock := ticking(a.with(secretID))
			c := newClient(o)
			Expect(c.Authenticate(ctx)).To(Succeed())
			Expect(c.Credentials()).To(HaveLen(1))
			end := c.Credentials()[0]
			Expect(end.Name).To(Equal("the agents' secret id of AppRole " + a.role))
			Expect(end.NotAfter).To(BeTemporally("~", end.NotBefore.Add(time.Second), 100*time.Millisecond))
			Expect(end.Remedy).To(Equal("create a new one (manifests/vault-approle.sh) and deploy it"))

			a.tidied(secretID)
			revokeAll(a.mount)
			clock.advance(2 * time.Hour)
			says(o, c, c.Authenticate(ctx), a.said(noSuchSecretID+"the secret id expired at "+
				end.NotAfter.UTC().Format("2006-01-02 15:04 UTC")+": "+deployNew))
			Expect(c.Credentials()).To(Equal([]cert.Credential{end}), "it is still known")
		})
		It("that was used up", func() {
			o, clock := ticking(a.with(a.secretID(map[string]any{"num_uses": 1})))
			c := newClient(o)
			Expect(c.Authenticate(ctx)).To(Succeed())
			Expect(c.Credentials()).To(HaveLen(1))
			Expect(c.Credentials()[0].UsedUp).To(BeTrue())
			revokeAll(a.mount)
			clock.advance(2 * time.Hour)
			says(o, c, c.Authenticate(ctx), a.said(noSuchSecretID+"the secret id was used up: "+deployNew))
		})
		It("unless the policy does not permit that", func() {
			shut := newAppRole(map[string]any{"token_policies": "default"})
			c := newClient(options(shut.with(shut.secretID(map[string]any{"ttl": "1h"}))))
			Expect(c.Authenticate(ctx)).To(Succeed())
			Expect(c.Credentials()).To(BeEmpty())
		})
	})

	Describe("with the secret id in a file", func() {
		var (
			o     client.Options
			clock *clock
			path  string
			c     *client.Client
		)
		BeforeEach(func() {
			path = file(a.secretID(map[string]any{"ttl": "1h"}) + "\n")
			o, clock = ticking(client.Auth{AppRole: client.AppRole{Mount: a.mount, RoleID: a.id, SecretIDFile: path}})
			c = newClient(o)
		})
		It("reads it", func() {
			Expect(c.Authenticate(ctx)).To(Succeed())
			Expect(c.Credentials()).To(HaveLen(1))
			Expect(c.Credentials()[0].Remedy).To(Equal("write a new one to " + path))
		})
		It("uses another one at once, and reports when it ends", func() {
			Expect(c.Authenticate(ctx)).To(Succeed())
			first := c.Credentials()[0].NotAfter
			rewrite(path, a.secretID(map[string]any{"ttl": "9h"}))
			Expect(c.Authenticate(ctx)).To(Succeed())
			Expect(c.Credentials()[0].NotAfter).To(BeTemporally(">", first.Add(7*time.Hour)))
			before := c.Requests()
			Expect(c.Authenticate(ctx)).To(Succeed())
			Expect(c.Requests()).To(Equal(before))
		})
		It("tries a new secret id at once, without a pause", func() {
			rewrite(path, credential("a-wrong-secret-id"))
			says(o, c, c.Authenticate(ctx), a.said(noSuchSecretID+anyReason+"write a new one to "+path))
			before := c.Requests()
			says(o, c, c.Authenticate(ctx), a.said(noSuchSecretID+anyReason+"write a new one to "+path))
			Expect(c.Requests()).To(Equal(before))
			rewrite(path, a.secretID(nil))
			Expect(c.Authenticate(ctx)).To(Succeed())
		})
		It("does not confuse the end of the token with the end of the secret id", func() {
			rewrite(path, a.secretID(map[string]any{"num_uses": 1}))
			Expect(c.Authenticate(ctx)).To(Succeed())
			revokeAll(a.mount)
			clock.advance(2 * time.Hour)
			rewrite(path, credential("a-wrong-secret-id"))
			says(o, c, c.Authenticate(ctx), a.said(noSuchSecretID+anyReason+"write a new one to "+path))
		})
		It("keeps its token when the new one is wrong, and reports when it ends", func() {
			Expect(c.Authenticate(ctx)).To(Succeed())
			rewrite(path, credential("a-wrong-secret-id"))
			Expect(c.Authenticate(ctx)).To(Succeed())
			Expect(c.Credentials()).To(HaveLen(2))
			Expect(c.Credentials()[1]).To(Equal(cert.Credential{
				Name: "the agent's Vault token", NotBefore: clock.Now(), NotAfter: clock.Now().Add(time.Hour),
				Remedy: a.said(noSuchSecretID + anyReason + "write a new one to " + path),
			}))
			rewrite(path, a.secretID(nil))
			Expect(c.Authenticate(ctx)).To(Succeed())
			Expect(c.Credentials()).To(BeEmpty())
		})
		It("says what is wrong with the file", func() {
			rewrite(path, " \n")
			says(o, c, c.Authenticate(ctx), "read the secret id: "+path+" is empty: check the program that writes it")
			rewrite(path, credential(`{"secret_id": "x"}`))
			says(o, c, c.Authenticate(ctx), "read the secret id: "+path+" contains more than one word: write only the secret id to it")
			Expect(os.Remove(path)).To(Succeed())
			says(o, c, c.Authenticate(ctx), "read the secret id: open "+path+": no such file or directory: check the program that writes it")
			Expect(os.Mkdir(path, 0o700)).To(Succeed())
			says(o, c, c.Authenticate(ctx), "read the secret id: read "+path+": is a directory: check the program that writes it")
			Expect(c.Requests()).To(BeZero())
		})
	})

	It("removes a credential that a proxy quotes", func() {
		secretID := a.secretID(nil)
		p := behind(func(w http.ResponseWriter, r *http.Request) bool {
			w.WriteHeader(http.StatusBadRequest)
			fmt.Fprintf(w, `{"errors":["do not like {\"secret_id\":\"%s\"}"]}`, secretID)
			return true
		})
		fails(p.through(options(a.with(secretID))), ContainSubstring(`Vault rejected the request (400): do not like {"secret_id":"[credential]"}`))
	})
})
