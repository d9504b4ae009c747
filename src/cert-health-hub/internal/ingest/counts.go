package ingest

import (
	"net/http"
	"sync"
	"sync/atomic"
)

// kind is what agents send.
type kind int

const (
	heartbeats kind = iota
	reports
	questions
	kinds
)

// result is how a request ended.
type result int

const (
	taken     result = iota // stored, known or answered
	sendAgain               // 409: a heartbeat about a report that is not stored, a report that is not newer
	rejected                // 403
	invalid                 // any other fault of the request
	delayed                 // 429
	failed                  // 503
	results
)

// counts are numbers for the metrics.
type counts struct {
	underWay atomic.Int64
	ended    [kinds][results]atomic.Uint64
}

func (c *counts) count(k kind, status int) { c.ended[k][resultOf(status)].Add(1) }

func resultOf(status int) result {
	switch status {
	case http.StatusNoContent, http.StatusOK:
		return taken
	case http.StatusConflict:
		return sendAgain
	case http.StatusForbidden:
		return rejected
	case http.StatusTooManyRequests:
		return delayed
	case http.StatusServiceUnavailable:
		return failed
	}
	return invalid
}

// Count is the number of requests of one kind that ended in one way.
type Count struct {
	Kind, Result string // "heartbeat" and "taken", …
	Number       uint64
}

// Counts are the numbers of all requests since the start.
func (i *Intake) Counts() (all []Count) {
	for k, name := range [kinds]string{"heartbeat", "report", "references"} {
		for r, word := range [results]string{"taken", "conflict", "refused", "invalid", "delayed", "failed"} {
			all = append(all, Count{name, word, i.counts.ended[k][r].Load()})
		}
	}
	return all
}

// UnderWay is the number of requests that are being answered.
func (i *Intake) UnderWay() int { return int(i.counts.underWay.Load()) }

// faults are the errors that were logged and still hold.
type faults struct {
	mutex sync.Mutex
	said  map[string]string
}

// fault logs an error, once as long as it stays the same.
func (i *Intake) fault(what string, err error) {
	i.faults.mutex.Lock()
	defer i.faults.mutex.Unlock()
	if i.faults.said[what] == err.Error() {
		return
	}
	if i.faults.said == nil {
		i.faults.said = map[string]string{}
	}
	i.faults.said[what] = err.Error()
	i.log.Error(what, "error", err.Error())
}

// well notes that an error has ended.
func (i *Intake) well(what string) {
	i.faults.mutex.Lock()
	defer i.faults.mutex.Unlock()
	if i.faults.said[what] != "" {
		delete(i.faults.said, what)
		i.log.Info("it has ended that " + what)
	}
}
