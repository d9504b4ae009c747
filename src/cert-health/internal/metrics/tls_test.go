package metrics_test

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/metrics"
)

var (
	pairOnly = metrics.TLS{CertFile: "c", KeyFile: "k"}
	mutual   = metrics.TLS{CertFile: "c", KeyFile: "k", ClientCAFile: "ca"}
)

func changed(t metrics.TLS, change func(*metrics.TLS)) metrics.TLS {
	change(&t)
	return t
}

var _ = DescribeTable("Check refuses", func(address string, t metrics.TLS, problem string) {
	if problem == "" {
		Expect(metrics.Check(address, t)).To(Succeed())
		return
	}
	Expect(metrics.Check(address, t)).To(MatchError(ContainSubstring(problem)))
},
	Entry("not an address on loopback", "127.0.0.1:9793", metrics.TLS{}, ""),
	Entry("not an IPv6 address on loopback", "[::1]:9793", metrics.TLS{}, ""),
	Entry("not any address with mutual TLS", "10.0.0.5:9793", mutual, ""),
	Entry("not all addresses with mutual TLS", "0.0.0.0:9793", mutual, ""),
	Entry("any other address without TLS", "10.0.0.5:9793", metrics.TLS{}, "is not a loopback address: it needs mutual TLS"),
	Entry("all addresses at once without TLS", "[::]:9793", metrics.TLS{}, "is not a loopback address"),
	Entry("any other address without client certificates", "10.0.0.5:9793", pairOnly, "is not a loopback address"),
	Entry("any other address with optional client certificates", "10.0.0.5:9793",
		changed(mutual, func(t *metrics.TLS) { t.ClientAuthType = "VerifyClientCertIfGiven" }), "is not a loopback address"),
	Entry("host names, which may resolve to any address", "localhost:9793", metrics.TLS{}, "is not an address with a port"),
	Entry("an address without a port", "127.0.0.1", metrics.TLS{}, "is not an address with a port"),
	Entry("a certificate without its key", "127.0.0.1:9793", metrics.TLS{CertFile: "c"}, "needs both certificate and private_key"),
	Entry("a CA alone", "127.0.0.1:9793", metrics.TLS{ClientCAFile: "ca"}, "needs both certificate and private_key"),
	Entry("an unknown policy", "127.0.0.1:9793", changed(mutual, func(t *metrics.TLS) { t.ClientAuthType = "Maybe" }), "unknown client_auth_type"),
	Entry("a policy that verifies nothing", "127.0.0.1:9793", changed(mutual, func(t *metrics.TLS) { t.ClientAuthType = "RequireAnyClientCert" }), "unknown client_auth_type"),
	Entry("a policy without a CA", "127.0.0.1:9793", changed(pairOnly, func(t *metrics.TLS) { t.ClientAuthType = "RequireAndVerifyClientCert" }), "has no client_ca"),
	Entry("a CA with a policy that requests no certificate", "127.0.0.1:9793", changed(mutual, func(t *metrics.TLS) { t.ClientAuthType = "NoClientCert" }), "requests no client certificate"),
	Entry("allowed names of clients that need none", "127.0.0.1:9793", changed(pairOnly, func(t *metrics.TLS) { t.ClientAllowedSANs = []string{"a"} }), "client_allowed_sans"),
	Entry("a policy without TLS", "127.0.0.1:9793", metrics.TLS{ClientAuthType: "RequireAndVerifyClientCert"}, "needs both"),
)
