package main

import (
	"bytes"
	"encoding/json"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

var _ = Describe("guard", func() {
	through := func(colour bool, pieces ...string) string {
		var out bytes.Buffer
		g := &guard{out: &out, colour: colour}
		for _, piece := range pieces {
			Expect(g.Write([]byte(piece))).To(Equal(len(piece)))
		}
		Expect(g.flush()).To(Succeed())
		return out.String()
	}

	DescribeTable("passes on text that no terminal obeys", func(text, clean string) {
		Expect(through(false, text)).To(Equal(clean))
		Expect(through(false, strings.Split(text, "")...)).To(Equal(clean), "in whatever pieces it comes")
	},
		Entry("lines", "a\n\nb ü 中\n", "a\n\nb ü 中\n"),
		Entry("without a last line break", "a", "a"),
		Entry("an escape sequence", "a\x1b[2J\n", `a\u001b[2J`+"\n"),
		Entry("the eight-bit form of one", "\u009b31m\n", `\u009b31m`+"\n"),
		Entry("a carriage return and a backspace", "a\rb\bc\n", `a\u000db\u0008c`+"\n"),
		Entry("a change of direction", "\u202egnp", `\u202egnp`),
		Entry("a character outside the first plane", "\U000e0041", `\udb40\udc41`),
	)

	It("gets no further line from a name with a line break", func() {
		var out bytes.Buffer
		p := &page{w: &out}
		p.line("%s: %d\nmore", "evil\nnext      cert-health x509 revoke secret/ca", 1)
		Expect(out.String()).To(Equal(`evil\u000anext      cert-health x509 revoke secret/ca: 1` + "\nmore\n"))
	})

	It("passes on the colours of tables, and no other sequences", func() {
		text := "\x1b[1;31mcritical\x1b[0m \x1b[1mx\x1b[0m\x1b]0;x\x07\x1b[31\n"
		Expect(through(true, text)).To(Equal("\x1b[1;31mcritical\x1b[0m \x1b[1mx\x1b[0m" + `\u001b]0;x\u0007\u001b[31` + "\n"))
		Expect(through(false, text)).NotTo(ContainSubstring("\x1b"))
	})

	It("keeps JSON what it is", func() {
		var document bytes.Buffer
		text := "a\u009b\x7f\u202e\U000e0041ü\x1b"
		Expect(json.NewEncoder(&document).Encode(text)).To(Succeed())
		var read string
		clean := through(false, document.String())
		Expect(json.Unmarshal([]byte(clean), &read)).To(Succeed())
		Expect(read).To(Equal(text))
		Expect(clean).To(MatchRegexp(`^[ -~ü]+\n$`))
	})
})
