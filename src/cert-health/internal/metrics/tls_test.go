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

var _ = DescribeTable("Check refuses", func(address string, t metrics.TLS, complaint string) {
	if complaint == "" {
		Expect(metrics.Check(address, t)).To(Succeed())
		return
	}
	Expect(metrics.Check(address, t)).To(MatchError(ContainSubstring(complaint)))
},
	Entry("no loopback", "127.0.0.1:9793", metrics.TLS{}, ""),
	Entry("nor that of IPv6", "[::1]:9793", metrics.TLS{}, ""),
	Entry("nor any address with mutual TLS", "10.0.0.5:9793", mutual, ""),
	Entry("nor all of them", "0.0.0.0:9793", mutual, ""),
	Entry("any other address without TLS", "10.0.0.5:9793", metrics.TLS{}, "is not on loopback: that needs mutual TLS"),
	Entry("all addresses at once without TLS", "[::]:9793", metrics.TLS{}, "is not on loopback"),
	Entry("any other without client certificates", "10.0.0.5:9793", pairOnly, "is not on loopback"),
	Entry("any other where client certificates are not asked for", "10.0.0.5:9793",
		changed(mutual, func(t *metrics.TLS) { t.ClientAuthType = "VerifyClientCertIfGiven" }), "is not on loopback"),
	Entry("names, which may be anybody's", "localhost:9793", metrics.TLS{}, "is no address and port"),
	Entry("an address without a port", "127.0.0.1", metrics.TLS{}, "is no address and port"),
	Entry("a certificate without its key", "127.0.0.1:9793", metrics.TLS{CertFile: "c"}, "needs both cert_file and key_file"),
	Entry("a CA alone", "127.0.0.1:9793", metrics.TLS{ClientCAFile: "ca"}, "needs both cert_file and key_file"),
	Entry("an unknown policy", "127.0.0.1:9793", changed(mutual, func(t *metrics.TLS) { t.ClientAuthType = "Maybe" }), "unknown client_auth_type"),
	Entry("a policy that verifies nothing", "127.0.0.1:9793", changed(mutual, func(t *metrics.TLS) { t.ClientAuthType = "RequireAnyClientCert" }), "unknown client_auth_type"),
	Entry("a policy without a CA", "127.0.0.1:9793", changed(pairOnly, func(t *metrics.TLS) { t.ClientAuthType = "RequireAndVerifyClientCert" }), "has no client_ca_file"),
	Entry("a CA that nobody is asked for", "127.0.0.1:9793", changed(mutual, func(t *metrics.TLS) { t.ClientAuthType = "NoClientCert" }), "asks no client"),
	Entry("allowed names of clients that need none", "127.0.0.1:9793", changed(pairOnly, func(t *metrics.TLS) { t.ClientAllowedSANs = []string{"a"} }), "client_allowed_sans"),
	Entry("a policy for no TLS", "127.0.0.1:9793", metrics.TLS{ClientAuthType: "RequireAndVerifyClientCert"}, "needs both"),
)
