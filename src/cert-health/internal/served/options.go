package served

import (
	"slices"
	"time"
)

// Options limit the probes.
type Options struct {
	// Interval is the minimum time between two probes of a socket; 0 is DefaultInterval.
	Interval time.Duration `yaml:"interval"`
	// UpToDate tells whether a result agrees with the files; nil always returns false. While
	// it returns true, the socket is probed only after Rest: a served certificate becomes
	// outdated because a file changes, not because time passes. Many servers that demand a
	// client certificate log each handshake without one, and this avoids most of those lines.
	UpToDate func(Result) bool
	Rest     time.Duration // 0 is a day
	// Timeout is the time for one connection, with its handshake; 0 is three seconds.
	Timeout time.Duration
	// Patience is the time that a server of unknown protocol has to speak first, before a
	// ClientHello is sent; 0 is a tenth of Timeout. A slower server is recognised too, but it
	// may log the ClientHello as an error.
	Patience time.Duration
	// Look is the time for one call of Probe; 0 is twenty seconds.
	Look time.Duration
	// Known is called with what is known so far while slow servers are still probed; nil is not called.
	Known func([]Result)
	// Concurrency is the number of sockets that are probed at the same time; 0 is four.
	Concurrency int
	// Names returns server names (SNI) to try at the sockets of a job, such as the names in
	// its certificates; nil returns none. The job is empty if it is not known.
	Names func(job string) []string
	Never Never            `yaml:",inline"`
	Now   func() time.Time // the clock; nil is time.Now
}

// DefaultInterval is the default of Options.Interval.
const DefaultInterval = 10 * time.Minute

// Never says which sockets must not be probed.
type Never struct {
	Ports []uint16 `yaml:"never_ports"`
	// Jobs are names of jobs. If there are any, sockets whose job is unknown are not probed
	// either: they could belong to one of these jobs.
	Jobs []string `yaml:"never_jobs"`
}

// The ports of the platform itself, which are never probed: jobs must not connect to monit,
// and bosh-agent takes every connection to its mail port for an alert.
const (
	monitPort   = 2822
	mailboxPort = 2825
)

// maxNames limits the server names of one probe. Each takes a connection.
const maxNames = 3

// maxUnanswered is the number of probes after which a server that never gave an answer that
// is understood is not probed any more, for as long as it listens.
const maxUnanswered = 3

func (o Options) withDefaults() Options {
	defaults := func(value *time.Duration, otherwise time.Duration) {
		if *value <= 0 {
			*value = otherwise
		}
	}
	defaults(&o.Interval, DefaultInterval)
	defaults(&o.Rest, 24*time.Hour)
	defaults(&o.Timeout, 3*time.Second)
	defaults(&o.Patience, o.Timeout/10)
	if o.Concurrency <= 0 {
		o.Concurrency = 4
	}
	defaults(&o.Look, 20*time.Second)
	if o.Known == nil {
		o.Known = func([]Result) {}
	}
	if o.Names == nil {
		o.Names = func(string) []string { return nil }
	}
	if o.UpToDate == nil {
		o.UpToDate = func(Result) bool { return false }
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

// excluded says why a listener must not be probed; empty if it may be.
func (o *Options) excluded(l Listener) string {
	port := l.Address.Port()
	switch {
	case port == monitPort || port == mailboxPort:
		return "it is a port of the platform"
	case slices.Contains(o.Never.Ports, port):
		return "its port is excluded"
	case slices.Contains(o.Never.Jobs, l.Owner.Job), slices.Contains(o.Never.Jobs, l.Owner.named):
		return "its job is excluded"
	case len(o.Never.Jobs) > 0 && l.Owner.PID == 0:
		return "its job is unknown, and could be one of the excluded jobs"
	}
	return ""
}
