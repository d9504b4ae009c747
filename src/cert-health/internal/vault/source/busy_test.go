package source_test

import (
	"net/http"
	"strings"
	"sync/atomic"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/reference"
	"cert-health/internal/scenario"
	"cert-health/internal/vault/source"
)

var _ = Describe("A search while Vault is busy", func() {
	var (
		a, b = pair("a"), pair("b")
		busy atomic.Value // the part of a path that is refused
		s    *source.Source
	)

	BeforeEach(func() {
		name := server.Engine(2)
		for path, p := range map[string]*scenario.Pair{"a": a, "b": b} {
			server.WriteSecret(name, path, p.Safe())
		}
		publishAll(name)
		busy.Store("nothing")
		address, _ := behind(func(path string) int {
			if strings.Contains(path, busy.Load().(string)) {
				return http.StatusTooManyRequests
			}
			return 0
		})
		o := source.Options{Client: newClient(server.Token), Paths: []string{name}}
		o.Client.Address, o.Client.CACert = address, ""
		s = newSource(o)
	})

	It("names the identity digests of a secret that it could not read", func() {
		busy.Store("/metadata/b")
		answer := s.Find(ctx, identities(a, b))
		Expect(answer.State).To(Equal(reference.OK))
		Expect(answer.Read).To(Equal(1))
		Expect(answer.Unsearched).To(Equal(identities(b)))
	})

	It("names the identity digests of a part of the index that it may not read", func() {
		busy.Store("/0-of-1")
		Expect(s.Find(ctx, identities(a, b)).Unsearched).To(Equal(identities(a, b)))
		busy.Store("nothing")
		Expect(s.Find(ctx, identities(a, b)).Unsearched).To(BeEmpty())
	})

	It("asks again what its token permits", func() {
		busy.Store("capabilities-self")
		Expect(s.Find(ctx, identities(a)).Access).To(Equal(reference.Access{Mode: "metadata"}))
		busy.Store("nothing")
		Expect(s.Find(ctx, identities(a)).Access).To(Equal(reference.Access{Mode: "metadata", Known: true, ReadData: true}))
	})
})
