package knowledge_test

import (
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"pgregory.net/rapid"

	"cert-health/internal/knowledge"
)

var _ = Describe("the words of a line", func() {
	match := func(text, line string) (knowledge.Captures, string) {
		GinkgoHelper()
		t, err := knowledge.ParseText(text)
		Expect(err).NotTo(HaveOccurred())
		c, from, to, ok := t.Match(line, strings.ToLower(line))
		if !ok {
			return c, ""
		}
		return c, line[from:to]
	}
	end := time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC)

	DescribeTable("have times as each stack writes them", func(written string) {
		c, found := match("ends at {end} today", "it ENDS at "+written+" today.")
		Expect(found).To(Equal("ENDS at " + written + " today"))
		Expect(c.End).To(BeTemporally("==", end))
	},
		Entry("Go", "2026-11-21T00:00:00Z"), Entry("Go, with a zone", "2026-11-21T01:00:00+01:00"), Entry("OpenSSL", "Nov 21 00:00:00 2026 GMT"),
		Entry("Java", "Sat Nov 21 00:00:00 UTC 2026"), Entry("logs", "2026-11-21 00:00:00 UTC"), Entry("Go's String", "2026-11-21 00:00:00 +0000 UTC"))

	It("have no time in a zone whose distance from UTC is not known", func() {
		c, found := match("ends at {end}", "ends at Sat Nov 21 00:00:00 CET 2026")
		Expect(found).NotTo(BeEmpty())
		Expect(c.End).To(BeZero())
	})

	It("have peers and names before and behind them, without the marks behind these", func() {
		c, _ := match("error from {peer}: bad", "x error from 10.0.1.5:4143: bad")
		Expect(c.Peer).To(Equal("10.0.1.5:4143"))
		c, _ = match("client: {peer}, server", "client: 10.0.1.5, server: x")
		Expect(c.Peer).To(Equal("10.0.1.5"))
		c, found := match("{peer} - refused", "[1] 10.0.1.5:4143 - refused")
		Expect(c.Peer).To(Equal("10.0.1.5:4143"))
		Expect(found).To(Equal("10.0.1.5:4143 - refused"))
		c, _ = match("valid for {...}, not {name}", "valid for a, b, not c.example.")
		Expect(c.Name).To(Equal("c.example"))
		c, _ = match(`cannot load "{file}"`, `cannot load "/a b/c.crt": no`)
		Expect(c.File).To(Equal("/a b/c.crt"))
	})

	It("are found at a later place if an earlier one does not fit", func() {
		_, found := match("code {number} was", "code x was, code 17 was")
		Expect(found).To(Equal("code 17 was"))
		_, found = match("code {number} was", "code x was")
		Expect(found).To(BeEmpty())
	})

	It("are found in any line without a fault", func() {
		rapid.Check(GinkgoT(), func(t *rapid.T) {
			texts := []string{"a {end} b", "{peer} ab", "x {...} y {name}", "q {subject}\"", "n {number} {word}", "ab"}
			text, err := knowledge.ParseText(rapid.SampledFrom(texts).Draw(t, "text"))
			if err != nil {
				t.Fatal(err)
			}
			line := rapid.StringMatching(`[ab xyqn"0-9TZ:.\-\[\]]{0,60}`).Draw(t, "line")
			if _, from, to, ok := text.Match(line, strings.ToLower(line)); ok && (from > to || to > len(line)) {
				t.Fatalf("%d to %d of %q", from, to, line)
			}
		})
	})
})
