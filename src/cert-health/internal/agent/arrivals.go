package agent

import (
	"bytes"
	"maps"
	"slices"
	"strings"
	"time"

	"cert-health/internal/cert"
	"cert-health/internal/discover"
)

// arrivals are the times at which certificates came into the files of jobs. The time of a
// file does not tell that: every deploy writes all files again.
type arrivals struct {
	// Seen is the time of the last scan.
	Seen time.Time `json:"seen,omitzero"`
	// Files are the arrivals of the certificates, by file.
	Files map[string]map[cert.Fingerprint]arrival `json:"files,omitempty"`
	// Gone are certificates that files held before.
	Gone departures `json:"gone,omitempty"`
}

// arrival is the two scans between which a certificate came; zero if it was in the file when
// the file was first scanned.
type arrival struct {
	After time.Time `json:"after,omitzero"`
	By    time.Time `json:"by,omitzero"`
}

// note records the present certificates of the files. It returns whether any have come or
// gone.
func (a *arrivals) note(deployed []cert.Deployed, now time.Time) (changed bool) {
	files := map[string]map[cert.Fingerprint]arrival{}
	for _, d := range deployed {
		for _, location := range d.Locations {
			if location.Job == "" {
				continue
			}
			file := files[location.File]
			if file == nil {
				file = map[cert.Fingerprint]arrival{}
				files[location.File] = file
			}
			came, known := a.came(location.File, d.Certificate.Fingerprint, now)
			file[d.Certificate.Fingerprint] = came
			changed = changed || !known
		}
	}
	changed = changed || count(files) != count(a.Files)
	a.Gone = a.Gone.with(a.Files, files)
	a.Seen, a.Files = now, files
	return changed
}

// came returns when a certificate came into a file, and whether that was known before.
func (a *arrivals) came(file string, fingerprint cert.Fingerprint, now time.Time) (came arrival, known bool) {
	before, watched := a.Files[file]
	if came, known = before[fingerprint]; known || !watched {
		return came, known
	}
	return arrival{After: a.Seen, By: now}, false
}

// rewind puts no arrival later than now. The clock was set back since: how the arrivals relate to
// the starts of processes is not known any more, so those are forgotten that seem to be to come.
func (a *arrivals) rewind(now time.Time) {
	if a.Seen.After(now) {
		a.Seen = now
	}
	for _, file := range a.Files {
		for fingerprint, came := range file {
			if came.After.After(now) || came.By.After(now) {
				file[fingerprint] = arrival{}
			}
		}
	}
}

func count(files map[string]map[cert.Fingerprint]arrival) (n int) {
	for _, file := range files {
		n += len(file)
	}
	return n
}

// list returns the arrivals that were seen and are not settled, sorted by file.
func (a *arrivals) list() []cert.Arrival {
	var list []cert.Arrival
	for _, file := range slices.Sorted(maps.Keys(a.Files)) {
		first := len(list)
		for fingerprint, came := range a.Files[file] {
			if !came.By.IsZero() {
				list = append(list, cert.Arrival{Fingerprint: fingerprint, File: file, After: came.After, By: came.By})
			}
		}
		slices.SortStableFunc(list[first:], func(a, b cert.Arrival) int { return bytes.Compare(a.Fingerprint[:], b.Fingerprint[:]) })
	}
	return list
}

// settle removes the times of arrivals if all processes of the file's job were started later,
// and so have loaded the file since. It returns whether there were any.
func (a *arrivals) settle(seen []cert.Arrival, processes []cert.Process) (settled bool) {
	for _, s := range seen {
		missed := slices.ContainsFunc(processes, func(p cert.Process) bool {
			return p.Job == jobOf(s.File) && p.Started.Before(s.After)
		})
		file := a.Files[s.File]
		if came, still := file[s.Fingerprint]; still && !missed && came.By.Equal(s.By) {
			file[s.Fingerprint] = arrival{}
			settled = true
		}
	}
	return settled
}

// jobOf returns the job of a file in the jobs' directory.
func jobOf(file string) string {
	job, _, _ := strings.Cut(strings.TrimPrefix(file, discover.JobsDir+"/"), "/")
	return job
}
