package report

import (
	"maps"
	"slices"

	"cert-health/internal/alert"
	"cert-health/internal/verdict"
)

// The bounds of a report that an agent writes again and again. They are far above what a VM of a
// complete Cloud Foundry has: 800 certificates in all its jobs, at 40 places at most. A certificate
// takes about 1 KB.
const (
	maxCertificates = 1000 // of one job
	maxLocations    = 100  // of one certificate
	maxNames        = 100  // alternative names of one certificate
	maxOthers       = 500  // served certificates, of which each job has its share; problems of one job; ignored findings of one job
	maxPrints       = 5000 // fingerprints of what is left out of one job
)

// LeftOut counts what a bounded report leaves out of one job. The summary counts it too.
type LeftOut struct {
	Job          string               `json:"job,omitempty"`
	Certificates int                  `json:"certificates,omitempty"`
	Problems     int                  `json:"problems,omitempty"`
	Ignored      int                  `json:"ignored,omitempty"`
	Expired      int                  `json:"expired_certificates,omitempty"`
	ByCode       map[verdict.Code]int `json:"by_code,omitempty"` // findings of the certificates, and problems
	// Fingerprints are the first digits of the fingerprints of certificates with findings, as
	// alerts have them.
	Fingerprints []string `json:"fingerprints,omitempty"`
}

// Bounded returns the report with the first of everything, and the counts of the rest. Each job has
// bounds of its own. What it returns shares its parts with the report: it must not be changed.
func (r *Report) Bounded() *Report {
	b := &bounding{left: map[string]*LeftOut{}}
	bounded := *r
	bounded.Certificates = b.certificates(r.Certificates)
	bounded.Problems = b.problems(r.Problems)
	bounded.Ignored = b.ignored(r.Ignored)
	if s := r.Served; s != nil && len(s.Shown) > maxOthers {
		bounded.Served = &Served{Listeners: s.Listeners, Shown: fairlyShown(s.Shown), MoreShown: len(s.Shown) - maxOthers}
	}
	for _, job := range slices.Sorted(maps.Keys(b.left)) {
		bounded.LeftOut = append(bounded.LeftOut, *b.left[job])
	}
	return &bounded
}

// fairlyShown are the first served certificates of each job, in their order: a job with many ports
// hides no other one.
func fairlyShown(all []ServedCertificate) []ServedCertificate {
	return fairly(all, maxOthers, func(i int) []string { return []string{all[i].Job} })
}

// bounding collects what is left out, by job.
type bounding struct{ left map[string]*LeftOut }

func (b *bounding) of(job string) *LeftOut {
	if b.left[job] == nil {
		b.left[job] = &LeftOut{Job: job, ByCode: map[verdict.Code]int{}}
	}
	return b.left[job]
}

func (b *bounding) certificates(all []Certificate) []Certificate {
	owners := owners(all)
	listed := map[string]int{}
	list := make([]Certificate, 0, len(all))
	for i := range all {
		job := owners[i]
		if listed[job]++; listed[job] <= maxCertificates {
			list = append(list, all[i].bounded())
			continue
		}
		l := b.of(job)
		l.Certificates++
		for _, f := range all[i].Findings {
			l.ByCode[f.Code]++
			if f.Code == verdict.Expired {
				l.Expired++
			}
		}
		if len(all[i].Findings) > 0 && len(l.Fingerprints) < maxPrints {
			l.Fingerprints = append(l.Fingerprints, all[i].Fingerprint[:alert.FingerprintDigits])
		}
	}
	return list
}

// owners are the jobs to which the certificates count: of all jobs that have one, the one with the
// fewest certificates. So a job with many certificates takes no room from another one by copies.
func owners(certificates []Certificate) []string {
	jobs := func(i int) []string { return Item{Certificate: &certificates[i]}.Jobs() }
	counts := map[string]int{}
	for i := range certificates {
		for _, job := range jobs(i) {
			counts[job]++
		}
	}
	owners := make([]string, len(certificates))
	for i := range certificates {
		owners[i] = slices.MinFunc(jobs(i), func(a, b string) int { return counts[a] - counts[b] })
	}
	return owners
}

func (b *bounding) problems(all []Problem) []Problem {
	listed := map[string]int{}
	list := make([]Problem, 0, len(all))
	for _, p := range all {
		if listed[p.Job]++; listed[p.Job] > maxOthers {
			b.of(p.Job).Problems++
			b.of(p.Job).ByCode[p.Code]++
			continue
		}
		p.About, p.File, p.Message, p.Why, p.Next = Short(p.About), Short(p.File), Short(p.Message), Short(p.Why), Short(p.Next)
		p.Steps = shortSteps(p.Steps)
		list = append(list, p)
	}
	return list
}

func (b *bounding) ignored(all []Ignored) []Ignored {
	listed := map[string]int{}
	var list []Ignored
	for _, i := range all {
		job := i.Locations[0].Job
		if listed[job]++; listed[job] > maxOthers {
			b.of(job).Ignored++
			continue
		}
		i.Subject, i.Locations = Short(i.Subject), i.Locations[:min(len(i.Locations), maxLocations)]
		list = append(list, i)
	}
	return list
}
