package source_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/reference"
	"cert-health/internal/scenario"
	"cert-health/internal/secret"
	"cert-health/internal/vault/client"
	"cert-health/internal/vault/source"
)

var _ = Describe("a rude server in the place of Vault", func() {
	It("with the certificates of the VM in every secret fills the memory up to a limit", func() {
		var bundle strings.Builder
		wanted := pair("wanted")
		bundle.WriteString(wanted.CertPEM())
		for i := range 499 {
			bundle.WriteString(scenario.Issue(scenario.Spec{CommonName: fmt.Sprint(i)}).CertPEM())
		}
		var names []string
		for i := range 120 {
			names = append(names, fmt.Sprint(i))
		}
		reply := func(w http.ResponseWriter, data any) {
			_ = json.NewEncoder(w).Encode(map[string]any{"data": data})
		}
		rude := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			switch {
			case strings.Contains(r.URL.Path, "/sys/internal/ui/mounts/"):
				reply(w, map[string]any{"path": "kv/", "type": "kv", "options": map[string]any{"version": "2"}})
			case strings.Contains(r.URL.Path, "/kv/data/"):
				reply(w, map[string]any{"data": map[string]any{"ca": bundle.String()}, "metadata": map[string]any{"version": 1}})
			case r.URL.Query().Get("list") != "":
				reply(w, map[string]any{"keys": names})
			default:
				reply(w, map[string]any{"ttl": 0})
			}
		}))
		DeferCleanup(rude.Close)
		o := client.Options{Address: rude.URL, Auth: client.Auth{Token: secret.New("a-token-of-nothing")}}
		answer := newSource(source.Options{Client: o, Mode: source.Data, Paths: []string{"kv"}}).Find(ctx, identities(wanted))
		Expect(answer.State).To(Equal(reference.OK))
		Expect(answer.Read).To(Equal(120))
		Expect(answer.Secrets).To(HaveLen(99), "501 for each secret")
		Expect(answer.Problems).To(ConsistOf(HaveField("Reason",
			"the secrets with the names of this VM's certificates contain more than 50000 certificates, and the rest is not compared: name the deployment's own paths in cert_health.vault.paths")))
	})
})
