package client_test

import (
	"net/http"
	"strconv"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/vault/client"
)

func answer(headers ...string) *http.Response {
	r := &http.Response{Header: http.Header{}}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return r
}

var _ = Describe("the wait before a retry", func() {
	const shortest, longest = 100 * time.Millisecond, 10 * time.Second
	It("is random, up to a bound that doubles", func() {
		for attempt := range 64 {
			bound := min(longest, shortest<<min(attempt, 20))
			least, most := longest, time.Duration(0)
			for range 1000 {
				wait := client.Backoff(shortest, longest, attempt, nil)
				least, most = min(least, wait), max(most, wait)
			}
			Expect(least).To(And(BeNumerically(">=", 0), BeNumerically("<", bound/10)))
			Expect(most).To(And(BeNumerically(">", bound-bound/10), BeNumerically("<", bound)))
		}
	})
	It("is added to the wait that Vault requests", func() {
		for range 1000 {
			Expect(client.Backoff(shortest, longest, 1, answer("Retry-After", "7"))).To(And(
				BeNumerically(">=", 7*time.Second), BeNumerically("<", 7*time.Second+2*shortest)))
		}
	})
	DescribeTable("Vault, or a proxy in front of it, requests", func(header string, expected time.Duration) {
		Expect(client.RetryAfter(answer("Retry-After", header, "Date", "Mon, 02 Mar 2026 10:00:00 GMT"))).To(Equal(expected))
	},
		Entry("seconds", "3", 3*time.Second),
		Entry("a time", "Mon, 02 Mar 2026 10:00:20 GMT", 20*time.Second),
		Entry("a time in the past", "Mon, 02 Mar 2026 09:00:00 GMT", time.Duration(0)),
		Entry("an hour, limited to a minute", "3600", time.Minute),
		Entry("a time in years", "Mon, 02 Mar 2099 10:00:20 GMT", time.Minute),
		Entry("a number that is too large", "9223372036854775807", time.Minute),
		Entry("a negative number", "-5", time.Duration(0)),
		Entry("nonsense", "soon", time.Duration(0)),
		Entry("nothing", "", time.Duration(0)),
	)
	It("is what a real Vault requests", func() {
		name := server.Engine(2)
		server.Write("sys/quotas/config", map[string]any{"enable_rate_limit_response_headers": true})
		server.Write("sys/quotas/rate-limit/"+name, map[string]any{"path": name, "rate": 1, "interval": "40s"})
		DeferCleanup(func() {
			_, _ = server.Client.Logical().Delete("sys/quotas/rate-limit/" + name)
			server.Write("sys/quotas/config", map[string]any{"enable_rate_limit_response_headers": false})
		})
		var refused *http.Response
		Eventually(func() int {
			raw := server.Client.NewRequest("GET", "/v1/"+name+"/metadata/x")
			config := server.Client.CloneConfig()
			request, err := http.NewRequest(http.MethodGet, raw.URL.String(), nil)
			Expect(err).NotTo(HaveOccurred())
			request.Header.Set("X-Vault-Token", server.Token)
			refused, err = config.HttpClient.Do(request)
			Expect(err).NotTo(HaveOccurred())
			Expect(refused.Body.Close()).To(Succeed())
			return refused.StatusCode
		}).Should(Equal(http.StatusTooManyRequests))
		seconds, err := strconv.Atoi(refused.Header.Get("Retry-After"))
		Expect(err).NotTo(HaveOccurred())
		Expect(seconds).To(BeNumerically(">", 0))
		Expect(client.Backoff(shortest, longest, 0, refused)).To(BeNumerically(">=", min(time.Duration(seconds)*time.Second, time.Minute)))
	})
})
