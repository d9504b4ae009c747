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

var _ = DescribeTable("MayHold", func(pattern, folder string, may bool) {
	Expect(glob.MayHold(pattern, folder)).To(Equal(may))
},
	Entry(nil, "/a/*/x.pem", "/a", true),
	Entry(nil, "/a/*/x.pem", "/a/b", true),
	Entry(nil, "/a/*/x.pem", "/a/b/c", false),
	Entry(nil, "/a/*.pem", "/a/x.pem", false),
	Entry(nil, "/a/b*/x.pem", "/a/c", false),
	Entry(nil, "/a/**", "/a/b/c", true),
	Entry(nil, "/a/**/x.pem", "/a/b/c", true),
	Entry(nil, "/a/**/x.pem", "/b/c", false),
	Entry("a brace over several segments", "/a/{b/c,d}/x.pem", "/a/b/c", true),
)

var _ = Describe("Split", func() {
	It("tells the folder without any wildcard from the rest", func() {
		folder, rest := glob.Split("/a/b/{x,y}.json")
		Expect([]string{folder, rest}).To(Equal([]string{"/a/b", "{x,y}.json"}))
		folder, rest = glob.Split("/a/b.json")
		Expect([]string{folder, rest}).To(Equal([]string{"/a", "b.json"}))
	})
})
