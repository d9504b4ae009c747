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

// arrivals remembers since when each certificate has stood in each file of a job. The
// time of the file itself says little: every deploy writes all files anew.
type arrivals struct {
	// Seen is when the files were last looked at.
	Seen time.Time `json:"seen,omitzero"`
	// Files are the files with certificates, and when each came.
	Files map[string]map[cert.Fingerprint]arrival `json:"files,omitempty"`
}

// arrival is between which two looks a certificate came; zero for one that was there
// when the file was first seen.
type arrival struct {
	After time.Time `json:"after,omitzero"`
	By    time.Time `json:"by,omitzero"`
}

// note books what stands in the files now, and tells whether anything has come or gone.
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
	a.Seen, a.Files = now, files
	return changed
}

// came is when a certificate came into a file, and whether that was known before.
func (a *arrivals) came(file string, fingerprint cert.Fingerprint, now time.Time) (came arrival, known bool) {
	before, watched := a.Files[file]
	if came, known = before[fingerprint]; known || !watched {
		return came, known
	}
	return arrival{After: a.Seen, By: now}, false
}

func count(files map[string]map[cert.Fingerprint]arrival) (n int) {
	for _, file := range files {
		n += len(file)
	}
	return n
}

// list is what came while somebody watched and is not settled, in the order of the files.
func (a *arrivals) list() []cert.Arrival {
	var list []cert.Arrival
	for _, file := range slices.Sorted(maps.Keys(a.Files)) {
		first := len(list)
		for fingerprint, came := range a.Files[file] {
			if !came.By.IsZero() {
				list = append(list, cert.Arrival{Fingerprint: fingerprint, File: file, After: came.After, By: came.By})
			}
		}
		slices.SortFunc(list[first:], func(a, b cert.Arrival) int { return bytes.Compare(a.Fingerprint[:], b.Fingerprint[:]) })
	}
	return list
}

// settle drops the times of those arrivals that no process of the file's job can have
// missed, for all of them were started later. It tells whether there were any.
func (a *arrivals) settle(seen []cert.Arrival, processes []cert.Process) (settled bool) {
	for _, s := range seen {
		missed := slices.ContainsFunc(processes, func(p cert.Process) bool {
			return p.Job == jobOf(s.File) && p.Started.Before(s.After)
		})
		held := a.Files[s.File]
		if came, still := held[s.Fingerprint]; still && !missed && came.By.Equal(s.By) {
			held[s.Fingerprint] = arrival{}
			settled = true
		}
	}
	return settled
}

// jobOf is the job to which a file of the jobs' folder belongs.
func jobOf(file string) string {
	job, _, _ := strings.Cut(strings.TrimPrefix(file, discover.JobsDir+"/"), "/")
	return job
}
