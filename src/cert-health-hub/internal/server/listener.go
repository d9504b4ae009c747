// Package server is the hub as a server: it wires all parts together, listens with a certificate
// that it reads again when its file changes, answers /healthz, /readyz and /metrics, and ends
// gracefully.
package server

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// The limits of the listener. A page or a list of certificates is written within writeTimeout, also
// to a slow client; the body of a request is a form or a short document.
const (
	readHeaderTimeout = 10 * time.Second
	readTimeout       = 30 * time.Second
	writeTimeout      = 90 * time.Second
	idleTimeout       = 2 * time.Minute
	maxHeader         = 64 << 10
	maxBody           = 1 << 20
	maxConnections    = 4096
)

// Listener serves a handler on one address.
type Listener struct {
	Address string
	Handler http.Handler
	// Keys are the certificate; nil serves without TLS.
	Keys *Keys
	// Config is the configuration of TLS for each handshake, in place of Keys. It speaks HTTP/1.1 only.
	Config func(*tls.ClientHelloInfo) (*tls.Config, error)
	// Drain is how long open requests may take when the hub ends.
	Drain time.Duration
	// Connections bounds those that are open; 0: 4,096.
	Connections int
	Idle        time.Duration // how long a connection may wait for a request; 0: two minutes
	Body        int64         // largest body of a request; 0: 1 MiB
	Log         *slog.Logger
}

// Listen begins to listen.
func (l *Listener) Listen(ctx context.Context) (net.Listener, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", l.Address)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", l.Address, err)
	}
	return listener, nil
}

// Serve serves what Listen returned. When ctx ends, it accepts no more requests, waits for those
// that are open at most for the drain time, and returns nil.
func (l *Listener) Serve(ctx context.Context, listener net.Listener) error {
	server := l.server()
	ended := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(ended)
		l.drain(server)
	})
	var err error
	if server.TLSConfig == nil {
		err = server.Serve(listener)
	} else {
		err = server.ServeTLS(listener, "", "")
	}
	if !stop() {
		<-ended
	}
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return fmt.Errorf("serve %s: %w", l.Address, err)
}

func (l *Listener) server() *http.Server {
	server := &http.Server{
		Handler:           limitBody(l.Handler, cmp.Or(l.Body, maxBody)),
		ReadHeaderTimeout: readHeaderTimeout, ReadTimeout: readTimeout, WriteTimeout: writeTimeout, IdleTimeout: cmp.Or(l.Idle, idleTimeout),
		MaxHeaderBytes: maxHeader, ConnState: newCrowd(cmp.Or(l.Connections, maxConnections)).changed,
		// A client that breaks a handshake learns it from its own error.
		ErrorLog: slog.NewLogLogger(l.Log.Handler(), slog.LevelDebug),
	}
	switch {
	case l.Config != nil:
		server.TLSConfig = &tls.Config{MinVersion: tls.VersionTLS13, GetConfigForClient: l.Config}
		server.Protocols = &http.Protocols{}
		server.Protocols.SetHTTP1(true)
	case l.Keys != nil:
		server.TLSConfig = &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: l.Keys.certificate}
	}
	return server
}

func (l *Listener) drain(server *http.Server) {
	grace, cancel := context.WithTimeout(context.Background(), l.Drain)
	defer cancel()
	if server.Shutdown(grace) != nil {
		l.Log.Warn("requests that are still open are cut off", "drain_time", l.Drain.String())
		_ = server.Close()
	}
}

// limitBody refuses the rest of a body that is too large.
func limitBody(next http.Handler, most int64) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, most)
		next.ServeHTTP(w, r)
	})
}
