package publish_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/scenario"
)

// keyTexts returns parts of a private key in several encodings. Each part is so long that it
// identifies the key.
func keyTexts(p *scenario.Pair) []string {
	pem := p.KeyPEM()
	texts := []string{base64.StdEncoding.EncodeToString([]byte(pem))[40:80]}
	for _, line := range strings.Split(pem, "\n") {
		if len(line) > 30 && !strings.HasPrefix(line, "-") {
			texts = append(texts, line[:30], line[len(line)-30:])
		}
	}
	return texts
}

var _ = Describe("a private key", func() {
	for _, version := range []int{1, 2} {
		It("is not in any request or output", func() {
			kv := server.Engine(version)
			secret := func(path string, data map[string]any) {
				if version == 2 {
					server.WriteSecret(kv, path, data)
				} else {
					server.Write(kv+"/"+path, data)
				}
			}
			var secrets []string
			for i := range 10 {
				ca := scenario.Issue(scenario.Spec{CommonName: "ca", CA: true, Key: scenario.RSA})
				leaf := scenario.Issue(scenario.Spec{CommonName: fmt.Sprint("leaf ", i), Issuer: ca})
				password := fmt.Sprint("pass-word-of-", i, "-nobody")
				secrets = append(append(append(secrets, keyTexts(ca)...), keyTexts(leaf)...), password)
				secret(fmt.Sprint("safe-", i), leaf.Safe())
				secret(fmt.Sprint("ca-", i), ca.Safe())
				secret(fmt.Sprint("mixed-", i), map[string]any{
					"bundle":   leaf.KeyPEM() + leaf.CertPEM() + ca.CertPEM() + ca.KeyPEM(),
					"encoded":  base64.StdEncoding.EncodeToString([]byte(leaf.CertPEM() + leaf.KeyPEM())),
					"broken":   leaf.CertPEM()[:300] + leaf.KeyPEM(),
					"password": password, "key": leaf.KeyPEM(), "private_key": ca.KeyPEM(), "nested": map[string]any{"key": leaf.KeyPEM()},
				})
			}
			s := below(kv, kv+"/mistyped", kv+"/safe-1")
			s.token = server.LimitedToken(scenario.Allow(kv+"/*", "create", "read", "update", "patch", "list", "delete") + scenario.Allow(kv+"/data/safe-3", "deny") + scenario.Allow(kv+"/safe-3", "deny"))
			secrets = append(secrets, s.token, server.Token)
			before := dump(kv, version)
			result := s.run()
			Expect(result.Problems).NotTo(BeEmpty())
			Expect(result.Published).To(Equal(29))
			said, err := json.Marshal(result)
			Expect(err).NotTo(HaveOccurred())

			written := 0
			for path, contents := range dump(kv, version) {
				if contents == before[path] || strings.Contains(path, "/data/") {
					continue // which Vault shows custom metadata with
				}
				written++
				for _, secret := range secrets {
					Expect(strings.Contains(contents, secret)).To(BeFalse(), "a secret stands in %s", path)
				}
			}
			Expect(written).To(Equal(29+2*2), "the secrets, and two indexes of a head and a part")
			for _, secret := range secrets {
				Expect(strings.Contains(string(said), secret)).To(BeFalse(), "a secret was said")
			}
		})
	}
})
