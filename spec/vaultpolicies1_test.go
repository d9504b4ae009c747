package spec_test

import (
	"regexp"
	"slices"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

// policy1 is that for an engine of version 1, from the lines in its comment.
func policy1(name, deployment string) string {
	GinkgoHelper()
	var lines []string
	for _, match := range regexp.MustCompile(`(?m)^#   (path .*)$`).FindAllStringSubmatch(policy(name, deployment), -1) {
		lines = append(lines, match[1])
	}
	Expect(lines).NotTo(BeEmpty())
	return strings.Join(lines, "\n")
}

var _ = Describe("Vault's policies, for an engine of version 1", Ordered, func() {
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
		for _, path := range slices.Concat(folder, secrets, foreign) {
			s.do("PUT", "secret/"+path, object{"key": private + path})
		}
		for _, path := range slices.Concat(indexes, foreignIndexes, copies, theirs) {
			s.do("PUT", "secret/"+path, object{"cert-health.0": "1"})
		}
	})

	// expect tries all at all paths, with the lines in the comment of a policy for cf.
	expect := func(name string, expected rights) (leaks []string) {
		GinkgoHelper()
		granted, leaks := s.tryAll(s.holder(name, policy1(name, "cf")), attempts1, "secret", all...)
		Expect(granted).To(Equal(expected))
		return leaks
	}

	It("let an agent read the documents about its deployment, and no secret", func() {
		Expect(expect("agent", together(each(indexes[:2], "read"), each(copies, "read")))).To(BeEmpty())
	})

	It("let the hub read the documents about all, and no secret", func() {
		Expect(expect("hub", each(slices.Concat(indexes, foreignIndexes, copies, theirs), "list", "read"))).To(BeEmpty())
	})

	It("let an agent in mode data read secrets, as its policy warns, and write nothing", func() {
		Expect(expect("agent-data", together(each(folder, "list"), each(secrets[:2], "list", "read")))).NotTo(BeEmpty())
	})

	It("let the publisher read secrets and write documents, and write no secret", func() {
		Expect(expect("publisher", together(
			each(folder, "list"),
			each(secrets[:2], "list", "read"),
			each(indexes[:2], "create", "delete", "read", "write"),
			each(copies, "create", "delete", "list", "read", "write"),
		))).NotTo(BeEmpty())
	})
})
