package e2e_test

import (
	"fmt"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"

	. "github.com/onsi/ginkgo/v2"
)

// link is the network between a hub and its database. While it is cut, everything waits on its way, as
// TCP does, and arrives when it is whole again.
type link struct {
	net.Listener
	target string
	mutex  sync.Mutex
	whole  chan struct{} // closed while it is
	ended  chan struct{}
}

func newLink(target string) *link {
	GinkgoHelper()
	l := &link{Listener: must(net.Listen("tcp", "127.0.0.1:0")), target: target, whole: make(chan struct{}), ended: make(chan struct{})}
	close(l.whole)
	go each(l, func(near net.Conn) {
		if far, err := net.Dial("tcp", l.target); err == nil && l.passes() {
			splice(near, far, l.passes)
		}
	})
	DeferCleanup(func() { close(l.ended); _ = l.Close() })
	return l
}

func (l *link) cut() {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.whole = make(chan struct{})
}

func (l *link) mend() {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	close(l.whole)
}

// passes waits until the link is whole. It returns false at the end of the spec.
func (l *link) passes() bool {
	l.mutex.Lock()
	whole := l.whole
	l.mutex.Unlock()
	select {
	case <-whole:
		return true
	case <-l.ended:
		return false
	}
}

// each handles each connection by itself until the listener is closed.
func each(listener net.Listener, handle func(net.Conn)) {
	for {
		connection, err := listener.Accept()
		if err != nil {
			return
		}
		go func() {
			defer connection.Close()
			handle(connection)
		}()
	}
}

// splice carries both directions until one ends.
func splice(a, b net.Conn, passes func() bool) {
	carry := func(to, from net.Conn) {
		defer func() { _, _ = a.Close(), b.Close() }()
		buffer := make([]byte, 16<<10)
		for {
			n, err := from.Read(buffer)
			if err != nil || !passes() {
				return
			}
			if _, err := to.Write(buffer[:n]); err != nil {
				return
			}
		}
	}
	go carry(a, b)
	carry(b, a)
}

// balancer carries the connections of one agent to one hub after another, and tells the agent's address
// by the PROXY protocol.
type balancer struct {
	net.Listener
	number int
	hubs   []string
	turn   atomic.Int64
}

// newBalancer makes one for an agent with the address 10.0.16.number. The first connection goes to a hub.
func newBalancer(number, first int, hubs ...string) *balancer {
	GinkgoHelper()
	b := &balancer{Listener: must(net.Listen("tcp", "127.0.0.1:0")), number: number, hubs: hubs}
	b.turn.Store(int64(first))
	go each(b, func(agent net.Conn) {
		for range b.hubs {
			hub, err := net.DialTimeout("tcp", b.hubs[int(b.turn.Add(1))%len(b.hubs)], time.Second)
			if err != nil {
				continue
			}
			if _, err := io.WriteString(hub, fmt.Sprintf("PROXY TCP4 10.0.16.%d 10.0.0.1 40000 8444\r\n", number)); err == nil {
				splice(agent, hub, func() bool { return true })
			}
			return
		}
	})
	DeferCleanup(func() { _ = b.Close() })
	return b
}
