package metrics

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"sync"
)

// visitors are the open connections of a server, at most maxConnections. When one more comes,
// another one is closed: one that waits before one that is answered, one of the client with the
// most connections before those of others, and the oldest of these. So clients that connect and
// send nothing do not keep others out. It is safe for concurrent use.
type visitors struct {
	mutex sync.Mutex
	open  []*visitor // the oldest first
}

// visitor is one connection.
type visitor struct {
	conn     net.Conn // as the server knows it
	raw      net.Conn // without TLS: closing that could wait for the client
	client   netip.Addr
	answered bool // a handler runs for it
}

// admit adds a connection, and closes another one if there are too many.
func (v *visitors) admit(conn net.Conn) *visitor {
	raw := conn
	if encrypted, ok := conn.(*tls.Conn); ok {
		raw = encrypted.NetConn()
	}
	address, _ := netip.ParseAddrPort(conn.RemoteAddr().String())
	v.mutex.Lock()
	defer v.mutex.Unlock()
	if len(v.open) >= maxConnections {
		v.closeOne()
	}
	one := &visitor{conn: conn, raw: raw, client: address.Addr().Unmap()}
	v.open = append(v.open, one)
	return one
}

// closeOne closes the connection that gives way to a new one.
func (v *visitors) closeOne() {
	count := map[netip.Addr]int{}
	for _, one := range v.open {
		count[one.client]++
	}
	worst := 0
	for i, one := range v.open {
		before := v.open[worst]
		if before.answered != one.answered {
			if before.answered {
				worst = i
			}
		} else if count[one.client] > count[before.client] {
			worst = i
		}
	}
	_ = v.open[worst].raw.Close()
	v.open = slices.Delete(v.open, worst, worst+1)
}

// leave removes a connection that has ended.
func (v *visitors) leave(conn net.Conn) {
	v.mutex.Lock()
	defer v.mutex.Unlock()
	v.open = slices.DeleteFunc(v.open, func(one *visitor) bool { return one.conn == conn })
}

// visitorKey is the key of a connection's visitor in the context of its requests.
type visitorKey struct{}

// watch makes a server keep these visitors.
func (v *visitors) watch(server *http.Server) {
	server.ConnContext = func(ctx context.Context, conn net.Conn) context.Context {
		return context.WithValue(ctx, visitorKey{}, v.admit(conn))
	}
	server.ConnState = func(conn net.Conn, state http.ConnState) {
		if state == http.StateClosed || state == http.StateHijacked {
			v.leave(conn)
		}
	}
	handler := server.Handler
	server.Handler = http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		one, _ := request.Context().Value(visitorKey{}).(*visitor)
		v.mark(one, true)
		defer v.mark(one, false)
		handler.ServeHTTP(w, request)
	})
}

// mark notes whether a handler runs for a connection.
func (v *visitors) mark(one *visitor, answered bool) {
	v.mutex.Lock()
	defer v.mutex.Unlock()
	one.answered = answered
}
