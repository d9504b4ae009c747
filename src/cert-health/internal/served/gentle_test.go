package served_test

import (
	"context"
	"net"
	"net/netip"
	"sync/atomic"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/served"
)

var _ = Describe("Prober", func() {
	It("limits the number of simultaneous connections", func() {
		const limit = 3 // for one job
		var came atomic.Int32
		full, gate := make(chan struct{}), make(chan struct{})
		answer := func(connection net.Conn) {
			if came.Add(1) == limit {
				close(full)
			}
			<-gate
		}
		var addresses []netip.AddrPort
		for range 50 {
			addresses = append(addresses, serve("tcp", "127.0.0.1:0", answer).address())
		}
		o := options(&clock{time.Now()})
		o.Concurrency = limit + 1
		found, done := listeners(addresses...), make(chan []served.Result)
		go func() { done <- served.NewProber(o).Probe(context.Background(), found) }()
		<-full // without answers, all connections stay open
		Expect(came.Load()).To(BeEquivalentTo(limit))
		close(gate)
		Expect(<-done).To(HaveLen(50))
	})
})
