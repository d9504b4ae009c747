package client_test

import (
	"context"
	"fmt"
	"strings"
	"sync"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/scenario"
	"cert-health/internal/secret"
	"cert-health/internal/vault/client"
)

// walked is the result of a walk.
type walked struct{ secrets, problems []string }

func walk(ctx context.Context, o client.Options, path string, v client.Visitor) walked {
	GinkgoHelper()
	var mutex sync.Mutex
	var w walked
	c := newClient(o)
	v.Secret = func(_ context.Context, _ int, _ client.Mount, path string) error {
		mutex.Lock()
		defer mutex.Unlock()
		w.secrets = append(w.secrets, path)
		return nil
	}
	v.Problem = func(path, reason string) {
		mutex.Lock()
		defer mutex.Unlock()
		w.problems = append(w.problems, path+": "+reason)
	}
	c.Walk(ctx, path, &v)
	return w
}

var _ = Describe("Walk", func() {
	for _, version := range []int{1, 2} {
		It(fmt.Sprintf("visits every secret of an engine of version %d, odd names included", version), func() {
			name := server.Engine(version)
			secrets := []string{"one", "a b/c%d", "ä/ö", "plus+", "dot.s/x", "deep/er/and/deep/er", "deep/er", "q?u=e#ry"}
			for _, path := range secrets {
				if version == 1 {
					server.Write(name+"/"+path, map[string]any{"x": "y"})
				} else {
					server.WriteSecret(name, path, map[string]any{"x": "y"})
				}
			}
			o := options(client.Auth{Token: secret.New(server.Token)})
			w := walk(ctx, o, name, client.Visitor{Max: 100})
			Expect(w.secrets).To(ConsistOf(secrets))
			Expect(w.problems).To(BeEmpty())
			Expect(walk(ctx, o, "/"+name+"/deep/", client.Visitor{Max: 100}).secrets).To(ConsistOf("deep/er/and/deep/er", "deep/er"))
			Expect(walk(ctx, o, name+"/a b", client.Visitor{Max: 100}).secrets).To(ConsistOf("a b/c%d"))
			Expect(walk(ctx, o, name+"/one", client.Visitor{Max: 100}).secrets).To(ConsistOf("one"), "a path may be that of a secret")
			skipping := client.Visitor{Max: 100, Skip: func(dir string) bool { return dir == "deep/" }}
			Expect(walk(ctx, o, name, skipping).secrets).NotTo(ContainElement(HavePrefix("deep/er")))
		})
	}

	It("omits only a denied directory", func() {
		name := server.Engine(2)
		for _, path := range []string{"good", "shut/in", "open/x"} {
			server.WriteSecret(name, path, map[string]any{"x": "y"})
		}
		o := options(client.Auth{Token: secret.New(token(scenario.Allow(name+"/metadata", "list")+scenario.Allow(name+"/metadata/*", "list")+
			scenario.Allow(name+"/metadata/shut", "deny")+scenario.Allow(name+"/metadata/shut/", "deny"), nil))})
		w := walk(ctx, o, name, client.Visitor{Max: 100})
		Expect(w.secrets).To(ConsistOf("good", "open/x"))
		Expect(w.problems).To(Equal([]string{
			name + "/shut/: permission denied (403): the policy of the token does not permit this"}))
	})

	It("stops at the limit and says so", func() {
		name := server.Engine(2)
		for i := range 5 {
			server.WriteSecret(name, fmt.Sprint(i), map[string]any{"x": "y"})
		}
		o := options(client.Auth{Token: secret.New(server.Token)})
		w := walk(ctx, o, name, client.Visitor{Max: 3})
		Expect(w.secrets).To(HaveLen(3))
		Expect(w.problems).To(Equal([]string{name + "/: there are more secrets than cert_health.vault.max_secrets (3), and the rest is not read: raise it, or name fewer paths"}))
		Expect(walk(ctx, o, name, client.Visitor{Max: 3, Before: 4}).secrets).To(BeEmpty())
	})

	It("reports all remaining paths in one line", func() {
		name := server.Engine(2)
		for i := range 5 {
			server.WriteSecret(name, fmt.Sprint(i), map[string]any{"x": "y"})
		}
		ending, end := context.WithCancel(ctx)
		o := options(client.Auth{Token: secret.New(server.Token)})
		o.Concurrency = 1
		var problems []string
		newClient(o).Walk(ending, name, &client.Visitor{Max: 100,
			Secret:  func(context.Context, int, client.Mount, string) error { end(); return nil },
			Problem: func(path, reason string) { problems = append(problems, path+": "+reason) },
		})
		Expect(problems).To(Equal([]string{name + "/: 4 paths were not read within cert_health.vault.timeout: raise it, or name fewer paths"}))
	})

	It("says what is wrong with the path itself", func() {
		w := walk(ctx, options(client.Auth{Token: secret.New(server.Token)}), "sys/policies", client.Visitor{Max: 100})
		Expect(w.problems).To(Equal([]string{`sys/policies: it is in the secrets engine "sys/" of type "system": set cert_health.vault.paths to paths in an engine of type kv`}))
	})

	It("limits the depth of directories", func() {
		name := server.Engine(2)
		server.WriteSecret(name, strings.Repeat("d/", 64)+"x", map[string]any{"x": "y"})
		w := walk(ctx, options(client.Auth{Token: secret.New(server.Token)}), name, client.Visitor{Max: 100})
		Expect(w.secrets).To(BeEmpty())
		Expect(w.problems).To(HaveLen(1))
		Expect(w.problems[0]).To(HaveSuffix(": directories are nested deeper than 64 levels: it is not read"))
	})
})
