package handshake

import (
	"bufio"
	"context"
	"errors"
	"net"
	"time"
)

const (
	// maxReceived limits what is read from one connection: a handshake takes a few kilobytes, and a
	// hundred large certificates 200.
	maxReceived = 256 << 10
	// maxSpoken limits what is read before the handshake. The longest such message is the INFO of NATS,
	// which lists the servers of a cluster.
	maxSpoken = 32 << 10
)

// headSize is the number of received bytes that tell protocols apart.
const headSize = 5

var errFlood = errors.New("it sent more data than a handshake takes")

// Wire is a connection that ends with its context, reads at most maxSpoken bytes before a handshake
// and maxReceived bytes in all, and remembers the first bytes that it received.
type Wire struct {
	net.Conn
	ctx     context.Context
	in      *bufio.Reader
	limited *limited
	stop    func() bool
}

// limited counts what is received.
type limited struct {
	from net.Conn
	left int
	read int // so far
	head []byte
}

func (s *limited) Read(p []byte) (int, error) {
	if s.left == 0 {
		return 0, errFlood
	}
	n, err := s.from.Read(p[:min(len(p), s.left)])
	s.left -= n
	s.read += n
	s.head = append(s.head, p[:min(n, headSize-len(s.head))]...)
	return n, err
}

// Open begins to count what is received on a connection. The Wire owns the connection.
func Open(ctx context.Context, connection net.Conn) *Wire {
	s := &limited{from: connection, left: maxSpoken}
	w := &Wire{Conn: connection, ctx: ctx, in: bufio.NewReader(s), limited: s}
	w.stop = context.AfterFunc(ctx, func() { _ = connection.SetDeadline(time.Unix(1, 0)) })
	return w
}

// Read reads what was received, from the first byte on, even after a peek.
func (w *Wire) Read(p []byte) (int, error) { return w.in.Read(p) }

// Close ends the connection.
func (w *Wire) Close() error {
	w.stop()
	return w.Conn.Close()
}

// within sets a deadline for reading, before the end of the context; 0 removes it.
func (w *Wire) within(d time.Duration) {
	var deadline time.Time
	if d > 0 {
		deadline = time.Now().Add(d)
	}
	_ = w.Conn.SetReadDeadline(deadline)
	if w.ctx.Err() != nil { // the call has overwritten its deadline
		_ = w.Conn.SetDeadline(time.Unix(1, 0))
	}
}

// handshakes allows what a handshake takes.
func (w *Wire) handshakes() { w.limited.left = maxReceived - maxSpoken }

// head is the first received bytes; empty before the first.
func (w *Wire) head() []byte { return w.limited.head }
