package client_test

import (
	"net/http"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/secret"
	"cert-health/internal/vault/client"
)

var _ = Describe("a setting", func() {
	fromVariables := client.Environment{Address: "VAULT_AGENT_ADDR", Token: true, Rate: true}

	It("has the name of its property in the messages of an agent", func() {
		Expect(client.NamesOfSettings(client.Options{})).To(HaveEach(MatchRegexp(`^cert_health\.vault\.[a-z_.]+$`)))
	})
	It("has the name of its variable or flag if Vault is configured by variables", func() {
		Expect(client.NamesOfSettings(client.Options{Environment: fromVariables})).To(Equal([]string{
			"VAULT_AGENT_ADDR", "VAULT_NAMESPACE", "VAULT_CACERT", "VAULT_CLIENT_CERT and VAULT_CLIENT_KEY", "VAULT_TOKEN", "--vault-path", "VAULT_RATE_LIMIT",
			"vault.timeout in a configuration (--config)", "vault.max_secrets in a configuration (--config)",
			"vault.mount in a configuration (--config)", "vault.kv_version in a configuration (--config)",
			"vault.redirect_hosts in a configuration (--config)",
		}))
	})
	It("has the name of its property if it was configured, although the address is from a variable", func() {
		o := client.Options{Environment: client.Environment{Address: "VAULT_ADDR"}, Auth: client.Auth{Cert: client.Cert{Certificate: "/c"}}}
		Expect(client.NamesOfSettings(o)).To(ContainElements("cert_health.vault.auth.cert", "cert_health.vault.auth.token", "VAULT_ADDR"))
	})

	It("is named by each kind of message", func() {
		p := behind(func(w http.ResponseWriter, _ *http.Request) bool {
			w.WriteHeader(http.StatusTooManyRequests)
			return true
		})
		o := p.through(options(client.Auth{Token: secret.New(server.Token)}))
		o.Environment, o.MaxRetries = fromVariables, -1
		fails(o, "look up the token: Vault limits the rate of requests (429): lower VAULT_RATE_LIMIT, or raise the quota in Vault (vault list sys/quotas/rate-limit)")

		o = options(client.Auth{Token: secret.New(credential("hvs.never-existed-at-all"))})
		o.Environment = fromVariables
		fails(o, isUnknown+"it is wrong, has expired, was revoked, or was used up: run vault login, or set VAULT_TOKEN to a new token")

		o.Auth.Token = secret.New("")
		fails(o, "there is no token: run vault login, or set VAULT_TOKEN or cert_health.vault.auth")
	})
})

var _ = Describe("the limits in the environment", func() {
	read := func(env map[string]string) (client.Options, error) {
		o := client.Options{Rate: 3}
		err := o.AddLimits(func(name string) string { return env[name] })
		return o, err
	}
	It("are those of the vault program", func() {
		o, err := read(map[string]string{"VAULT_RATE_LIMIT": "20:40", "VAULT_MAX_RETRIES": "7", "VAULT_CLIENT_TIMEOUT": "90"})
		Expect(err).NotTo(HaveOccurred())
		Expect([]any{o.Rate, o.Burst, o.MaxRetries, o.RequestTime}).To(Equal([]any{20.0, 40, 7, 90 * time.Second}))
		o, err = read(map[string]string{"VAULT_RATE_LIMIT": "0.5", "VAULT_MAX_RETRIES": "0", "VAULT_CLIENT_TIMEOUT": "2m"})
		Expect(err).NotTo(HaveOccurred())
		Expect([]any{o.Rate, o.Burst, o.RequestTime}).To(Equal([]any{0.5, 1, 2 * time.Minute}))
		Expect(o.MaxRetries).To(BeNumerically("<", 0))
	})
	It("leave the options as they are if there are none", func() {
		Expect(read(nil)).To(Equal(client.Options{Rate: 3}))
	})
	DescribeTable("are rejected by name", func(variable, value string) {
		_, err := read(map[string]string{variable: value})
		Expect(err).To(MatchError(HavePrefix(variable + `="` + value + `" is not valid: it must be a number`)))
	},
		Entry(nil, "VAULT_RATE_LIMIT", "fast"), Entry(nil, "VAULT_RATE_LIMIT", "NaN"), Entry(nil, "VAULT_RATE_LIMIT", "20:"), Entry(nil, "VAULT_RATE_LIMIT", "0"),
		Entry(nil, "VAULT_MAX_RETRIES", "-1"), Entry(nil, "VAULT_CLIENT_TIMEOUT", "soon"), Entry(nil, "VAULT_CLIENT_TIMEOUT", "-5s"))

	It("apply to requests", func() {
		hang := make(chan struct{})
		asked := 0
		p := behind(func(w http.ResponseWriter, _ *http.Request) bool {
			if asked++; asked == 1 {
				w.WriteHeader(http.StatusServiceUnavailable)
				return true
			}
			<-hang
			return true
		})
		DeferCleanup(func() { close(hang) })
		o := p.through(options(client.Auth{Token: secret.New(server.Token)}))
		Expect(o.AddLimits(func(name string) string {
			return map[string]string{"VAULT_MAX_RETRIES": "0", "VAULT_CLIENT_TIMEOUT": "50ms"}[name]
		})).To(Succeed())
		c := newClient(o)
		Expect(c.Authenticate(ctx)).To(MatchError(ContainSubstring("Vault is not ready (503)")))
		Expect(asked).To(Equal(1), "no retry")
		Expect(newClient(o).Authenticate(ctx)).To(MatchError("look up the token: Vault did not answer in time"))
	})
})
