package agent

import (
	"fmt"
	"maps"
	"slices"
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
		f.log.Error(logTag, "%s failed: %s", activity, report.Short(err.Error()))
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

// maxLogged is how many findings one report adds to the log, and how many ends of findings.
const maxLogged = 100

// update notes the findings and problems of a new report. If many are new, each job has its share
// of the lines, and the rest is counted.
func (l *findingsLog) update(r *report.Report) {
	before := l.open
	l.open = map[string]logged{}
	var fresh []report.Item
	items := r.FindingItems()
	for i := range r.Problems {
		items = append(items, r.Problems[i].Item())
	}
	for _, item := range items {
		key, entry, _ := logLine(item)
		if before[key] != entry {
			fresh = append(fresh, item)
		}
		l.open[key] = entry
	}
	for _, item := range report.Fair(fresh, maxLogged) {
		l.write(item)
	}
	if more := len(fresh) - maxLogged; more > 0 {
		l.log.Warn(logTag, "and %d more findings and problems: see `cert-health status`", more)
	}
	l.ended(before)
}

// ended notes what is over.
func (l *findingsLog) ended(before map[string]logged) {
	count := 0
	for _, key := range slices.Sorted(maps.Keys(before)) {
		if _, still := l.open[key]; still {
			continue
		}
		if count++; count <= maxLogged {
			l.log.Info(logTag, "no more: %s", before[key].name)
		}
	}
	if count > maxLogged {
		l.log.Info(logTag, "no more: %d other findings and problems", count-maxLogged)
	}
}

// logLine is what the log says of an item. The message of a problem that is about something
// changes with time.
func logLine(item report.Item) (key string, entry logged, line string) {
	code := item.Finding.Code
	if p := item.Problem; p != nil {
		line = fmt.Sprintf("%s: %s", code, p.Text())
		if p.About == "" {
			return line, logged{line, p.Severity}, line
		}
		return item.Key(), logged{fmt.Sprintf("%s of %s", code, item.Name()), p.Severity}, line
	}
	return item.Key(), logged{fmt.Sprintf("%s of %s", code, item.Name()), item.Finding.Severity}, fmt.Sprintf("[%s] %s", code, item.Line())
}

// write logs the line of an item that is new or has another severity than before.
func (l *findingsLog) write(item report.Item) {
	_, entry, line := logLine(item)
	switch {
	case entry.severity >= verdict.Error:
		l.log.Error(logTag, "%s", line)
	case entry.severity == verdict.Warning:
		l.log.Warn(logTag, "%s", line)
	default:
		l.log.Info(logTag, "%s", line)
	}
}
