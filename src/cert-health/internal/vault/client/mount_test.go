package client_test

import (
	"sync"
	"sync/atomic"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/scenario"
	"cert-health/internal/secret"
	"cert-health/internal/vault/client"
)

var _ = Describe("FindMount", func() {
	It("asks once for each engine, even for concurrent requests", func() {
		name := server.Engine(2)
		p := behind(passing)
		o := p.through(options(client.Auth{Token: secret.New(server.Token)}))
		c := newClient(o)
		Expect(c.Authenticate(ctx)).To(Succeed())
		var group sync.WaitGroup
		var wrong atomic.Int64
		for range 20 {
			group.Go(func() {
				if m, rest, err := c.FindMount(ctx, "/"+name+"/cf/router/"); err != nil || m != (client.Mount{Path: name + "/", Version: 2}) || rest != "cf/router" {
					wrong.Add(1)
				}
			})
		}
		group.Wait()
		Expect(wrong.Load()).To(BeZero())
		Expect(p.seen("/" + name + "/cf/router")).To(Equal(1))
		m, rest, err := c.FindMount(ctx, name)
		Expect(err).NotTo(HaveOccurred())
		Expect([]any{m.Path, m.Version, rest}).To(Equal([]any{name + "/", 2, ""}))
		Expect(c.Requests()).To(Equal(2))
	})

	It("refuses paths that Vault would resolve to others, and an empty one, without asking", func() {
		for _, given := range []int{0, 2} {
			o := options(client.Auth{Token: secret.New(server.Token)})
			o.Version = given
			c := newClient(o)
			for _, path := range []string{"secret/cf/../x", "../secret", "secret/./x", "secret/x/..", "", "/"} {
				_, _, err := c.FindMount(ctx, path)
				Expect(err).To(MatchError(Or(ContainSubstring("write the path without them"), ContainSubstring("the path is empty"))), path)
			}
			Expect(c.Requests()).To(BeZero())
		}
		c := newClient(options(client.Auth{Token: secret.New(server.Token)}))
		_, rest, err := c.FindMount(ctx, server.Engine(2)+"/..a/b..")
		Expect(err).NotTo(HaveOccurred())
		Expect(rest).To(Equal("..a/b.."))
	})

	It("finds out within an hour that an engine was upgraded to version 2", func() {
		name := server.Engine(1)
		o, clock := ticking(client.Auth{Token: secret.New(server.Token)})
		c := newClient(o)
		m, _, err := c.FindMount(ctx, name+"/x")
		Expect(err).NotTo(HaveOccurred())
		Expect(m.Version).To(Equal(1))
		server.Write("sys/mounts/"+name+"/tune", map[string]any{"options": map[string]any{"version": "2"}})
		clock.advance(time.Hour)
		m, _, err = c.FindMount(ctx, name+"/x")
		Expect(err).NotTo(HaveOccurred())
		Expect(m.Version).To(Equal(2))
	})

	It("does not ask if the options contain the answer", func() {
		o := options(client.Auth{Token: secret.New(token(scenario.Allow("secret/data/*", "read"), map[string]any{"no_default_policy": true}))})
		o.Version, o.Mount = 1, "/team/kv/"
		c := newClient(o)
		m, rest, err := c.FindMount(ctx, "team/kv/cf")
		Expect(err).NotTo(HaveOccurred())
		Expect([]any{m.Path, m.Version, rest}).To(Equal([]any{"team/kv/", 1, "cf"}))
		_, _, err = c.FindMount(ctx, "elsewhere/cf")
		says(o, c, err, "the path is not below cert_health.vault.mount (team/kv): correct cert_health.vault.paths or cert_health.vault.mount")
		o.Mount = ""
		m, rest, err = newClient(o).FindMount(ctx, "secret/cf/x")
		Expect(err).NotTo(HaveOccurred())
		Expect([]any{m.Path, rest}).To(Equal([]any{"secret/", "cf/x"}))
		Expect(c.Requests()).To(BeZero())
	})

	It("says that an engine is not of type kv, or does not exist", func() {
		o := options(client.Auth{Token: secret.New(server.Token)})
		c := newClient(o)
		_, _, err := c.FindMount(ctx, "sys/policies")
		says(o, c, err, `it is in the secrets engine "sys/" of type "system": set cert_health.vault.paths to paths in an engine of type kv`)
		_, _, err = c.FindMount(ctx, "no/such/engine")
		says(o, c, err, HavePrefix("permission denied (403)"))
		Expect(client.Is(err, client.Denied)).To(BeTrue())
	})
})
