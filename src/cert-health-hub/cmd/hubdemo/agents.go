package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"cert-health/internal/scenario"
	"cert-health/internal/secret"
	"cert-health/internal/uplink"
)

const (
	loopback = "127.0.0.1"
	beat     = 30 * time.Second       // between two heartbeats of an agent
	retry    = 200 * time.Millisecond // while the hub does not answer, or does not know the Director's list
)

// agents prepares the agents of the VMs: their client certificate, and the hub's certificate and address.
func (s *stage) agents() error {
	port, err := freePort()
	if err != nil {
		return err
	}
	s.Agents = net.JoinHostPort(loopback, strconv.Itoa(port))
	own := scenario.Issue(scenario.Spec{CommonName: "hub.example.com", SANs: []string{loopback}, Server: true, Issuer: s.ca, NotAfter: s.in(365)})
	s.HubCertificate, s.HubKey = filepath.Join(s.dir, "hub.pem"), filepath.Join(s.dir, "hub.key")
	for file, contents := range map[string]string{s.HubCertificate: own.CertPEM(), s.HubKey: own.KeyPEM()} {
		if err := os.WriteFile(file, []byte(contents), 0o600); err != nil {
			return err
		}
	}
	shown := scenario.Issue(scenario.Spec{CommonName: "cert-health-agent", Client: true, Issuer: s.ca, NotAfter: s.in(365)})
	s.client, err = uplink.New(uplink.Options{URL: []string{"https://" + s.Agents}, CACert: s.ca.CertPEM(), Cert: shown.CertPEM(), PrivateKey: secret.New(shown.KeyPEM())})
	if err == nil {
		s.closers = append(s.closers, s.client.Close)
	}
	return err
}

// speak lets all agents speak until the context ends. It writes to the log why the hub does not take
// what they say, once for each reason.
func (s *stage) speak(ctx context.Context) {
	for before := ""; ; {
		pause, trouble := beat, ""
		if err := s.round(ctx); err != nil {
			pause, trouble = retry, err.Error()
		}
		if trouble != before && trouble != "" {
			fmt.Fprintln(os.Stderr, "agents:", trouble)
		}
		before = trouble
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return
		}
	}
}

// round lets each agent say that it lives.
func (s *stage) round(ctx context.Context) error {
	for _, v := range s.vms {
		if v.report == nil {
			continue
		}
		if err := v.speak(ctx, s.client, s.started); err != nil {
			return err
		}
	}
	return nil
}

// speak sends a heartbeat, and the whole report if the hub asks for it.
func (v *vm) speak(ctx context.Context, client *uplink.Client, boot time.Time) error {
	v.count++
	sequence := uplink.Sequence{Boot: boot.UTC().Format(time.RFC3339Nano), Count: v.count}
	err := client.Heartbeat(ctx, uplink.Heartbeat{Schema: uplink.Schema, Instance: v.Instance, Digest: v.digest, Sequence: sequence, ScannedAt: time.Now()})
	if errors.Is(err, uplink.ErrSendWhole) {
		err = client.Report(ctx, uplink.Report{Schema: uplink.Schema, Digest: v.digest, Sequence: sequence, Report: v.report})
	}
	return err
}
