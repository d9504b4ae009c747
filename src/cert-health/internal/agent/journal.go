package agent

import (
	"fmt"
	"sync"

	"github.com/cloudfoundry/bosh-utils/logger"

	"cert-health/internal/check"
	"cert-health/internal/reference"
	"cert-health/internal/report"
	"cert-health/internal/verdict"
)

// failures logs when an activity begins to fail and when it works again, and nothing in
// between. It is safe for concurrent use.
type failures struct {
	log   logger.Logger
	mutex sync.Mutex
	open  map[string]string // the last error, by activity
}

func newFailures(log logger.Logger) *failures {
	return &failures{log: log, open: map[string]string{}}
}

// note notes the outcome of an activity.
func (f *failures) note(activity string, err error) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	before, failing := f.open[activity]
	switch {
	case err == nil && failing:
		delete(f.open, activity)
		f.log.Info(logTag, "%s works again", activity)
	case err != nil && err.Error() != before:
		f.open[activity] = err.Error()
		f.log.Error(logTag, "%s failed: %s", activity, err)
	}
}

// sourceLog logs when the source becomes unavailable and when it answers again.
type sourceLog struct {
	log    logger.Logger
	state  reference.State
	error  string
	access reference.Access
}

// update notes the last comparison with a source.
func (l *sourceLog) update(title string, compared check.Comparison) {
	answer := &compared.Answer
	if answer.State == reference.OK && answer.Access != l.access {
		l.access = answer.Access
		l.logAccess(title)
	}
	if answer.State == l.state && answer.Error == l.error {
		return
	}
	l.state, l.error = answer.State, answer.Error
	if answer.State == reference.OK {
		l.log.Info(logTag, "%s answers: %d secrets read in %d requests", title, answer.Read, answer.Requests)
		return
	}
	age := "there was no answer before"
	if known := compared.Knowledge.CheckedAt; !known.IsZero() {
		age = "the last answer is from " + verdict.Stamp(known)
	}
	l.log.Warn(logTag, "%s is unavailable: %s; %s", title, answer.Error, age)
}

// logAccess logs what the token may do. The right to read private keys, on every VM, is
// worth a warning.
func (l *sourceLog) logAccess(title string) {
	switch {
	case !l.access.Known:
		l.log.Info(logTag, "in mode %s; %s does not say what the token may do", l.access.Mode, title)
	case l.access.ReadData:
		l.log.Warn(logTag, "in mode %s; the token may read whole secrets, private keys included: "+
			"mode metadata does not need that right", l.access.Mode)
	default:
		l.log.Info(logTag, "in mode %s; the token may not read secrets", l.access.Mode)
	}
}

// findingsLog logs each finding and problem when it begins and when it ends.
type findingsLog struct {
	log  logger.Logger
	open map[string]logged // by key
}

// logged is a finding or problem in the log.
type logged struct {
	name     string
	severity verdict.Severity
}

// update notes the findings and problems of a new report.
func (l *findingsLog) update(r *report.Report) {
	before := l.open
	l.open = map[string]logged{}
	for _, item := range r.FindingItems() {
		f := item.Finding
		entry := logged{fmt.Sprintf("%s of %s", f.Code, item.Name()), f.Severity}
		l.note(before, item.Key(), entry, fmt.Sprintf("[%s] %s", f.Code, item.Line()))
	}
	for i := range r.Problems {
		p := &r.Problems[i]
		entry := logged{fmt.Sprintf("%s: %s", p.Code, p.Text()), p.Severity}
		key, line := entry.name, entry.name
		if p.About != "" { // its message changes with time
			key = p.Item().Key()
			entry.name = fmt.Sprintf("%s of %s", p.Code, p.Item().Name())
		}
		l.note(before, key, entry, line)
	}
	for key, was := range before {
		if _, still := l.open[key]; !still {
			l.log.Info(logTag, "no more: %s", was.name)
		}
	}
}

// note logs the line of an entry that is new or has another severity than before.
func (l *findingsLog) note(before map[string]logged, key string, entry logged, line string) {
	l.open[key] = entry
	if before[key] == entry {
		return
	}
	switch {
	case entry.severity >= verdict.Error:
		l.log.Error(logTag, "%s", line)
	case entry.severity == verdict.Warning:
		l.log.Warn(logTag, "%s", line)
	default:
		l.log.Info(logTag, "%s", line)
	}
}
