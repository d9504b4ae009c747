package main

import (
	"testing"

	. "github.com/onsi/gomega"
)

const list = `# a comment
octets? | byte
is no valid | is not a valid
what is ... is | the subject itself
`

func TestPhrases(t *testing.T) {
	g := NewWithT(t)
	banned, err := parse(list)
	g.Expect(err).NotTo(HaveOccurred())

	g.Expect(banned.in("one\n// Octets of it: it is no\n// valid one\nwhat is not there is missing")).To(Equal([]hit{
		{line: 2, words: "Octets", better: "byte"},
		{line: 2, words: "is no // valid", better: "is not a valid"},
		{line: 4, words: "what is not there is", better: "the subject itself"},
	}))
	g.Expect(banned.in("application/octet-stream, OCTET STRING, octets_total, what is here. That is")).To(BeEmpty())
}

func TestListWithoutBetterWords(t *testing.T) {
	_, err := parse("octet")
	NewWithT(t).Expect(err).To(MatchError(ContainSubstring("line 1")))
}
