package source_test

import (
	"context"
	"fmt"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/reference"
	"cert-health/internal/scenario"
	"cert-health/internal/scenario/vaulttest"
	"cert-health/internal/vault/source"
)

// overdue is a context whose deadline passes when done is closed.
type overdue struct {
	context.Context
	done chan struct{}
}

func (o overdue) Done() <-chan struct{} { return o.done }

func (o overdue) Err() error {
	select {
	case <-o.done:
		return context.DeadlineExceeded
	default:
		return nil
	}
}

var _ = Describe("Source with limited rights, time and requests", func() {
	Describe("with the policies in manifests", func() {
		var (
			name string
			p    *scenario.Pair
		)
		BeforeEach(func() {
			name, p = server.Engine(2), pair("x")
			server.WriteSecret(name, "cf/x", p.Safe())
			publishAll(name + "/cf")
		})
		find := func(rules string, mode source.Mode) *reference.Answer {
			GinkgoHelper()
			o := source.Options{Client: newClient(server.LimitedToken(rules)), Mode: mode, Paths: []string{name + "/cf"}}
			return newSource(o).Find(ctx, identities(p))
		}
		It("reads publications in mode metadata, and reports that its token may not read secrets", func() {
			answer := find(vaulttest.Policy("vault-policy-agent.hcl", name, "cf"), source.Metadata)
			Expect(answer.Problems).To(BeEmpty())
			Expect(answer.Secrets).To(HaveLen(1))
			Expect(answer.Access).To(Equal(reference.Access{Mode: "metadata", Known: true}))
			Expect(find(vaulttest.Policy("vault-policy-agent.hcl", name, "cf"), source.Data).State).To(Equal(reference.Unavailable))
		})
		It("reads secrets in mode data, and reports that its token may read them", func() {
			answer := find(vaulttest.Policy("vault-policy-agent-data.hcl", name, "cf"), source.Data)
			Expect(answer.Problems).To(BeEmpty())
			Expect(answer.Secrets).To(HaveLen(1))
			Expect(answer.Access).To(Equal(reference.Access{Mode: "data", Known: true, ReadData: true}))
		})
	})

	It("reports a wrong clock", func() {
		name, p := server.Engine(2), pair("x")
		server.WriteSecret(name, "x", p.Safe())
		publishAll(name)
		o := source.Options{Client: newClient(server.Token), Paths: []string{name}}
		o.Client.Now = func() time.Time { return time.Now().Add(3 * time.Hour) }
		answer := newSource(o).Find(ctx, identities(p))
		Expect(answer.Problems).To(HaveLen(1))
		Expect(answer.Problems[0].Reason).To(MatchRegexp(`^the clock of this VM is (3h0m0s|2h59m59s|3h0m1s) ahead of the clock of Vault, so certificates seem to expire too early or too late: check the time service`))
	})

	It("stops at the limit of secrets in mode data, and reports it", func() {
		name := server.Engine(2)
		for i := range 5 {
			server.WriteSecret(name, fmt.Sprint(i), pair("x").Safe())
		}
		answer := newSource(source.Options{Client: newClient(server.Token), Mode: source.Data, Paths: []string{name}, MaxSecrets: 3}).Find(ctx, identities(pair("x")))
		Expect(answer.Read).To(Equal(3))
		Expect(answer.Problems[0].Reason).To(ContainSubstring("cert_health.vault.max_secrets (3)"))
	})

	It("counts the secrets of all paths for that limit, and names the limit itself", func() {
		name := server.Engine(2)
		for i := range 4 {
			server.WriteSecret(name, fmt.Sprint("a/", i), pair("x").Safe())
			server.WriteSecret(name, fmt.Sprint("b/", i), pair("x").Safe())
		}
		answer := newSource(source.Options{Client: newClient(server.Token), Mode: source.Data, Paths: []string{name + "/a", name + "/b"}, MaxSecrets: 6}).Find(ctx, identities(pair("x")))
		Expect(answer.Read).To(Equal(6))
		Expect(answer.Problems).To(HaveExactElements(HaveField("Reason", ContainSubstring("cert_health.vault.max_secrets (6)"))))
	})

	It("ends at its deadline when Vault does not answer, with a partial result", func() {
		name := server.Engine(2)
		for i := range 5 {
			server.WriteSecret(name, fmt.Sprint(i), pair("x").Safe())
		}
		hang, late := make(chan struct{}), overdue{ctx, make(chan struct{})}
		address, _ := behind(func(path string) int {
			if path == "/v1/"+name+"/data/1" {
				close(late.done)
				<-hang
			}
			return 0
		})
		DeferCleanup(func() { close(hang) })
		o := source.Options{Client: newClient(server.Token), Mode: source.Data, Paths: []string{name}}
		o.Client.Address, o.Client.CACert, o.Client.Concurrency = address, "", 1
		answer := newSource(o).Find(late, identities(pair("x")))
		Expect(answer.Read).To(Equal(1))
		Expect(answer.Problems).To(ConsistOf(
			reference.Problem{Path: name + "/1", Reason: "Vault did not answer in time"},
			reference.Problem{Path: name + "/", Reason: "3 paths were not read within cert_health.vault.timeout: raise it, or name fewer paths"}))
	})

	It("names only a few of many paths that it could not read", func() {
		name := server.Engine(2)
		for i := range 30 {
			server.WriteSecret(name, fmt.Sprint(i), pair("x").Safe())
		}
		o := source.Options{Client: newClient(server.LimitedToken(scenario.Allow(name+"/metadata/*", "list") + scenario.Allow(name+"/metadata", "list") + scenario.Allow(name+"/data/1", "read"))), Mode: source.Data, Paths: []string{name}}
		answer := newSource(o).Find(ctx, identities(pair("x")))
		Expect(answer.State).To(Equal(reference.OK))
		Expect(answer.Problems).To(HaveLen(21))
		Expect(answer.Problems[20].Reason).To(Equal("9 more paths could not be read"))
	})
})
