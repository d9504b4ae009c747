// Package agent watches one VM for as long as it runs: it makes a check on a timer, and
// hands a snapshot of the results to its sinks.
package agent

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"code.cloudfoundry.org/clock"
	"github.com/cloudfoundry/bosh-utils/logger"

	"cert-health/internal/config"
)

// logTag marks the agent's lines in its log.
const logTag = "cert-health"

// Agent watches one VM for as long as it runs.
type Agent struct {
	ConfigFile string
	Version    string // of the program, for its metrics
	Root       string // stands for "/"; empty is "/"
	Clock      clock.Clock
	Log        logger.Logger
	// Jitter returns a random duration below its argument, so that agents that start at
	// the same time spread their work; nil is a uniform distribution.
	Jitter func(below time.Duration) time.Duration
	// Reload makes the agent read its configuration again.
	Reload <-chan struct{}
}

// Run watches until ctx ends, and then returns nil. While the configuration is invalid, it
// waits for a valid one without a heartbeat: if it exited instead, a mistake in the
// configuration would fail the deploy of all jobs on the VM.
func (a *Agent) Run(ctx context.Context) error {
	configuration, err := config.Load(a.ConfigFile)
	for err != nil {
		a.Log.Error(logTag, "%s; waiting for a valid configuration", err)
		select {
		case <-ctx.Done():
			return nil
		case <-a.Reload:
			configuration, err = config.Load(a.ConfigFile)
		}
	}
	dir := dataDir(configuration.Agent.DataDir)
	lock, err := a.lock(ctx, dir)
	if err != nil {
		return err
	}
	if lock == nil {
		return nil
	}
	dir.removeTemporary()
	l := a.newLoop(configuration, dir)
	l.held = lock
	defer func() { l.held.release() }()
	l.run(ctx)
	return nil
}

// lock waits for the lock, and returns nil when ctx ends first. Another agent may hold it:
// one that is about to end, or one that an operator runs by hand.
func (a *Agent) lock(ctx context.Context, dir dataDir) (*lock, error) {
	logged := ""
	for {
		err := dir.create()
		var taken *lock
		if err == nil {
			taken, err = tryLock(dir.lock())
		}
		if err == nil {
			taken.sign(a.Clock.Now())
			return taken, nil
		}
		if logged != err.Error() {
			logged = err.Error()
			a.Log.Warn(logTag, "waiting for %s: %s", dir, err)
		}
		timer := a.Clock.NewTimer(time.Second)
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil, nil
		case <-timer.C():
		}
	}
}

func (a *Agent) jitter(below time.Duration) time.Duration {
	if a.Jitter != nil {
		return a.Jitter(below)
	}
	return rand.N(max(below, 1))
}

// reload reads the configuration again. An invalid one is refused with its errors, and the
// old one stays in use.
func (l *loop) reload() {
	configuration, err := config.Load(l.ConfigFile)
	if err == nil && configuration.Agent.DataDir != string(l.dir) {
		err = errors.New("cert_health.agent.data_dir cannot change while the agent runs: restart it")
	}
	if err != nil {
		l.Log.Error(logTag, "the configuration was not reloaded: %s", err)
		return
	}
	l.configure(configuration)
	l.timers.reset(l.jitter(configuration.Agent.CompareInterval))
	l.Log.Info(logTag, "the configuration was reloaded")
}

// describe returns what the agent is about to do, for the log.
func (l *loop) describe() string {
	vm := "this machine"
	if l.instance.Group != "" {
		vm = l.instance.Group + "/" + l.instance.ID
	}
	if l.following.source == nil {
		return fmt.Sprintf("watching %s without a source", vm)
	}
	return fmt.Sprintf("watching %s with %s at %s", vm, l.following.source.Title, l.following.source.Address)
}
