package metrics

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/netip"
	"time"
)

// The limits of the server. A scrape is one short request, from one client. A client that keeps
// its connection for the next scrape saves nothing that matters.
const (
	maxConnections = 16
	maxHeader      = 16 << 10
	readTimeout    = 5 * time.Second // for the handshake of TLS and the header
	writeTimeout   = 10 * time.Second
	idleTimeout    = 5 * time.Second
	endTimeout     = time.Second
)

// Server serves a handler on one address.
type Server struct {
	Address string
	TLS     TLS
	Handler http.Handler
	// OnError, when set, is called once for each distinct error of the certificate files.
	// It is called from any goroutine.
	OnError func(error)
}

// Check returns what is wrong with an address and its TLS settings. It reads no file. An
// address on loopback is open to every process of the VM; any other needs mutual TLS.
func Check(address string, t TLS) error {
	where, err := netip.ParseAddrPort(address)
	if err != nil {
		return errors.New("is not an address with a port, such as 127.0.0.1:9793")
	}
	if err := t.Check(); err != nil {
		return err
	}
	if !where.Addr().IsLoopback() && !t.mutual() {
		return errors.New("is not a loopback address: it needs mutual TLS, with client_ca")
	}
	return nil
}

// Listen begins to listen. An error may be about the certificate files.
func (s *Server) Listen() (net.Listener, error) {
	if err := Check(s.Address, s.TLS); err != nil {
		return nil, fmt.Errorf("serve metrics: %s %w", s.Address, err)
	}
	var keys *keys
	if s.TLS.Enabled() {
		var err error
		if keys, err = newKeys(s.TLS, s.OnError); err != nil {
			return nil, fmt.Errorf("serve metrics: %w", err)
		}
	}
	listener, err := net.Listen("tcp", s.Address)
	if err != nil {
		return nil, fmt.Errorf("serve metrics: %w", err)
	}
	if keys != nil {
		listener = keys.listener(listener)
	}
	return listener, nil
}

// Serve serves what Listen returned until ctx ends, and then returns nil.
func (s *Server) Serve(ctx context.Context, listener net.Listener) error {
	server := &http.Server{
		Handler:           s.Handler,
		ReadHeaderTimeout: readTimeout, ReadTimeout: readTimeout, WriteTimeout: writeTimeout, IdleTimeout: idleTimeout,
		MaxHeaderBytes: maxHeader,
		// A client that is refused learns it from its own error; a line for each would let
		// any client fill the log.
		ErrorLog: log.New(io.Discard, "", 0),
	}
	(&visitors{}).watch(server)
	ended := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(ended)
		grace, cancel := context.WithTimeout(context.Background(), endTimeout)
		defer cancel()
		if server.Shutdown(grace) != nil {
			_ = server.Close()
		}
	})
	err := server.Serve(listener)
	if !stop() {
		<-ended
	}
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return fmt.Errorf("serve metrics: %w", err)
}
