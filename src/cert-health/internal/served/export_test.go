package served

import (
	"context"
	"net"
	"time"
)

// What the fuzz targets feed.
var (
	AppendSocket = appendSocket
	Container    = container
)

// Talk has one conversation over a connection, in every way to begin one.
func Talk(ctx context.Context, connect func() net.Conn) (protocols []Protocol, received int) {
	for how := listenShort; how <= askPostgreSQL; how++ {
		w := newWire(ctx, connect())
		v := visit{options: &Options{Patience: time.Millisecond}}
		protocols = append(protocols, v.converse(w, how, "").protocol)
		received = max(received, maxReceived-w.source.left)
		_ = w.Close()
	}
	return protocols, received
}

// MaxReceived is what may be read of one connection.
const MaxReceived = maxReceived
