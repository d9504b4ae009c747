package strict_test

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/strict"
)

// shape is a circle or a square.
type shape struct{ keys any }

type circle struct {
	Type   string `yaml:"type"`
	Radius int    `yaml:"radius"`
}

type square struct {
	Type string `yaml:"type"`
	Side int    `yaml:"side"`
}

func (s *shape) Words() (string, []string) { return "type", []string{"circle", "square"} }

func (s *shape) Keys(word string) any {
	s.keys = &square{}
	if word == "circle" {
		s.keys = &circle{}
	}
	return s.keys
}

type shapes struct {
	Shapes []shape `yaml:"shapes"`
}

func (s *shapes) Problems() strict.Problems { return nil }

var _ = Describe("a variant", func() {
	read := func(text string) (shapes, strict.Problems) {
		var s shapes
		problems := strict.YAML([]byte(text), "root", &s)
		return s, problems
	}

	It("has the keys of the word that one of its keys has, wherever that key is", func() {
		s, problems := read("shapes: [{type: circle, radius: 2}, {side: 3, type: square}]")
		Expect(problems).To(BeEmpty())
		Expect(s.Shapes[0].keys).To(Equal(&circle{"circle", 2}))
		Expect(s.Shapes[1].keys).To(Equal(&square{"square", 3}))
	})

	It("follows an anchor", func() {
		s, problems := read("shapes: [{type: &t circle}, {type: *t, radius: 1}]")
		Expect(problems).To(BeEmpty())
		Expect(s.Shapes[1].keys).To(Equal(&circle{"circle", 1}))
	})

	DescribeTable("names what is wrong", func(text, problem string) {
		_, problems := read(text)
		Expect(problems).To(Equal(strict.Problems{problem}))
	},
		Entry("a key of another word", "shapes: [{type: circle, side: 1}]", "shapes[0].side is not a known key"),
		Entry("no word", "shapes: [{side: 1}]", "shapes[0].type is missing: it must be one of circle, square"),
		Entry("a word without a value", "shapes: [{type: }]", "shapes[0].type is missing: it must be one of circle, square"),
		Entry("a mistyped word", "shapes:\n- side: 1\n  type: sqare\n", `shapes[0].type (line 3) must be one of circle, square; did you mean "square"?`),
		Entry("no mapping", "shapes: [circle]", "shapes[0] must be a mapping of keys to values"),
	)
})

var _ = Describe("problems of a part", func() {
	It("get the path of the part", func() {
		Expect(strict.Problems{"side is missing"}.Below(strict.Item("shapes", 1))).To(Equal(strict.Problems{"shapes[1].side is missing"}))
	})
})
