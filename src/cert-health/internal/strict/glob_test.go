package strict_test

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/strict"
)

var _ = DescribeTable("Match", func(pattern, name string, matches bool) {
	Expect(strict.CheckPathGlob(pattern)).To(Succeed())
	Expect(strict.Match(pattern, name)).To(Equal(matches))
},
	Entry(nil, "/a/*.pem", "/a/x.pem", true),
	Entry(nil, "/a/*.pem", "/a/b/x.pem", false),
	Entry(nil, "/a/**", "/a/b/x.pem", true),
	Entry(nil, "**/*.{crt,pem}", "/a/b/x.crt", true),
	Entry(nil, "/a", "/ab", false),
)

var _ = Describe("CheckGlob", func() {
	It("refuses what can never match", func() {
		for _, pattern := range []string{"/a[", "/{a", `/a\`} {
			Expect(strict.CheckGlob(pattern)).NotTo(Succeed(), pattern)
			Expect(strict.Match(pattern, "/a")).To(BeFalse())
		}
		Expect(strict.CheckPathGlob("a/*")).To(MatchError(ContainSubstring(`write "**/a/*"`)))
	})
})

var _ = DescribeTable("MayHold", func(pattern, directory string, may bool) {
	Expect(strict.MayHold(pattern, directory)).To(Equal(may))
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

var _ = Describe("SplitGlob", func() {
	It("separates the directory without wildcards from the rest", func() {
		directory, rest := strict.SplitGlob("/a/b/{x,y}.json")
		Expect([]string{directory, rest}).To(Equal([]string{"/a/b", "{x,y}.json"}))
		directory, rest = strict.SplitGlob("/a/b.json")
		Expect([]string{directory, rest}).To(Equal([]string{"/a", "b.json"}))
	})
})
