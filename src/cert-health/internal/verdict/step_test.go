package verdict_test

import (
	"os/exec"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"pgregory.net/rapid"

	"cert-health/internal/verdict"
)

var _ = Describe("Step", func() {
	DescribeTable("is quoted for a shell where that is needed",
		func(step verdict.Step, expected string) { Expect(step.String()).To(Equal(expected)) },
		Entry("plain words", verdict.Run("bosh", "-d", "cf", "recreate", "cell/3f2a", "--fix"), "bosh -d cf recreate cell/3f2a --fix"),
		Entry("a space", verdict.Run("cert-health", "x509", "renew", "secret/my path"), "cert-health x509 renew 'secret/my path'"),
		Entry("a quote", verdict.Run("echo", "it's"), `echo 'it'\''s'`),
		Entry("an empty word", verdict.Run("echo", ""), "echo ''"),
		Entry("an instruction", verdict.Do("write it to %s", "a b"), "write it to a b"),
	)

	It("means the same words to a shell", func() {
		rapid.Check(GinkgoT(), func(t *rapid.T) {
			words := rapid.SliceOfN(rapid.StringMatching("[ -~\t\n]{0,8}"), 1, 3).Draw(t, "words")
			out, err := exec.Command("sh", "-c", verdict.Run(append([]string{"printf", `%s\001`}, words...)...).String()).Output()
			if err != nil || string(out) != strings.Join(words, "\001")+"\001" {
				t.Fatalf("%q: %v", out, err)
			}
		})
	})

	DescribeTable("joins others in one line",
		func(expected string, steps ...verdict.Step) { Expect(verdict.Join(steps)).To(Equal(expected)) },
		Entry("none", ""),
		Entry("in their order", "a, then b, then c", verdict.Run("a"), verdict.Do("b"), verdict.Run("c")),
		Entry("behind a condition", "if x: a; if y, b", verdict.Do("if x:"), verdict.Run("a"), verdict.Do("if y, b")),
		Entry("beside an alternative", "a, or b", verdict.Run("a"), verdict.Do("or b")),
	)
})
