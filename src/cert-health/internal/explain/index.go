package explain

import (
	"strings"
	"time"

	"cert-health/internal/cert"
	"cert-health/internal/knowledge"
	"cert-health/internal/survey"
)

// index finds certificates of a survey. Without a survey it finds none.
type index struct {
	known   *knowledge.Symptoms
	now     time.Time
	survey  *survey.Survey
	all     []*survey.Certificate
	holders map[*survey.Certificate][]holder
	spots   map[*survey.Certificate][]holder // one for each file and process of a job, whatever the instance
	seen    map[spotKey]bool
	ofJob   map[string][]*survey.Certificate // what a job shows
	trusts  map[string][]*survey.Certificate // the CAs that a job trusts
	listed  map[listing]bool                 // what these two have
	related map[string][]*survey.Certificate // by the jobs of a judge, as they are asked for
	address map[string]*survey.Instance
	names   map[*survey.Certificate]string // see variable
	lacks   map[string][]*survey.Instance  // see lacking
}

// spotKey tells spots apart.
type spotKey struct {
	certificate *survey.Certificate
	job, file   string
	role        cert.Role
}

// holder is an instance that has a certificate: in a file, or in a process if shown is set.
type holder struct {
	instance *survey.Instance
	place    *survey.Place
	shown    *survey.Shown
}

func (h *holder) job() string {
	if h.place != nil {
		return h.place.Job
	}
	return h.shown.Job
}

// isLeaf tells whether the job shows the certificate, and does not only trust it.
func (h *holder) isLeaf() bool { return h.shown != nil || h.place.Role == cert.Leaf }

func (h *holder) key(c *survey.Certificate) spotKey {
	if h.place == nil {
		return spotKey{certificate: c, job: h.shown.Job}
	}
	return spotKey{c, h.place.Job, h.place.File, h.place.Role}
}

func newIndex(known *knowledge.Symptoms, s *survey.Survey, now time.Time) *index {
	x := &index{known: known, now: now, survey: s, holders: map[*survey.Certificate][]holder{}, spots: map[*survey.Certificate][]holder{}, seen: map[spotKey]bool{},
		ofJob: map[string][]*survey.Certificate{}, trusts: map[string][]*survey.Certificate{}, listed: map[listing]bool{}, related: map[string][]*survey.Certificate{},
		address: map[string]*survey.Instance{}, names: map[*survey.Certificate]string{}, lacks: map[string][]*survey.Instance{}}
	if s == nil {
		return x
	}
	x.all = s.Certificates
	for _, i := range s.Instances {
		if i.Address != "" {
			x.address[i.Address] = i
		}
		for n := range i.Places {
			p := &i.Places[n]
			x.add(p.Certificate, holder{instance: i, place: p})
		}
		for n := range i.Shown {
			x.add(i.Shown[n].Certificate, holder{instance: i, shown: &i.Shown[n]})
		}
	}
	return x
}

func (x *index) add(c *survey.Certificate, h holder) {
	if c == nil {
		return
	}
	x.holders[c] = append(x.holders[c], h)
	key := h.key(c)
	if x.seen[key] {
		return
	}
	x.seen[key] = true
	x.spots[c] = append(x.spots[c], h)
	into := x.ofJob
	if !h.isLeaf() {
		if !h.place.Trusts() {
			return
		}
		into = x.trusts
	}
	if at := (listing{h.job(), c, !h.isLeaf()}); !x.listed[at] {
		x.listed[at] = true
		into[h.job()] = append(into[h.job()], c)
	}
}

// listing is a certificate that a job shows or trusts.
type listing struct {
	job         string
	certificate *survey.Certificate
	trusts      bool
}

// endingAt are the certificates with an end, to the second. A certificate that processes serve has one, too.
func (x *index) endingAt(end time.Time) (found []*survey.Certificate) {
	if end.IsZero() {
		return nil
	}
	for _, c := range x.all {
		if c.NotAfter.Truncate(time.Second).Equal(end) {
			found = append(found, c)
		}
	}
	return found
}

// named are the jobs that show a certificate with a name: who answers to it.
func (x *index) named(host string) (jobs []string) {
	for _, c := range x.all {
		if !covers(c, host) {
			continue
		}
		for i := range x.spots[c] {
			if h := &x.spots[c][i]; h.isLeaf() {
				jobs = appendNew(jobs, h.job())
			}
		}
	}
	return jobs
}

// covers tells whether a certificate is for a name or an address.
func covers(c *survey.Certificate, name string) bool {
	for _, own := range c.SANs {
		if strings.EqualFold(own, name) {
			return true
		}
		if rest, wild := strings.CutPrefix(own, "*."); wild {
			if _, domain, found := strings.Cut(name, "."); found && strings.EqualFold(domain, rest) {
				return true
			}
		}
	}
	return false
}

// variable is the name by which manifests of the platform know a certificate; empty if it is not clear.
func (x *index) variable(c *survey.Certificate) string {
	name, known := x.names[c]
	if !known {
		name = x.findVariable(c)
		x.names[c] = name
	}
	return name
}

func (x *index) findVariable(c *survey.Certificate) string {
	found := ""
	for i := range x.spots[c] {
		h := &x.spots[c][i]
		if h.place == nil || h.place.Role != cert.Leaf {
			continue
		}
		for _, k := range x.known.Certificates {
			if !isAt(k, h.place) {
				continue
			}
			if found != "" && found != k.Name {
				return ""
			}
			found = k.Name
		}
	}
	return found
}

// isAt tells whether a known certificate is expected at a place.
func isAt(k *knowledge.Certificate, p *survey.Place) bool {
	for _, at := range k.At {
		job, path, _ := strings.Cut(at, "/")
		if p.Job == job && strings.HasSuffix(p.File, "/"+path) {
			return true
		}
	}
	return false
}

// of are the certificates of a survey that a known certificate stands for.
func (x *index) of(k *knowledge.Certificate) (found []*survey.Certificate) {
	for _, c := range x.all {
		for i := range x.spots[c] {
			if h := &x.spots[c][i]; h.place != nil && h.place.Role == cert.Leaf && isAt(k, h.place) {
				found = append(found, c)
				break
			}
		}
	}
	return found
}

func (x *index) byFingerprint(fingerprint string) *survey.Certificate {
	for _, c := range x.all {
		if c.Fingerprint == fingerprint {
			return c
		}
	}
	return nil
}
