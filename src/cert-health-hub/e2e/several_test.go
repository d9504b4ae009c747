package e2e_test

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"sync/atomic"
	"syscall"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/scenario"
)

// seed of the order of the faults.
const seed = 13

// renewable is a TLS host whose certificate changes.
type renewable struct {
	net.Listener
	ca      *scenario.Pair
	current atomic.Pointer[tls.Certificate]
}

func newRenewable(ca *scenario.Pair) *renewable {
	GinkgoHelper()
	r := &renewable{ca: ca}
	r.show("first", time.Now().AddDate(0, 11, 0))
	r.Listener = must(tls.Listen("tcp", "127.0.0.1:0", &tls.Config{GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return r.current.Load(), nil }}))
	go each(r, func(connection net.Conn) { _, _ = io.Copy(io.Discard, connection) })
	DeferCleanup(func() { _ = r.Close() })
	return r
}

// show puts another certificate into use.
func (r *renewable) show(name string, ends time.Time) {
	GinkgoHelper()
	pair := scenario.Issue(scenario.Spec{CommonName: name, Issuer: r.ca, SANs: []string{"127.0.0.1"}, NotBefore: ends.AddDate(-1, 0, 0), NotAfter: ends})
	certificate := must(tls.X509KeyPair([]byte(pair.CertPEM()+r.ca.CertPEM()), []byte(pair.KeyPEM())))
	r.current.Store(&certificate)
}

// fault is what happens to the leader, and what ends it.
type fault struct {
	name        string
	begin, mend func(*member)
}

var faults = []fault{
	{"killed", (*member).kill, (*member).start},
	{"cut off from the database", func(m *member) { m.link.cut() }, func(m *member) { m.link.mend() }},
	{"paused", func(m *member) { _ = m.process.Process.Signal(syscall.SIGSTOP) }, func(m *member) { _ = m.process.Process.Signal(syscall.SIGCONT) }},
}

var _ = Describe("three hubs on one PostgreSQL", func() {
	It("lose no report and tell nothing twice, whatever happens to the leader", func(ctx context.Context) {
		ca := scenario.Issue(scenario.Spec{CommonName: "ca", CA: true})
		host := newRenewable(ca)
		c := newCluster(ctx, host.Addr().String(), ca)
		for _, m := range c.members {
			Eventually(m.ready).WithTimeout(2*time.Minute).Should(BeTrue(), func() string { return string(m.log.Contents()) })
		}
		// told waits until the receiver has the notice of a certificate that has ended.
		told := func(name string, began time.Time) {
			GinkgoHelper()
			Eventually(func() int {
				for _, m := range c.members {
					go m.page(http.MethodPost, "/v1/refresh") // a hub that cannot answer delays no other one
				}
				return c.receiver.news(name)
			}).WithTimeout(2*time.Minute).WithPolling(time.Second).Should(BeNumerically(">", 0), name)
			AddReportEntry(fmt.Sprintf("told after %s: %s", time.Since(began).Round(100*time.Millisecond), name))
		}
		c.shareReports(ctx)
		reporters, stop := c.report(ctx)
		expired := func(name string) { host.show(name, time.Now().Add(-time.Hour)) }

		order := rand.New(rand.NewPCG(seed, seed)).Perm(len(faults))
		names := []string{}
		for _, number := range order {
			f := faults[number]
			leader := c.leader(nil)
			began := time.Now()
			f.begin(leader)
			expired(f.name)
			c.leader(leader)
			AddReportEntry(fmt.Sprintf("the leader is %s; another one leads after %s", f.name, time.Since(began).Round(100*time.Millisecond)))
			told(f.name, began)
			f.mend(leader)
			Eventually(leader.ready).WithTimeout(2 * time.Minute).Should(BeTrue())
			Eventually(c.leaders).WithTimeout(2*time.Minute).Should(Equal(1), "two hubs lead")
			names = append(names, f.name)
		}
		expired("last")
		told("last", time.Now())
		for _, name := range append(names, "last") {
			Expect(c.receiver.news(name)).To(Equal(1), "%s is told %d times", name, c.receiver.news(name))
		}
		stop()
		c.expectNoneLost(ctx, reporters)
	}, NodeTimeout(10*time.Minute))
})
