package served

import (
	"bufio"
	"context"
	"errors"
	"net"
	"time"
)

// maxReceived is what is read of one connection: a handshake takes a few kilobytes.
const maxReceived = 256 << 10

// headSize is how much of the start of what is received tells protocols apart.
const headSize = 5

var errFlood = errors.New("it sent more than a handshake takes")

// wire is a connection that ends with its context, reads no more than maxReceived, and
// remembers how what it received began.
type wire struct {
	net.Conn
	ctx    context.Context
	in     *bufio.Reader
	source *source
	stop   func() bool
}

// source counts what is received.
type source struct {
	from net.Conn
	left int
	head []byte
}

func (s *source) Read(p []byte) (int, error) {
	if s.left == 0 {
		return 0, errFlood
	}
	n, err := s.from.Read(p[:min(len(p), s.left)])
	s.left -= n
	s.head = append(s.head, p[:min(n, headSize-len(s.head))]...)
	return n, err
}

func newWire(ctx context.Context, connection net.Conn) *wire {
	s := &source{from: connection, left: maxReceived}
	w := &wire{Conn: connection, ctx: ctx, in: bufio.NewReader(s), source: s}
	w.stop = context.AfterFunc(ctx, func() { _ = connection.SetDeadline(time.Unix(1, 0)) })
	return w
}

// Read reads what was received, the greeting that was peeked at included.
func (w *wire) Read(p []byte) (int, error) { return w.in.Read(p) }

// Close ends the connection.
func (w *wire) Close() error {
	w.stop()
	return w.Conn.Close()
}

// within sets a deadline for reading that is earlier than the context's; 0 takes it away.
func (w *wire) within(d time.Duration) {
	var deadline time.Time
	if d > 0 {
		deadline = time.Now().Add(d)
	}
	_ = w.Conn.SetReadDeadline(deadline)
	if w.ctx.Err() != nil { // its deadline has just been overwritten
		_ = w.Conn.SetDeadline(time.Unix(1, 0))
	}
}

// head is how what was received began; empty when nothing was.
func (w *wire) head() []byte { return w.source.head }
