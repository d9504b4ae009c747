package publish_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/scenario"
	"cert-health/internal/scenario/vaulttest"
	"cert-health/internal/vault/publication"
)

var _ = Describe("a Vault that is unreachable", func() {
	const secrets = 200
	var (
		kv string
		g  *proxy
		s  setting
	)
	BeforeEach(func() {
		kv = server.Engine(2)
		each(secrets, func(i int) { puts(kv, fmt.Sprintf("secret-%03d", i), 1) })
		g = newProxy(server)
		s = below(kv)
		s.address = g.URL
	})

	// after calls guard once this number of secrets is written.
	after := func(writes int, guard func(method, path string) int) {
		g.watch(func(method, path string) int {
			if method == http.MethodPatch && strings.Contains(path, "/secret-") {
				writes--
			}
			if writes >= 0 {
				return 0
			}
			return guard(method, path)
		})
	}

	It("gets no request for the remaining secrets after it stops answering", func() {
		after(50, func(string, string) int { return http.StatusServiceUnavailable })
		result := s.run()
		Expect(len(result.Problems)).To(BeNumerically("<", 30))
		Expect(result.Problems[0].Path).To(BeEmpty())
		Expect(result.Problems[0].Reason).To(MatchRegexp(`^gave up after \d+ secrets; the others are not changed: .*Vault is not ready \(503\)`))
		Expect(len(g.passed())).To(BeNumerically("<", 1+1+1+3*50+200))
		Expect(metadata(kv, "secret-000").Custom).NotTo(BeEmpty())
		listed, err := server.Client.Logical().List(kv + "/metadata/cert-health")
		Expect(err).NotTo(HaveOccurred())
		Expect(listed).To(BeNil(), "an index of what was seen would hide the rest")

		g.watch(nil)
		result = s.run()
		Expect(result.Problems).To(BeEmpty())
		Expect(result.Published).To(Equal(secrets))
		Expect(publishAll(kv).Changes).To(BeEmpty())
	})

	It("is tried again if it is unreachable for a moment", func() {
		asked := map[string]bool{}
		g.watch(func(method, path string) int {
			if request := method + path; !asked[request] {
				asked[request] = true
				return http.StatusTooManyRequests
			}
			return 0
		})
		result := s.run()
		Expect(result.Problems).To(BeEmpty())
		Expect(result.Published).To(Equal(secrets))
	})

	It("omits only the secrets for which Vault does not answer", func() {
		g.watch(func(_, path string) int {
			if strings.HasSuffix(path, "/secret-007") {
				return http.StatusInternalServerError
			}
			return 0
		})
		result := s.run()
		Expect(result.Problems).To(HaveLen(1))
		Expect(result.Problems[0].String()).To(HavePrefix(kv + "/secret-007: read its metadata: Vault answered 500"))
		Expect(result.Published).To(Equal(secrets - 1))
	})

	It("ends the run when the token is revoked, with a problem for each secret", func() {
		s.token = server.LimitedToken(scenario.Allow(kv+"/*", "create", "read", "update", "patch", "list"))
		after(50, func(string, string) int {
			g.guard = nil
			_, err := server.Client.Logical().Write("auth/token/revoke", map[string]any{"token": s.token})
			Expect(err).NotTo(HaveOccurred())
			return 0
		})
		result := s.run()
		Expect(result.Failed).To(BeNumerically(">", 100))
		Expect(result.Problems[0].Reason).To(ContainSubstring("Vault does not know the token (403)"))
		for _, problem := range result.Problems {
			Expect(problem.Reason).NotTo(ContainSubstring(s.token))
		}
	})

	It("is given up as early if it was unreachable before", func() {
		p := s.publisher()
		_, err := p.Run(ctx)
		Expect(err).NotTo(HaveOccurred())
		g.watch(func(string, string) int { return http.StatusServiceUnavailable })
		for range 60 {
			_, err := p.Run(ctx)
			Expect(err).To(HaveOccurred())
		}
		asked := 0
		g.watch(func(string, string) int {
			if asked++; asked > 20 {
				return http.StatusServiceUnavailable
			}
			return 0
		})
		result, err := p.Run(ctx)
		Expect(err).NotTo(HaveOccurred())
		Expect(len(result.Problems)).To(BeNumerically("<", 30))
	})

	It("is reported with the same sentence as long as it lasts", func() {
		p := s.publisher()
		_, err := p.Run(ctx)
		Expect(err).NotTo(HaveOccurred())
		g.watch(func(string, string) int { return http.StatusServiceUnavailable })
		_, first := p.Run(ctx)
		Expect(first).To(MatchError(HavePrefix("nothing could be published: " + kv + "/: Vault is not ready (503)")))
		for range 20 {
			_, err = p.Run(ctx)
			Expect(err).To(MatchError(first.Error()))
		}
		g.watch(nil)
		Expect(p.Run(ctx)).To(HaveField("Problems", BeEmpty()))
	})

	It("keeps an index whose parts it cannot read", func() {
		publishAll(kv)
		server.WriteSecret(kv, "more", pair("more").Safe())
		before := dump(kv, 2)
		g.watch(func(method, path string) int {
			if method == http.MethodGet && (strings.Contains(path, "cert-health/index/0-of") || strings.HasSuffix(path, "/secret-007")) {
				return http.StatusInternalServerError
			}
			return 0
		})
		result := s.run()
		Expect(result.Problems).To(HaveLen(2))
		Expect(result.Problems[0].Path).To(Equal(kv + "/" + publication.IndexPath("")))
		for path, contents := range dump(kv, 2) {
			if strings.Contains(path, "cert-health/index") {
				Expect(contents).To(Equal(before[path]))
			}
		}
	})

	It("gets no further requests after an interruption", func() {
		interrupted, cancel := context.WithCancel(ctx)
		defer cancel()
		after(50, func(string, string) int { cancel(); return 0 })
		result, err := s.publisher().Run(interrupted)
		Expect(err).To(MatchError(context.Canceled))
		Expect(result.Problems).To(BeEmpty(), "an interruption is not a problem of a secret")
		Expect(result.Secrets).To(BeNumerically("<", 100))
		Expect(publishAll(kv).Published).To(Equal(secrets))
	})
})

var _ = Describe("a Vault that is sealed", func() {
	It("in the middle of a run ends it with one sentence and the remedy", func() {
		vault := vaulttest.Start(scenario.DevVaultOptions{})
		for i := range 100 {
			Expect(vault.Put(ctx, fmt.Sprint("secret-", i), pair("x").Safe())).To(Succeed())
		}
		g := newProxy(vault)
		writes := 0
		g.watch(func(method, _ string) int {
			if method == http.MethodPatch {
				if writes++; writes == 20 {
					Expect(vault.Client.Sys().Seal()).To(Succeed())
				}
			}
			return 0
		})
		s := below("secret")
		s.address, s.token = g.URL, vault.Token
		result := s.run()
		Expect(result.Problems[0].Reason).To(MatchRegexp(`^gave up after \d+ secrets; the others are not changed: .*Vault is sealed \(503\)`))
		_, err := s.publisher().Run(ctx)
		Expect(err).To(MatchError(ContainSubstring("Vault is sealed (503)")))
	})
})
