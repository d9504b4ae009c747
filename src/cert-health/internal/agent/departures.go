package agent

import (
	"maps"
	"slices"

	"cert-health/internal/cert"
)

// departures are certificates that the files of a job held before, the oldest departure first. If
// a process still serves one of them, it has not loaded its file again.
type departures map[string][]cert.Fingerprint

const (
	// maxGone is how many are kept of one job: two generations of a distribution's bundle of CAs.
	maxGone = 300
	// maxGoneJobs is of how many jobs they are kept. A VM has some dozens.
	maxGoneJobs = 200
)

// with adds what was in the files before and is not in them now.
func (d departures) with(before, now map[string]map[cert.Fingerprint]arrival) departures {
	gone := departures{}
	for file, held := range before {
		for fingerprint := range held {
			if _, still := now[file][fingerprint]; !still {
				gone[jobOf(file)] = append(gone[jobOf(file)], fingerprint)
			}
		}
	}
	if len(gone) == 0 {
		return d
	}
	all := maps.Clone(d)
	if all == nil {
		all = departures{}
	}
	for _, job := range slices.Sorted(maps.Keys(gone)) {
		if _, known := all[job]; known || len(all) < maxGoneJobs {
			all[job] = newest(append(without(all[job], gone[job]), gone[job]...))
		}
	}
	return all
}

// without returns the list without the others.
func without(list, others []cert.Fingerprint) []cert.Fingerprint {
	return slices.DeleteFunc(slices.Clone(list), func(f cert.Fingerprint) bool { return slices.Contains(others, f) })
}

// newest are the last ones. What was read from the memory's file may have too many.
func newest(list []cert.Fingerprint) []cert.Fingerprint { return list[max(0, len(list)-maxGone):] }

// list returns them, sorted by job.
func (d departures) list() []cert.Departure {
	var list []cert.Departure
	for i, job := range slices.Sorted(maps.Keys(d)) {
		if i == maxGoneJobs {
			break
		}
		for _, fingerprint := range newest(d[job]) {
			list = append(list, cert.Departure{Fingerprint: fingerprint, Job: job})
		}
	}
	return list
}
