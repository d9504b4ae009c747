package client_test

import (
	"os"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/cert"
	"cert-health/internal/scenario"
	"cert-health/internal/secret"
	"cert-health/internal/vault/client"
)

const (
	isUnknown = "Vault does not know the token (403): "
	putNew    = ": set cert_health.vault.auth.token to a new token, or use another auth method"
)

func revoke(token string) {
	GinkgoHelper()
	server.Write("auth/token/revoke", map[string]any{"token": token})
}

var _ = Describe("a configured token", func() {
	rules := scenario.Allow("secret/metadata/*", "read", "list")
	read := func(c *client.Client) error {
		_, err := c.ReadMetadata(ctx, client.Mount{Path: "secret/", Version: 2}, "nothing")
		if client.Is(err, client.NotFound) {
			return nil
		}
		return err
	}
	given := func(more map[string]any) (client.Options, *client.Client, *clock, string) {
		GinkgoHelper()
		text := token(rules, more)
		o, clock := ticking(client.Auth{Token: secret.New(text)})
		c := newClient(o)
		Expect(c.Authenticate(ctx)).To(Succeed())
		return o, c, clock, text
	}

	It("is looked up once", func() {
		_, c, _, _ := given(map[string]any{"ttl": "1h"})
		Expect(c.Authenticate(ctx)).To(Succeed())
		Expect(c.Requests()).To(Equal(1))
	})

	It("works if its policy does not permit to look it up", func() {
		_, c, _, _ := given(map[string]any{"no_default_policy": true})
		Expect(read(c)).To(Succeed())
		Expect(c.Authenticate(ctx)).To(Succeed())
		Expect(c.Requests()).To(Equal(2))
	})

	It("is renewed at two thirds of its lifetime", func() {
		_, c, clock, _ := given(map[string]any{"ttl": "1h", "renewable": true})
		clock.advance(39 * time.Minute)
		Expect(c.Authenticate(ctx)).To(Succeed())
		Expect(c.Requests()).To(Equal(1))
		clock.advance(2 * time.Minute)
		Expect(c.Authenticate(ctx)).To(Succeed())
		Expect(c.Requests()).To(Equal(2))
		clock.advance(39 * time.Minute)
		Expect(c.Authenticate(ctx)).To(Succeed())
		Expect(c.Requests()).To(Equal(2), "the new token is used")
	})

	Describe("reports when the token ends", func() {
		It("when it cannot be renewed", func() {
			_, c, clock, _ := given(map[string]any{"ttl": "1h", "renewable": false})
			Expect(c.Credentials()).To(HaveLen(1))
			end := c.Credentials()[0]
			Expect(end.Name).To(Equal("the agent's Vault token"))
			Expect(end.NotBefore).To(BeTemporally("~", clock.Now(), 2*time.Second))
			Expect(end.NotAfter).To(BeTemporally("~", clock.Now().Add(time.Hour), 2*time.Second))
			Expect(end.Remedy).To(Equal("set cert_health.vault.auth.token to a new token, or use another auth method"))
		})
		It("when renewal has a known end", func() {
			_, c, clock, _ := given(map[string]any{"ttl": "1h", "renewable": true, "explicit_max_ttl": "9h"})
			Expect(c.Credentials()).To(HaveLen(1))
			Expect(c.Credentials()[0].NotAfter).To(BeTemporally("~", clock.Now().Add(9*time.Hour), 2*time.Second))
		})
		It("when renewal grants less than before", func() {
			_, c, clock, _ := given(map[string]any{"ttl": "1h", "renewable": true})
			Expect(c.Credentials()).To(BeEmpty())
			server.Write("sys/auth/token/tune", map[string]any{"max_lease_ttl": "30m", "default_lease_ttl": "30m"})
			DeferCleanup(server.Write, "sys/auth/token/tune", map[string]any{"max_lease_ttl": "768h", "default_lease_ttl": "768h"})
			clock.advance(50 * time.Minute)
			Expect(c.Authenticate(ctx)).To(Succeed())
			Expect(c.Credentials()).To(HaveLen(1))
			Expect(c.Credentials()[0].NotAfter).To(BeTemporally("~", clock.Now().Add(30*time.Minute), time.Minute))
		})
		It("unless it does not end", func() {
			_, c, _, _ := given(map[string]any{"period": "1h"})
			Expect(c.Credentials()).To(BeEmpty())
		})
	})

	Describe("explains why Vault does not know it", func() {
		It("when it never existed", func() {
			fails(options(client.Auth{Token: secret.New(credential("hvs.never-existed-at-all"))}), isUnknown+"it is wrong, has expired, was revoked, or was used up"+putNew)
		})
		It("when there is none", func() {
			fails(options(client.Auth{}), "there is no token: set cert_health.vault.auth")
		})
		It("when it was revoked", func() {
			o, c, _, text := given(map[string]any{"ttl": "1h"})
			revoke(text)
			says(o, c, read(c), isUnknown+"it was revoked, or has expired"+putNew)
			before := c.Requests()
			says(o, c, read(c), isUnknown+"it was revoked, or has expired"+putNew)
			Expect(c.Requests()).To(Equal(before), "nothing is sent with it any more")
			says(o, c, c.Authenticate(ctx), isUnknown+"it is wrong, has expired, was revoked, or was used up"+putNew)
			Expect(c.Requests()).To(Equal(before+1), "but it is looked up at each poll")
		})
		It("when it has expired", func() {
			o, c, clock, text := given(map[string]any{"ttl": "1s", "renewable": false})
			ended := clock.Now().Add(time.Second)
			Eventually(func() error {
				_, err := server.Client.Logical().Write("auth/token/lookup", map[string]any{"token": text})
				return err
			}, "20s", "50ms").Should(HaveOccurred())
			clock.advance(time.Minute)
			says(o, c, read(c), isUnknown+"it expired at "+ended.UTC().Format("2006-01-02 15:04 UTC")+putNew)
		})
		It("when it was used up", func() {
			o, c, _, _ := given(map[string]any{"num_uses": 2})
			Expect(read(c)).To(Succeed())
			says(o, c, read(c), isUnknown+"it was used up (num_uses), or was revoked"+putNew)
		})
		It("when its policy does not permit the request", func() {
			o, c, _, _ := given(nil)
			_, err := c.ReadMetadata(ctx, client.Mount{Path: "elsewhere/", Version: 2}, "x")
			says(o, c, err, "permission denied (403): the policy of the token does not permit this")
			before := c.Requests()
			_, err = c.ReadMetadata(ctx, client.Mount{Path: "elsewhere/", Version: 2}, "y")
			Expect(client.Is(err, client.Denied)).To(BeTrue())
			Expect(c.Requests()).To(Equal(before+1), "Vault is asked once whether it knows the token")
		})
	})

	It("is considered valid if the policy does not permit to ask, and asks once", func() {
		o, c, _, _ := given(map[string]any{"no_default_policy": true})
		Expect(c.Authenticate(ctx)).To(Succeed())
		for range 3 {
			_, err := c.ReadMetadata(ctx, client.Mount{Path: "elsewhere/", Version: 2}, "x")
			says(o, c, err, "permission denied (403): the policy of the token does not permit this")
		}
		Expect(c.Requests()).To(Equal(1 + 3 + 1))
	})

	Describe("in a file that another process writes", func() {
		var (
			path  string
			first string
			o     client.Options
			clock *clock
			c     *client.Client
		)
		BeforeEach(func() {
			first = token(rules, map[string]any{"ttl": "1h"})
			path = file(first + "\n")
			o, clock = ticking(client.Auth{TokenFile: path})
			c = newClient(o)
		})
		It("is read each time", func() {
			Expect(c.Authenticate(ctx)).To(Succeed())
			revoke(first)
			rewrite(path, token(rules, nil))
			Expect(c.Authenticate(ctx)).To(Succeed())
			Expect(read(c)).To(Succeed())
			Expect(c.Credentials()).To(BeEmpty(), "another program renews it")
		})
		It("is read again when it is replaced during a run", func() {
			Expect(c.Authenticate(ctx)).To(Succeed())
			revoke(first)
			rewrite(path, token(rules, nil))
			Expect(read(c)).To(Succeed())
		})
		It("names the program that should renew it", func() {
			Expect(c.Authenticate(ctx)).To(Succeed())
			revoke(first)
			says(o, c, read(c), isUnknown+"it was revoked, or has expired: check the program that writes "+path)
		})
		It("works while the file is missing", func() {
			Expect(os.Remove(path)).To(Succeed())
			says(o, c, c.Authenticate(ctx), "read the token: open "+path+": no such file or directory: check the program that writes it")
			rewrite(path, first)
			Expect(c.Authenticate(ctx)).To(Succeed())
			rewrite(path, "")
			Expect(c.Authenticate(ctx)).To(Succeed(), "the one at hand lives")
			Expect(c.Credentials()).To(Equal([]cert.Credential{{
				Name: "the agent's Vault token", NotBefore: clock.Now(), NotAfter: c.Credentials()[0].NotAfter,
				Remedy: "read the token: " + path + " is empty: check the program that writes it",
			}}))
			rewrite(path, first)
			Expect(c.Authenticate(ctx)).To(Succeed())
			Expect(c.Credentials()).To(BeEmpty())
		})
		It("is not sent if it cannot be a token", func() {
			rewrite(path, credential("two tokens-in-one-file"))
			says(o, c, c.Authenticate(ctx), "read the token: "+path+" contains more than one word: write only the token to it")
			Expect(c.Requests()).To(BeZero())
		})
	})
})
