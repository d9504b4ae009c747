// Package fleet simulates a thousand VMs that read one Vault. The time is simulated; the requests
// and the Vault are real. It measures the load of a thousand VMs and projects that of ten thousand.
package fleet

import (
	"context"
	"fmt"
	"io"
	"time"

	"cert-health/internal/cert"
)

// Options of a simulation. All are required.
type Options struct {
	Vault   string // the program to start in dev mode
	Dir     string // an empty directory for it
	Policy  string // file with the policy of an agent
	Agents  int
	Secrets int
	Out     io.Writer
}

// Run runs the simulation and prints the results. It returns an error if a promise is not kept.
func Run(ctx context.Context, o Options) error {
	w, err := build(ctx, o)
	if err != nil {
		return err
	}
	defer w.close()
	s := &simulation{world: w, now: time.Now()}
	r := &report{options: o}
	defer func() { _, _ = io.WriteString(o.Out, r.text()) }() // also if a promise is not kept
	for _, step := range []func(context.Context, *report) error{
		s.publishTwice, s.checkRights, s.capacity, s.walk, s.day, s.start, s.steady, s.rotate, s.busyHour, s.quota,
	} {
		if err := step(ctx, r); err != nil {
			return fmt.Errorf("the fleet: %w", err)
		}
	}
	return nil
}

// start starts all VMs in the same second.
func (s *simulation) start(ctx context.Context, r *report) error {
	for _, v := range s.vms {
		if err := s.begin(v); err != nil {
			return err
		}
	}
	err := s.pass(ctx, r, "start: all in one second, spread over 10 minutes", interval, cert.Current)
	r.start = r.last()
	return err
}

// steady measures the permanent state, in which agents rarely search for missing certificates.
func (s *simulation) steady(ctx context.Context, r *report) error {
	for _, v := range s.vms {
		v.age(12 * time.Hour)
	}
	if err := s.pass(ctx, r, "steady", longest, cert.Current); err != nil {
		return err
	}
	r.steady = r.last()
	p := r.steady
	if p.most > own || p.sent[index]+p.sent[system] > 0 {
		return fmt.Errorf("steady: a poll sent %d requests for %d certificates, and all sent %v", p.most, own, p.sent)
	}
	return nil
}

// rotate renews all certificates.
func (s *simulation) rotate(ctx context.Context, r *report) error {
	if err := s.issue(ctx); err != nil {
		return err
	}
	if err := s.pass(ctx, r, "mass rotation: all renewed in Vault", interval/2, cert.Behind); err != nil {
		return err
	}
	if err := s.publish(ctx, r, "after a mass rotation"); err != nil {
		return err
	}
	if err := s.pass(ctx, r, "… published", interval/2, cert.Stale); err != nil {
		return err
	}
	for _, v := range s.vms {
		v.deploy()
	}
	return s.pass(ctx, r, "… deployed", interval, cert.Current)
}

// mostExtra is the largest ratio of requests to a busy Vault and to a Vault that is not busy.
const mostExtra = 1.25

// busyHour makes Vault reject every other request for an hour. At its beginning, some VMs start
// without any knowledge.
func (s *simulation) busyHour(ctx context.Context, r *report) error {
	s.fresh = &phase{name: "… of the VMs that started when it began", began: s.now, long: time.Hour}
	for i := 0; i < len(s.vms); i += 20 {
		s.vms[i].fresh = true
		if err := s.vms[i].start(pace()); err != nil {
			return err
		}
	}
	s.front.busy.Store(true)
	err := s.pass(ctx, r, "an hour of 429 to every other request", time.Hour, cert.Current)
	s.front.busy.Store(false)
	if err != nil {
		return err
	}
	for _, v := range s.vms {
		v.fresh = false
	}
	r.busy, r.fresh = r.last(), s.fresh
	r.extra = r.busy.each() / r.usual()
	r.phases = append(r.phases, s.fresh)
	if err := s.fresh.sound(); err != nil {
		return err
	}
	if r.extra > mostExtra {
		return fmt.Errorf("a busy Vault gets %.2f times the requests", r.extra)
	}
	if err := s.pass(ctx, r, "the first polls after it", longest, cert.Current); err != nil {
		return err
	}
	if p := r.last(); p.unread > 0 {
		return fmt.Errorf("after an hour with a busy Vault, %d secrets are unread", p.unread)
	}
	return nil
}
