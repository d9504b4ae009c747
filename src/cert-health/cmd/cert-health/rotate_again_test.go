//go:build !vm

package main

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/rotation"
	"cert-health/internal/survey"
	"cert-health/internal/verdict"
)

var _ = Describe("the next command of a rotation", func() {
	It("reads the same VMs and paths as the command that names it", func() {
		f := &rotateFlags{paths: []string{"secret/cf"}, withoutVMs: true}
		f.reports, f.target = []string{"a.json", "reports/"}, "prod"
		steps := rotationSteps(&rotation.State{CA: "secret/ca", Offered: true}, f.again())
		Expect(verdict.Join(steps)).To(Equal("cert-health rotate next secret/ca --report a.json --report reports/ --vault-path secret/cf --target prod --without-vms"))
	})
})

var _ = Describe("an accepted instance", func() {
	seen := &survey.Survey{Instances: []*survey.Instance{
		{Deployment: "cf", Group: "cell", ID: "2a6f1111", Name: "cell/2a6f1111"}, {Deployment: "cf", Group: "cell", ID: "2b6f", Name: "cell/2b6f"},
		{Deployment: "cf", Group: "router", ID: "0", Name: "router/0"},
	}}
	accept := func(word string) (string, error) {
		f := &rotateFlags{accepted: []string{word}}
		err := f.known(seen)
		return f.accepted[0], err
	}
	DescribeTable("is named by the beginning of its id", func(word, key string) {
		Expect(accept(word)).To(Equal(key))
	},
		Entry("of its group", "cell/2a", "cf/cell/2a6f1111"),
		Entry("of its deployment", "cf/cell/2a6f", "cf/cell/2a6f1111"),
		Entry("a name", "router/0", "router/0"),
	)
	DescribeTable("is refused", func(word, message string) {
		_, err := accept(word)
		Expect(err).To(MatchError(ContainSubstring(message)))
	},
		Entry("the beginning of two", "cell/2", "is the beginning of cf/cell/2a6f1111 and of cf/cell/2b6f: write more of the id"),
		Entry("a group", "cell/", "names an instance that is not known"),
		Entry("another one", "cell/3", "write it as `cert-health rotate status` does"),
	)
})
