package served

import (
	"slices"
	"time"
)

// Options say how gently to probe.
type Options struct {
	// Interval is the least time between two probes of a socket; 0 is DefaultInterval.
	Interval time.Duration `yaml:"interval"`
	// UpToDate tells of a result that it is as it should be; nil does of none. Such a socket is
	// asked again after Rest only, 0 being a day, or as soon as UpToDate says otherwise: what a process
	// shows becomes wrong because a file changes, not because time goes by. A server that
	// demands a client certificate notes each handshake without one in its log, so this spares
	// the VM's logs most of it.
	UpToDate func(Result) bool
	Rest     time.Duration
	// Timeout is for one connection, all of it; 0 is three seconds.
	Timeout time.Duration
	// Patience is how long a server that is not known yet may take to speak first, before
	// a ClientHello is sent; 0 is a tenth of Timeout. One that speaks later is understood
	// all the same, but has been sent octets that it may note in its log.
	Patience time.Duration
	// Concurrency is the number of sockets that are probed at once; 0 is four.
	Concurrency int
	// Names are server names to try at the sockets of a job, such as the names in its
	// certificates; nil is none. The job is empty where it cannot be told.
	Names func(job string) []string
	Never Never            `yaml:",inline"`
	Now   func() time.Time // the clock; nil is time.Now
}

// DefaultInterval is the Interval when none is given.
const DefaultInterval = 10 * time.Minute

// Never is what must not be touched.
type Never struct {
	Ports []uint16 `yaml:"never_ports"`
	// Jobs are names. While there are any, a socket of which the job cannot be told is
	// not touched either: it might be one of theirs.
	Jobs []string `yaml:"never_jobs"`
}

// The ports of the platform itself, which are never touched: jobs must not call monit,
// and every connection to bosh-agent's mailbox is meant to be an alert.
const (
	monitPort   = 2822
	mailboxPort = 2825
)

// maxNames bounds the server names of one probe, each of which is a connection.
const maxNames = 3

// maxSilent is after how many probes a server that has never answered in any way that
// could be understood is left alone, for as long as it listens.
const maxSilent = 3

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

// untouched says why a listener must not be touched; empty when it may.
func (o *Options) untouched(l Listener) string {
	port := l.Address.Port()
	switch {
	case port == monitPort || port == mailboxPort:
		return "it is the platform's own"
	case slices.Contains(o.Never.Ports, port):
		return "its port is not to be touched"
	case slices.Contains(o.Never.Jobs, l.Owner.Job):
		return "its job is not to be touched"
	case len(o.Never.Jobs) > 0 && l.Owner.PID == 0:
		return "its job cannot be told, and there are jobs that are not to be touched"
	}
	return ""
}
