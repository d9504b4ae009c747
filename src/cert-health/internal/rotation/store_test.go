package rotation_test

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/rotation"
	"cert-health/internal/survey"
)

var _ = Describe("the CAs of a store", func() {
	It("are told apart by the secrets beside them, or else by their dates", func() {
		c := newCast()
		read := func(own []*survey.Certificate, next, previous *survey.Certificate) rotation.Store {
			s := &survey.Survey{At: now()}
			add := func(path string, list ...*survey.Certificate) {
				s.Secrets = append(s.Secrets, &survey.Secret{Store: "Vault", Path: path, Key: "certificate", Certificates: list})
			}
			add("secret/ca", own...)
			if next != nil {
				add("secret/ca"+rotation.NextSuffix, next)
			}
			if previous != nil {
				add("secret/ca"+rotation.PreviousSuffix, previous)
			}
			add("secret/rep", c.leaf("rep", c.old))
			store, err := rotation.StoreOf(s, "secret/ca")
			Expect(err).NotTo(HaveOccurred())
			Expect(store.Leaves).To(HaveExactElements(HaveField("Path", "secret/rep")))
			Expect(rotation.Authorities(s)).To(Equal([]string{"secret/ca"}))
			return store
		}
		list := func(cas ...*survey.Certificate) []*survey.Certificate { return cas }
		Expect(read(list(c.old), nil, nil)).To(And(HaveField("New", c.old), HaveField("Old", BeEmpty())))
		Expect(read(list(c.old), c.young, nil)).To(And(HaveField("New", c.young), HaveField("Old", list(c.old))))
		Expect(read(list(c.old, c.young), nil, nil)).To(And(HaveField("New", c.young), HaveField("Signs", c.old)))
		Expect(read(list(c.young, c.old), nil, c.old)).To(And(HaveField("New", c.young), HaveField("Signs", c.young)))
		c.young.NotBefore = c.old.NotBefore.AddDate(-9, 0, 0)
		Expect(read(list(c.old, c.young), c.young, nil)).To(HaveField("New", c.young))
		Expect(read(list(c.young, c.old), c.young, c.old)).To(HaveField("New", c.young))
	})

	It("are found on VMs if the store has forgotten them", func() {
		c := newCast()
		s := &survey.Survey{At: now(), Instances: []*survey.Instance{c.instance(vm{name: "a", trusts: "o", has: "o"})},
			Secrets: []*survey.Secret{{Store: "Vault", Path: "secret/ca", Key: "certificate", Certificates: []*survey.Certificate{c.young}}}}
		store, err := rotation.StoreOf(s, "secret/ca")
		Expect(err).NotTo(HaveOccurred())
		Expect(store.Old).To(Equal([]*survey.Certificate{c.old}))
		Expect(tell(rotation.Of(rotation.Input{Store: store, Survey: s})).current).To(Equal(rotation.Add))
	})

	It("names copies that lack the new CA", func() {
		c := newCast()
		in := c.input("oy", "o", "o")
		in.Store.Copies = []rotation.Copy{{Path: "secret/rep:ca", Certificates: []*survey.Certificate{c.old}}, {Path: "secret/bbs:ca", Certificates: in.Store.Bundle}}
		Expect(rotation.Of(in).Warnings).To(HaveExactElements(And(ContainSubstring("secret/rep:ca"), Not(ContainSubstring("bbs")))))
	})
})
