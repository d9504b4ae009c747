package validate_test

import (
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/cert"
	"cert-health/internal/vault/validate"
)

var _ = DescribeTable("ValidFor", func(sans, name string, valid bool) {
	Expect(validate.ValidFor(&cert.Certificate{CommonName: "cn", SANs: strings.Fields(sans)}, name)).To(Equal(valid))
},
	Entry(nil, "a.example", "a.example", true),
	Entry(nil, "a.example", "A.EXAMPLE.", true),
	Entry(nil, "a.example", "b.example", false),
	Entry("the common name does not count", "a.example", "cn", false),
	Entry("a wildcard before another name hides nothing", "*.foo.com localhost", "localhost", true),
	Entry(nil, "*.foo.com", "a.FOO.com", true),
	Entry(nil, "*.foo.com", "foo.com", false),
	Entry(nil, "*.foo.com", "a.b.foo.com", false),
	Entry(nil, "*.*.foo.com", "a.b.foo.com", false),
	Entry(nil, "a*.foo.com", "ab.foo.com", false),
	Entry(nil, "*.foo.com", "*.foo.com", true),
	Entry(nil, "*.foo.com", "*.a.foo.com", false),
	Entry(nil, "*.com", "foo.com", false),
	Entry(nil, "10.0.0.1", "10.0.0.1", true),
	Entry(nil, "fd00::1", "FD00:0::1", true),
	Entry(nil, "::ffff:10.0.0.1", "10.0.0.1", true),
	Entry(nil, "*.0.0.1", "10.0.0.1", false),
	Entry(nil, "a@Example.com", "a@example.COM", true),
	Entry(nil, "a@example.com", "A@example.com", false),
	Entry(nil, "example.com", "a@example.com", false),
	Entry(nil, "spiffe://cf/a", "spiffe://cf/a", true),
	Entry(nil, "spiffe://cf/a", "spiffe://CF/a", false),
	Entry(nil, "", "x", false),
)
