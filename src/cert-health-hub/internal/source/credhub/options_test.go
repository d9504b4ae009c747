package credhub_test

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/hub/internal/source/credhub"
	"cert-health/internal/strict"
)

var _ = DescribeTable("the options", func(text string, problems ...string) {
	options := credhub.Defaults()
	Expect(strict.YAML([]byte(text), "", &options)).To(HaveExactElements(problems))
},
	Entry("a client", "{address: 'https://c:8844', client_id: hub, client_secret: s}"),
	Entry("a certificate", "{address: 'https://c:8844', certificate: /c, private_key: /k, paths: [/cf], exclude: ['/cf/x/**']}"),
	Entry("nothing", "{}", "address is missing: add it, as in https://credhub.service.cf.internal:8844",
		"client_id is missing: add a client of UAA with the scopes credhub.read and credhub.write, or set certificate and private_key"),
	Entry("no TLS", "{address: 'http://c:8844', client_id: hub, client_secret: s}", "address must be an address such as https://credhub.service.cf.internal:8844"),
	Entry("a password in the address", "{address: 'https://u:s3cr3t@c', client_id: hub, client_secret: s}", "address must have no user, no query and no fragment: write https://credhub.service.cf.internal:8844"),
	Entry("both", "{address: 'https://c', client_id: hub, certificate: /c}", "client_id and certificate cannot be set together: choose one way to log in"),
	Entry("half a pair", "{address: 'https://c', certificate: /c}", "certificate and private_key must be set together"),
	Entry("no secret", "{address: 'https://c', client_id: hub}", "client_secret is missing"),
	Entry("a pattern as a path", "{address: 'https://c', client_id: hub, client_secret: s, paths: ['cf/*'], concurrency: 100}",
		"paths[0] must begin with / and have no *: everything below a path is searched", "concurrency must be at most 64"),
)
