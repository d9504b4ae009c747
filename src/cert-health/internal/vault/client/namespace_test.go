package client_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/scenario"
	"cert-health/internal/secret"
	"cert-health/internal/vault/client"
)

// The community edition has no namespaces and ignores their header. This proxy treats the header
// as the documentation of the Enterprise edition says: it puts the namespace in front of the path.
var _ = Describe("a wrong namespace", func() {
	const wrong = "ops/mistyped"
	namespaced := func(more func(w http.ResponseWriter, r *http.Request) bool) *proxy {
		forward := server.Forward()
		return behind(func(w http.ResponseWriter, r *http.Request) bool {
			if more(w, r) {
				return true
			}
			namespace := r.Header.Get("X-Vault-Namespace")
			r.Header.Del("X-Vault-Namespace")
			if namespace == wrong {
				r.URL.Path = strings.Replace(r.URL.Path, "/v1/", "/v1/"+namespace+"/", 1)
			}
			forward.ServeHTTP(w, r)
			return true
		})
	}
	var a approle
	BeforeEach(func() { a = newAppRole(nil) })

	It("is sent with each request if it is set", func() {
		var seen atomic.Value
		p := namespaced(func(_ http.ResponseWriter, r *http.Request) bool {
			seen.CompareAndSwap(nil, r.Header.Get("X-Vault-Namespace"))
			Expect(r.Header.Get("X-Vault-Namespace")).To(Equal(seen.Load()))
			return false
		})
		for _, namespace := range []string{"", "ops/cf"} {
			seen = atomic.Value{}
			o := p.through(options(a.with(a.secretID(nil))))
			o.Namespace = namespace
			c := newClient(o)
			Expect(c.Authenticate(ctx)).To(Succeed())
			_, _, err := c.FindMount(ctx, "secret/x")
			Expect(err).NotTo(HaveOccurred())
			Expect(seen.Load()).To(Equal(namespace))
		}
	})

	It("is named when the auth method is not there", func() {
		o := namespaced(passing).through(options(a.with(a.secretID(nil))))
		o.Namespace = wrong
		fails(o, a.said("permission denied (403): the auth method does not exist in the namespace ops/mistyped (check cert_health.vault.namespace and vault auth list), "+
			"or too many failed log-ins have locked the role (user lockout): correct the credential, then wait or unlock the role (sys/locked-users)"))
	})

	It("is named when the auth method there does not know the role", func() {
		b := newAppRole(nil)
		o := namespaced(passing).through(options(b.with(b.secretID(nil))))
		o.Auth.AppRole.Mount, o.Namespace = a.mount, "ops/other"
		fails(o, a.said(noSuchSecretID+"the role id or the secret id is wrong, or it belongs to another namespace than ops/other (cert_health.vault.namespace), "+
			"or the secret id has expired, was used up or was destroyed: "+deployNew))
	})

	It("is named when the token may do nothing there", func() {
		o := namespaced(passing).through(options(client.Auth{Token: secret.New(token(scenario.Allow("elsewhere/*", "read"), nil))}))
		o.Namespace = "ops/other"
		c := newClient(o)
		Expect(c.Authenticate(ctx)).To(Succeed())
		_, err := c.ReadMetadata(ctx, client.Mount{Path: "secret/", Version: 2}, "x")
		says(o, c, err, "permission denied (403): the policy of the token does not permit this, or it belongs to another namespace than ops/other (cert_health.vault.namespace)")
	})

	It("is named when there is none of that name", func() {
		// As OpenBao answers; see openbao/openbao#1508.
		o := namespaced(func(w http.ResponseWriter, _ *http.Request) bool {
			w.WriteHeader(http.StatusNotFound)
			fmt.Fprint(w, `{"errors":["namespace not found"]}`)
			return true
		}).through(options(a.with(a.secretID(nil))))
		o.Namespace = wrong
		fails(o, a.said("the namespace does not exist (404): correct cert_health.vault.namespace (ops/mistyped): namespace not found"))
		c := newClient(func() client.Options { o.Auth = client.Auth{Token: secret.New(server.Token)}; return o }())
		_, err := c.ReadMetadata(ctx, client.Mount{Path: "secret/", Version: 2}, "x")
		Expect(client.Is(err, client.NotFound)).To(BeFalse(), "the secret is not what is gone")
	})

	It("is named when it stands in front of a path", func() {
		o := options(client.Auth{Token: secret.New(token(scenario.Allow("secret/*", "read"), nil))})
		c := newClient(o)
		_, _, err := c.FindMount(ctx, "ops/mistyped/secret/cf")
		says(o, c, err, "permission denied (403): the policy of the token does not permit this")
	})
})
