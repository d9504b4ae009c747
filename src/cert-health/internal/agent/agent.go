// Package agent watches one VM for as long as it runs: it makes a check on a timer, and
// hands each report to its sinks.
package agent

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"code.cloudfoundry.org/clock"
	"github.com/cloudfoundry/bosh-utils/logger"

	"cert-health/internal/alert"
	"cert-health/internal/check"
	"cert-health/internal/config"
	"cert-health/internal/reference"
	"cert-health/internal/vault/source"
)

// logTag marks the agent's lines in its log.
const logTag = "cert-health"

// Agent watches one VM for as long as it runs.
type Agent struct {
	ConfigFile string
	Version    string // what it calls itself in its metrics
	Root       string // stands for "/"; empty is "/"
	Clock      clock.Clock
	Log        logger.Logger
	// Jitter returns a random duration below its argument, so that a fleet
	// that was started at once spreads its work; nil is a fair one.
	Jitter func(below time.Duration) time.Duration
	// Reload makes the agent read its configuration again.
	Reload <-chan struct{}
}

// Run watches until ctx ends, and then returns nil. A configuration that cannot be
// used keeps it waiting for a better one, without a heartbeat: were it to exit, a
// mistake in it would fail the deploy of everything else on the VM.
func (a *Agent) Run(ctx context.Context) error {
	configuration, err := config.Load(a.ConfigFile)
	for err != nil {
		a.Log.Error(logTag, "%s; waiting for a configuration that can be used", err)
		select {
		case <-ctx.Done():
			return nil
		case <-a.Reload:
			configuration, err = config.Load(a.ConfigFile)
		}
	}
	data := folder(configuration.Agent.DataDir)
	held, err := a.lock(ctx, data)
	if err != nil {
		return err
	}
	if held == nil {
		return nil
	}
	defer held.release()
	data.sweep()
	a.loop(configuration, data).run(ctx)
	return nil
}

// lock waits for its turn, or returns nil when ctx ended meanwhile. An agent that
// is still ending, or one that somebody runs by hand, is no reason to fail.
func (a *Agent) lock(ctx context.Context, data folder) (*lock, error) {
	waiting := ""
	for {
		err := data.prepare()
		var held *lock
		if err == nil {
			held, err = tryLock(data.lock())
		}
		if err == nil {
			return held, nil
		}
		if waiting != err.Error() {
			waiting = err.Error()
			a.Log.Warn(logTag, "waiting for %s: %s", data, err)
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

func (a *Agent) loop(configuration config.Config, data folder) *loop {
	l := &loop{
		Agent:     a,
		checker:   check.Checker{Root: a.Root, Now: a.Clock.Now},
		publisher: publisher{folder: data},
		compared:  make(chan compared, 1),
		delivered: make(chan delivery, 1),
		observed:  make(chan observed, 1),
		started:   a.Clock.Now(),
	}
	var err error
	if l.memory, err = recall(data.memory()); err != nil {
		a.Log.Warn(logTag, "%s; starting without it", err)
	}
	l.configure(configuration)
	return l
}

// configure takes a configuration into use.
func (l *loop) configure(configuration config.Config) {
	l.checker.Config = configuration
	l.instance = l.checker.Instance()
	l.follow()
	l.scanner = l.checker.Scanner()
	l.observer, l.seen = nil, check.Observation{}
	if configuration.Served.Enabled {
		l.observer = l.checker.Observer()
	}
	l.exposition.prepare(l.Agent, configuration.Metrics)
	l.mailer = nil
	if configuration.Alerts.Address != "" {
		l.mailer = alert.Mailbox{Address: configuration.Alerts.Address, Timeout: mailTimeout}
	}
}

// follow begins to follow the configured store, from what is known of it.
func (l *loop) follow() {
	v := l.checker.Config.Vault
	l.follower, l.unprepared = nil, nil
	if v.Address == "" {
		l.comparison = check.NotCompared()
		return
	}
	options, err := l.checker.Config.Source(l.instance)
	var store *source.Source
	if err == nil {
		options.KV.Now = l.Clock.Now
		store, err = source.New(options)
	}
	if err != nil {
		l.unprepared, l.comparison = err, check.NotPrepared(err)
		return
	}
	l.memory.of(v, options.Paths)
	l.follower = reference.Follow(store, l.instance.Deployment, l.memory.Knowledge, l.Clock.Now)
	l.comparison = check.NotAsked(l.memory.Knowledge, l.memory.requestsDay())
}

// reload reads the configuration again. One that cannot be used is refused with
// its reasons, and the old one stays.
func (l *loop) reload() {
	configuration, err := config.Load(l.ConfigFile)
	if err == nil && configuration.Agent.DataDir != string(l.publisher.folder) {
		err = errors.New("agent.data_dir cannot change while the agent runs: restart it")
	}
	if err != nil {
		l.Log.Error(logTag, "the configuration was not reloaded: %s", err)
		return
	}
	l.configure(configuration)
	l.scanTimer.Reset(0)
	l.compareTimer.Reset(l.jitter(time.Duration(configuration.Agent.ScanInterval)))
	l.Log.Info(logTag, "the configuration was reloaded")
}

// describe says what a loop is about to do, once, at its start.
func (l *loop) describe() string {
	with := "without Vault"
	if address := l.checker.Config.Vault.Address; address != "" {
		with = "with Vault at " + address
	}
	return fmt.Sprintf("watching %s %s", orThisMachine(l.instance), with)
}

func orThisMachine(i config.Instance) string {
	if i.Group == "" {
		return "this machine"
	}
	return i.Group + "/" + i.ID
}
