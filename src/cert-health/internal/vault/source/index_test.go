package source_test

import (
	"fmt"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/vault/source"
)

var _ = Describe("Source with an index", func() {
	It("finds an index above the path that it searches", func() {
		name := server.Engine(2)
		a, b := pair("a"), pair("b")
		server.WriteSecret(name, "cf/cell/a", a.Safe())
		server.WriteSecret(name, "cf/router/b", b.Safe())
		publishAll(name + "/cf")
		answer := newSource(source.Options{Client: newClient(server.Token), Paths: []string{name + "/cf/cell"}}).Find(ctx, identities(a, b))
		Expect(names(answer)).To(Equal([]string{name + "/cf/cell/a certificate v1"}))
	})

	It("reads the secrets of the deployment first, in a shared engine", func() {
		name, p := server.Engine(2), pair("x")
		for i := range 30 {
			server.WriteSecret(name, fmt.Sprintf("env-%02d/x", i), pair("x").Safe())
		}
		server.WriteSecret(name, "zz/x", p.Safe())
		publishAll(name)
		answer := newSource(source.Options{Client: newClient(server.Token), Deployment: "zz", Paths: []string{name}}).Find(ctx, identities(p))
		Expect(answer.Secrets).To(HaveLen(16))
		Expect(names(answer)).To(ContainElement(name + "/zz/x certificate v1"))
	})

	It("says what to do if nothing is published", func() {
		name := server.Engine(2)
		server.WriteSecret(name, "cf/x", pair("x").Safe())
		answer := newSource(source.Options{Client: newClient(server.Token), Paths: []string{name + "/cf"}}).Find(ctx, identities(pair("x")))
		Expect(answer.Error).To(Equal(name + "/cf: nothing is published for this path: run `cert-health publish --vault-path " + name + "/cf`"))
	})

	It("does not list secrets in mode metadata: the number of requests does not grow with the tree", func() {
		name := server.Engine(2)
		for i := range 100 {
			server.WriteSecret(name, fmt.Sprint(i), pair(fmt.Sprint(i)).Safe())
		}
		publishAll(name)
		answer := newSource(source.Options{Client: newClient(server.Token), Paths: []string{name}}).Find(ctx, identities(pair("7")))
		Expect(answer.Secrets).To(HaveLen(1))
		// The token, the mount, the index's head and one part of it, the
		// secret, and what the token may do.
		Expect(answer.Requests).To(Equal(6))
	})
})
