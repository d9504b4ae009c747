package strict_test

import (
	"errors"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/strict"
)

// box is a name, or a name and a size.
type box struct {
	Name string `yaml:"name"`
	Size int    `yaml:"size"`
}

func (b *box) UnmarshalText(text []byte) error {
	if b.Name = string(text); b.Name == "" {
		return errors.New("it is empty")
	}
	return nil
}

func (b *box) Mapping() any { return b }

type boxes struct {
	Boxes []box `yaml:"boxes"`
}

func (*boxes) Problems() strict.Problems { return nil }

var _ = Describe("a mapping with a short form", func() {
	read := func(text string) (boxes, strict.Problems) {
		var b boxes
		problems := strict.YAML([]byte(text), "root", &b)
		return b, problems
	}

	It("may be a string or a mapping, also behind an anchor", func() {
		b, problems := read("boxes: [red, &b {name: green, size: 2}, *b]")
		Expect(problems).To(BeEmpty())
		Expect(b.Boxes).To(Equal([]box{{Name: "red"}, {"green", 2}, {"green", 2}}))
	})

	DescribeTable("names what is wrong", func(text, problem string) {
		_, problems := read(text)
		Expect(problems).To(Equal(strict.Problems{problem}))
	},
		Entry("a bad string", "boxes: ['']", "boxes[0]: it is empty"),
		Entry("a list", "boxes: [[red]]", "boxes[0] must be a string, or a mapping of keys to values"),
		Entry("a key that is not known", "boxes: [{nane: red}]", `boxes[0].nane is not a known key; did you mean "name"?`),
	)
})
