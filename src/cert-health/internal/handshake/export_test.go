package handshake

import (
	"context"
	"net"
	"time"
)

// For the fuzz targets.

// Talk begins one connection in every way.
func Talk(ctx context.Context, connect func() net.Conn) (protocols []Protocol, received int) {
	for how := ListenShort; how <= AskPostgreSQL; how++ {
		w := Open(ctx, connect())
		protocols = append(protocols, w.Begin(how, "", time.Millisecond).Protocol)
		received = max(received, w.limited.read)
		_ = w.Close()
	}
	return protocols, received
}

// MaxReceived limits what is read from one connection.
const MaxReceived = maxReceived

// MaxChain is the number of certificates that are read of a chain.
const MaxChain = maxChain

// Taped are the certificates in what was received, with the secrets of the handshake.
func Taped(received, secrets []byte) [][]byte {
	t := tape{received: received}
	t.secrets.Write(secrets)
	return t.shown().chain
}
