package spec_test

import (
	"regexp"
	"slices"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

// policyForKV1 returns the policy for a KV engine of version 1, from the comment of the policy
// for version 2.
func policyForKV1(name, deployment string) string {
	GinkgoHelper()
	var lines []string
	for _, match := range regexp.MustCompile(`(?m)^#   (path .*)$`).FindAllStringSubmatch(policy(name, deployment), -1) {
		lines = append(lines, match[1])
	}
	Expect(lines).NotTo(BeEmpty())
	return strings.Join(lines, "\n")
}

var _ = Describe("Vault's policies, for a KV engine of version 1", Ordered, func() {
	var (
		s      server
		copies = []string{"cert-health/secrets/cf/router/-"}
		theirs = []string{"cert-health/secrets/other/db/-"}
		all    = slices.Concat(everything, copies, theirs)
	)

	BeforeAll(func() {
		s = startVault()
		s.do("DELETE", "sys/mounts/secret", nil)
		s.do("POST", "sys/mounts/secret", object{"type": "kv", "options": object{"version": "1"}})
		for _, path := range slices.Concat(directory, secrets, foreign) {
			s.do("PUT", "secret/"+path, object{"key": private + path})
		}
		for _, path := range slices.Concat(indexes, foreignIndexes, copies, theirs) {
			s.do("PUT", "secret/"+path, object{"cert-health.0": "1"})
		}
	})

	// expect makes all attempts at all paths, with a policy for the deployment cf.
	expect := func(name string, expected rights) (leaks []string) {
		GinkgoHelper()
		granted, leaks := s.tryAll(s.holder(name, policyForKV1(name, "cf")), attemptsKV1, "secret", all...)
		Expect(granted).To(Equal(expected))
		return leaks
	}

	It("let an agent read the publications of its deployment, and no secret", func() {
		Expect(expect("agent", together(each(indexes[:2], "read"), each(copies, "read")))).To(BeEmpty())
	})

	It("let the hub read the publications of all deployments, and no secret", func() {
		Expect(expect("hub", each(slices.Concat(indexes, foreignIndexes, copies, theirs), "list", "read"))).To(BeEmpty())
	})

	It("let an agent in mode data read secrets, as the policy warns, and write nothing", func() {
		Expect(expect("agent-data", together(each(directory, "list"), each(secrets[:2], "list", "read")))).NotTo(BeEmpty())
	})

	It("let the publisher read secrets and write publications, and write no secret", func() {
		Expect(expect("publisher", together(
			each(directory, "list"),
			each(secrets[:2], "list", "read"),
			each(indexes[:2], "create", "delete", "read", "write"),
			each(copies, "create", "delete", "list", "read", "write"),
		))).NotTo(BeEmpty())
	})
})
