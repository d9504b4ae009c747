package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"
)

// serveFloor reads requests over mutual TLS and answers 204. No hub does less.
func serveFloor(ctx context.Context, address, dir string) error {
	contents, err := os.ReadFile(filepath.Join(dir, caFile))
	if err != nil {
		return err
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(contents)
	server := &http.Server{Addr: address, ReadHeaderTimeout: time.Minute, ErrorLog: log.New(io.Discard, "", 0),
		TLSConfig: &tls.Config{ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: pool},
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			w.WriteHeader(http.StatusNoContent)
		})}
	context.AfterFunc(ctx, func() { _ = server.Close() })
	err = server.ListenAndServeTLS(filepath.Join(dir, certificateFile), filepath.Join(dir, keyFile))
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

// floors are what the floor costs.
type floors struct{ first, minute, rotation cost }

// measureFloor sends the requests of the fleet to the floor.
func (b *bench) measureFloor(ctx context.Context, keys *keys) (f floors, err error) {
	address, err := free()
	if err != nil {
		return f, err
	}
	command := exec.CommandContext(ctx, os.Args[0], "-serve", address, "-dir", b.work)
	command.Env, command.Stderr = append(os.Environ(), floorMark+"=1"), os.Stderr
	if err := command.Start(); err != nil {
		return f, err
	}
	defer func() { _ = command.Process.Kill(); _ = command.Wait() }()
	fleet := newFleet(b.vms, address, keys)
	if err := fleet.waitFor(ctx); err != nil {
		return f, err
	}
	if err := fleet.prepare(); err != nil {
		return f, err
	}
	m := meter{pid: command.Process.Pid}
	for _, part := range []struct {
		into *cost
		do   func() error
	}{
		{&f.first, func() error { return fleet.flood(ctx) }},
		{&f.minute, func() error { return fleet.heartbeats(ctx, b.minute).err }},
		{&f.rotation, func() error { return fleet.rotate(ctx, b.rotation).err }},
	} {
		if *part.into, err = m.measure(part.do); err != nil {
			return f, err
		}
	}
	b.say("The floor: first reports %.2f s, %.2f s of CPU; heartbeats %.2f s of CPU; rotation %.2f s of CPU; %.0f MB.",
		f.first.wall.Seconds(), f.first.cpu.Seconds(), f.minute.cpu.Seconds(), f.rotation.cpu.Seconds(), float64(f.first.peak)/1e6)
	return f, nil
}

// floorMark tells the program of the tests to be fleetbench.
const floorMark = "FLEETBENCH"

// ratio is a cost beside its floor.
func ratio(ours, floor time.Duration) string {
	if floor <= 0 {
		return ""
	}
	return strconv.FormatFloat(float64(ours)/float64(floor), 'f', 2, 64)
}
