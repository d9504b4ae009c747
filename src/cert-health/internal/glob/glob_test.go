package glob_test

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/glob"
)

var _ = DescribeTable("Match", func(pattern, name string, matches bool) {
	Expect(glob.CheckPath(pattern)).To(Succeed())
	Expect(glob.Match(pattern, name)).To(Equal(matches))
},
	Entry(nil, "/a/*.pem", "/a/x.pem", true),
	Entry(nil, "/a/*.pem", "/a/b/x.pem", false),
	Entry(nil, "/a/**", "/a/b/x.pem", true),
	Entry(nil, "**/*.{crt,pem}", "/a/b/x.crt", true),
	Entry(nil, "/a", "/ab", false),
)

var _ = Describe("Check", func() {
	It("refuses what can never match", func() {
		for _, pattern := range []string{"/a[", "/{a", `/a\`} {
			Expect(glob.Check(pattern)).NotTo(Succeed(), pattern)
			Expect(glob.Match(pattern, "/a")).To(BeFalse())
		}
		Expect(glob.CheckPath("a/*")).To(MatchError(ContainSubstring(`write "**/a/*"`)))
	})
})
