package client_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"maps"
	"os"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/scenario"
	"cert-health/internal/vault/client"
)

// sign makes a JWT by ES256.
func sign(key *ecdsa.PrivateKey, claims map[string]any) string {
	GinkgoHelper()
	encode := func(value any) string {
		text, err := json.Marshal(value)
		Expect(err).NotTo(HaveOccurred())
		return base64.RawURLEncoding.EncodeToString(text)
	}
	text := encode(map[string]any{"alg": "ES256", "typ": "JWT"}) + "." + encode(claims)
	digest := sha256.Sum256([]byte(text))
	r, s, err := ecdsa.Sign(rand.Reader, key, digest[:])
	Expect(err).NotTo(HaveOccurred())
	signature := append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...)
	return credential(text + "." + base64.RawURLEncoding.EncodeToString(signature))
}

func generate() *ecdsa.PrivateKey {
	GinkgoHelper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	Expect(err).NotTo(HaveOccurred())
	return key
}

var _ = Describe("logging in by JWT", func() {
	var (
		mount string
		key   *ecdsa.PrivateKey
		path  string
		o     client.Options
		clock *clock
	)
	// issued is a JWT that is good, but for the changes.
	issued := func(changes map[string]any) string {
		GinkgoHelper()
		now := time.Now()
		claims := map[string]any{"sub": "agent", "aud": "vault", "iat": now.Unix(), "nbf": now.Add(-time.Minute).Unix(), "exp": now.Add(time.Hour).Unix()}
		maps.Copy(claims, changes)
		return sign(key, claims)
	}
	BeforeEach(func() {
		mount, key = method("jwt"), generate()
		public, err := x509.MarshalPKIXPublicKey(key.Public())
		Expect(err).NotTo(HaveOccurred())
		server.Write("auth/"+mount+"/config", map[string]any{"jwt_validation_pubkeys": []string{scenario.Armour("PUBLIC KEY", public)}})
		server.Write("auth/"+mount+"/role/agent", map[string]any{
			"role_type": "jwt", "user_claim": "sub", "bound_audiences": "vault", "token_policies": "default", "token_ttl": "1h",
		})
		path = file(issued(nil) + "\n")
		o, clock = ticking(client.Auth{JWT: client.JWT{Mount: mount, Role: "agent", File: path}})
	})
	said := func(rest string) string {
		return "log in by JWT at auth/" + mount + "/login: Vault rejected the request (400): " + rest
	}

	It("logs in with the current contents of the file", func() {
		c := newClient(o)
		Expect(c.Authenticate(ctx)).To(Succeed())
		Expect(c.Credentials()).To(BeEmpty(), "another program renews it")
		revokeAll(mount)
		clock.advance(time.Hour)
		rewrite(path, issued(map[string]any{"exp": time.Now().Add(-time.Hour).Unix()}))
		says(o, c, c.Authenticate(ctx), said("error validating token: invalid expiration time (exp) claim: token is expired: check the program that writes "+path))
		rewrite(path, issued(nil))
		Expect(c.Authenticate(ctx)).To(Succeed(), "it does not wait out a pause that another JWT has earned")
	})

	DescribeTable("explains a failure without the credential", func(changes map[string]any, rest string) {
		rewrite(path, issued(changes))
		fails(o, MatchRegexp(`^log in by JWT at auth/%s/login: Vault rejected the request \(400\): %s$`, mount, rest))
	},
		Entry("not valid yet", map[string]any{"nbf": time.Now().Add(time.Hour).Unix()},
			`error validating token: invalid not before \(nbf\) claim: token not yet valid: compare the clocks of Vault and of the issuer of the JWT`),
		Entry("for another audience", map[string]any{"aud": "elsewhere"},
			`error validating token: invalid audience \(aud\) claim: .+: compare the JWT in \S+ with role agent and with vault read auth/\S+/config`),
	)

	It("says that another CA has signed it", func() {
		key = generate()
		rewrite(path, issued(nil))
		fails(o, MatchRegexp(`: error validating token: .*signature.*: compare the JWT in %s with role agent and with vault read auth/%s/config$`, path, mount))
	})

	It("says that there is no such role", func() {
		o.Auth.JWT.Role = "unknown"
		fails(o, said(`role "unknown" could not be found: correct cert_health.vault.auth.jwt.role: vault list auth/`+mount+`/role lists the roles`))
	})

	It("says that the file is not a JWT, is empty or is missing", func() {
		rewrite(path, credential("certainly-not-a-jwt"))
		fails(o, MatchRegexp(`Vault rejected the request \(400\): error validating token: .+: compare the JWT in %s with `, path))
		rewrite(path, "")
		fails(o, "read the JWT: "+path+" is empty: check the program that writes it")
		Expect(os.Remove(path)).To(Succeed())
		fails(o, "read the JWT: open "+path+": no such file or directory: check the program that writes it")
	})
})
