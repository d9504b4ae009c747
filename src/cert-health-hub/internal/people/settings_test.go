package people_test

import (
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/hub/internal/people"
	"cert-health/internal/strict"
)

var _ = Describe("the settings of the login", func() {
	read := func(text string) strict.Problems {
		o := people.Default()
		return strict.YAML([]byte(text), "login", &o)
	}

	It("are right as they are in an empty file", func() {
		o := people.Default()
		Expect(o.Problems()).To(BeEmpty())
		Expect(o.CheckListen(":8443")).To(BeEmpty())
	})

	It("take all keys", func() {
		Expect(read(`login: {local: false, session_time: 8h, oidc: {issuer: "https://uaa.example.com/oauth/token", client_id: hub,
			client_secret: hunter2, ca_cert: /x/ca.pem, groups_claim: roles, roles: {operator: [a], viewer: [b]}}}`)).To(BeEmpty())
	})

	DescribeTable("with a fault are refused, and quote no secret", func(text, wrong string) {
		problems := read(text)
		Expect(problems).To(ContainElement(ContainSubstring(wrong)))
		Expect(problems.Error()).NotTo(ContainSubstring("hunter2"))
	},
		Entry("two answers", `login: {none: true}`, "none must be false"),
		Entry("no answer", `login: {local: false}`, "local must be true"),
		Entry("public without none", `login: {insecure_public_none: true}`, "insecure_public_none must be false"),
		Entry("a long session", `login: {session_time: 31d}`, "session_time"),
		Entry("no issuer", `login: {oidc: {client_secret: hunter2}}`, "oidc.issuer must be a URL"),
		Entry("an issuer without TLS", `login: {oidc: {issuer: "http://idp.example.com", client_id: a}}`, "must begin with https://"),
		Entry("an issuer with a password", `login: {oidc: {issuer: "https://a:hunter2@idp.example.com"}}`, "oidc.issuer must be a URL"),
		Entry("no client", `login: {oidc: {issuer: "https://idp.example.com"}}`, "oidc.client_id is missing"),
		Entry("no roles", `login: {oidc: {issuer: "https://idp.example.com", client_id: a}}`, "oidc.roles is missing"),
		Entry("an empty group", `login: {oidc: {issuer: "https://idp.example.com", client_id: a, roles: {viewer: [""]}}}`, "no empty group"),
		Entry("a relative path", `login: {oidc: {issuer: "https://idp.example.com", ca_cert: ca.pem}}`, "oidc.ca_cert must be an absolute path"),
		Entry("an unknown key", `login: {oidc: {isuer: a}}`, "isuer"))

	DescribeTable("without a login need a loopback address", func(address string, right bool) {
		o := people.Options{None: true, SessionTime: time.Hour}
		Expect(o.CheckListen(address) == nil).To(Equal(right))
		o.InsecurePublicNone = true
		Expect(o.CheckListen(address)).To(BeEmpty())
	},
		Entry(nil, "127.0.0.1:8443", true), Entry(nil, "[::1]:8443", true), Entry(nil, "localhost:1", true),
		Entry(nil, ":8443", false), Entry(nil, "0.0.0.0:8443", false), Entry(nil, "[::]:8443", false), Entry(nil, "10.0.0.1:8443", false))
})
