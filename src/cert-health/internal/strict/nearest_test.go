package strict_test

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/strict"
)

var _ = DescribeTable("Nearest", func(mistyped, meant string) {
	Expect(strict.Nearest(mistyped, []string{"root", "config", "format", "fail-on"})).To(Equal(meant))
},
	Entry("a letter missing", "rot", "root"),
	Entry("two letters swapped", "cofnig", "config"),
	Entry("case", "FORMAT", "format"),
	Entry("nothing like it", "zzz", ""),
	Entry("nothing at all", "", ""),
	Entry("too far", "r", ""),
)
