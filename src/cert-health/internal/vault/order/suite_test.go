package order_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/plan"
	"cert-health/internal/report/terminal"
	"cert-health/internal/scenario"
	"cert-health/internal/scenario/vaulttest"
	"cert-health/internal/secret"
	"cert-health/internal/vault/client"
	"cert-health/internal/vault/keep"
	"cert-health/internal/vault/order"
)

func TestOrder(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "Order")
}

var (
	server *vaulttest.Server
	ctx    = context.Background()
)

var _ = BeforeSuite(func() { server = vaulttest.Start(scenario.DevVaultOptions{}) })

// engine is a KV engine of a spec.
type engine struct {
	name    string
	version int
}

func newEngine(version int) engine {
	GinkgoHelper()
	return engine{server.Engine(version), version}
}

func (e engine) path(name string) string { return e.name + "/" + name }

func (e engine) mount() client.Mount { return client.Mount{Path: e.name + "/", Version: e.version} }

func (e engine) put(path string, data map[string]any) {
	GinkgoHelper()
	if e.version == 1 {
		server.Write(e.path(path), data)
		return
	}
	server.WriteSecret(e.name, path, data)
}

// get returns the values of a secret; nil without one.
func (e engine) get(path string) map[string]any {
	GinkgoHelper()
	read, err := server.Client.Logical().Read(e.mount().Data(path))
	Expect(err).NotTo(HaveOccurred())
	switch {
	case read == nil:
		return nil
	case e.version == 1:
		return read.Data
	}
	return read.Data["data"].(map[string]any)
}

// clerk is who carries out the orders of a spec.
type clerk struct{ order.Clerk }

func newClerk(change ...func(*client.Options)) *clerk {
	GinkgoHelper()
	o := client.Options{Address: server.Address, Auth: client.Auth{Token: secret.New(server.Token)}, MaxRetries: -1}
	for _, f := range change {
		f(&o)
	}
	c, err := client.New(o)
	Expect(err).NotTo(HaveOccurred())
	return &clerk{order.Clerk{Store: keep.Store{Client: c}, Most: 1000, Now: time.Now, Random: rand.Reader}}
}

// prepared is an order that is ready, with its plan as people see it.
type prepared struct {
	*order.Job
	plan plan.Plan
	text string
}

func (c *clerk) prepare(o order.Order) prepared {
	GinkgoHelper()
	job, err := c.Prepare(ctx, o)
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(job.Wipe)
	p, err := job.Plan(ctx)
	Expect(err).NotTo(HaveOccurred())
	var out bytes.Buffer
	Expect(p.Write(&out, terminal.Style{Width: 400})).To(Succeed())
	return prepared{job, p, out.String()}
}

// run carries out an order without any failure.
func (c *clerk) run(o order.Order) prepared {
	GinkgoHelper()
	p := c.prepare(o)
	outcome := plan.Outcome{Plan: p.plan, Results: p.Run(ctx)}
	Expect(outcome.Failed()).To(BeFalse(), "%v", outcome.Results)
	Expect(outcome.Results).To(HaveLen(len(p.plan.Acts)))
	return p
}

// before makes the clerk's requests go through a proxy, which answers those for which answer returns true.
func before(answer func(w http.ResponseWriter, r *http.Request) bool) func(*client.Options) {
	GinkgoHelper()
	forward := server.Forward()
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !answer(w, r) {
			forward.ServeHTTP(w, r)
		}
	}))
	DeferCleanup(proxy.Close)
	return func(o *client.Options) { o.Address = proxy.URL }
}

func writes(r *http.Request, e engine, path string) bool {
	return r.Method == http.MethodPut && r.URL.Path == "/v1/"+e.mount().Data(path)
}
