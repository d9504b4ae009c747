package main

import (
	"os"
	"path/filepath"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

var _ = Describe("hm-plugin", func() {
	It("needs its settings", func() {
		o := call(nil, "hm-plugin")
		Expect(o.code).To(Equal(exitFailed))
		Expect(o.err).To(ContainSubstring("hm-plugin needs --config FILE"))
	})

	DescribeTable("tells what is wrong with settings, and runs with none of them",
		func(settings string, code int, said string) {
			file := filepath.Join(GinkgoT().TempDir(), "s.json")
			Expect(os.WriteFile(file, []byte(settings), 0o600)).To(Succeed())
			o := call(nil, "hm-plugin", "--check", "--config", file)
			Expect(o.code).To(Equal(code))
			Expect(o.err).To(ContainSubstring(said))
			Expect(o.out).To(BeEmpty())
		},
		Entry("good ones", `{"slack": [{"url": "https://x"}]}`, exitWell, ""),
		Entry("bad ones", `{"slack": [{"ur": "https://x"}]}`, exitFailed, `slack[0].ur is not a known key; did you mean "url"?`),
	)

	It("exits well when the Health Monitor is gone, and has said it all in its log", func() {
		dir := GinkgoT().TempDir()
		file := filepath.Join(dir, "s.json")
		Expect(os.WriteFile(file, []byte(`{"log": "`+filepath.Join(dir, "logs", "x.log")+`"}`), 0o600)).To(Succeed())
		Expect(call(nil, "hm-plugin", "--config", file)).To(Equal(outcome{code: exitWell}))
		Expect(os.ReadFile(filepath.Join(dir, "logs", "x.log"))).To(ContainSubstring("started; receivers: 0"))
	})
})
