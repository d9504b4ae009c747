package vault_test

import (
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/scenario/vaulttest"
	"cert-health/internal/secret"
)

var _ = Describe("the policy of the hub", func() {
	It("permits everything that a collection needs", func() {
		kv, pki := server.Engine(2), engine()
		server.WriteSecret(kv, "d/x", pair("old").Safe())
		server.WriteSecret(kv, "d/x", pair("new").Safe())
		serial := issue(pki, "issued.example")
		rules := strings.ReplaceAll(vaulttest.Policy("vault-policy-hub-data.hcl", kv, ""), `"pki/`, `"`+pki+`/`)
		policy, err := server.NewPolicy(ctx, rules)
		Expect(err).NotTo(HaveOccurred())
		token := server.Write("auth/token/create", map[string]any{"policies": []string{policy}, "no_default_policy": true, "ttl": "1h"}).Auth.ClientToken
		o := options("*")
		o.Client.Auth.Token, o.PKI, o.History = secret.New(token), []string{"*"}, 1
		m := &memory{}
		s := open(o)
		for range 2 {
			Expect(m.collect(s).Unseen).To(BeEmpty())
			Expect(m.shown(kv + "/d/x")).To(Equal([]string{"certificate new current 2", "certificate old previous 1"}))
			Expect(m.shown(pki + "/cert/" + serial)).To(Equal([]string{"issued.example current"}))
		}
		server.Write(pki+"/revoke", map[string]any{"serial_number": serial})
		Expect(m.collect(s).Unseen).To(BeEmpty())
		Expect(m.shown(pki + "/cert/" + serial)).To(Equal([]string{"issued.example revoked"}))
	})
})
