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

	"golang.org/x/net/netutil"
)

// The bounds of the server: a scrape is one short request, from one place.
const (
	maxConnections = 16
	maxHeader      = 16 << 10
	readTimeout    = 5 * time.Second
	writeTimeout   = 10 * time.Second
	idleTimeout    = 2 * time.Minute // longer than most scrape intervals
	endTimeout     = time.Second
)

// Server serves a handler on one address.
type Server struct {
	Address string
	TLS     TLS
	Handler http.Handler
	// Complain, when set, is told of certificate files that cannot be used, once for each
	// complaint. It is called from any goroutine.
	Complain func(error)
}

// Check tells what is wrong with an address and its TLS, without a look at any file. What
// is on the VM's own loopback is open to the VM; any other address asks for mutual TLS.
func Check(address string, t TLS) error {
	where, err := netip.ParseAddrPort(address)
	if err != nil {
		return errors.New("is no address and port: write 127.0.0.1:9793")
	}
	if err := t.Check(); err != nil {
		return err
	}
	if !where.Addr().IsLoopback() && !t.mutual() {
		return errors.New("is not on loopback: that needs mutual TLS, with client_ca_file")
	}
	return nil
}

// Listen takes the address into use. What is wrong with the certificate files shows here.
func (s *Server) Listen() (net.Listener, error) {
	if err := Check(s.Address, s.TLS); err != nil {
		return nil, fmt.Errorf("serve metrics: %s %w", s.Address, err)
	}
	var keys *keys
	if s.TLS.Enabled() {
		var err error
		if keys, err = newKeys(s.TLS, s.Complain); err != nil {
			return nil, fmt.Errorf("serve metrics: %w", err)
		}
	}
	listener, err := net.Listen("tcp", s.Address)
	if err != nil {
		return nil, fmt.Errorf("serve metrics: %w", err)
	}
	listener = netutil.LimitListener(listener, maxConnections)
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
		// Who is refused learns so himself; a line for each would let anybody fill the log.
		ErrorLog: log.New(io.Discard, "", 0),
	}
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
