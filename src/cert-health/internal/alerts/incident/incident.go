package incident

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"

	"cert-health/internal/alert"
	"cert-health/internal/notify"
)

// maxNamed is how many certificates and instances a notice names.
const maxNamed = 20

// incident is one class of trouble in one deployment.
type incident struct {
	deployment string
	class      alert.Class
	opened     time.Time
	said       time.Time // the last notice; zero before the first
	news       bool      // somebody or something came in since
	forgotten  int
	leftOut    notify.LeftOut

	instances    map[string]sighting
	certificates map[string]*notify.Certificate // by fingerprint

	// worst are the counts of the worst moment: at the close, the present
	// ones say nothing.
	worst struct{ certificates, instances int }
}

// sighting is what one instance last said.
type sighting struct {
	at           time.Time
	fingerprints []string
	total        int // more than the fingerprints, when the alert could not name all
}

func newIncident(deployment string, class alert.Class, now time.Time) *incident {
	return &incident{deployment: deployment, class: class, opened: now,
		instances: map[string]sighting{}, certificates: map[string]*notify.Certificate{}}
}

// record replaces all that an instance has said by what it says now.
func (i *incident) record(e Event, now time.Time, limits Limits) {
	before, known := i.instances[e.Instance]
	switch {
	case e.Alert.Cleared:
		i.release(before)
		delete(i.instances, e.Instance)
		return
	case !known && len(i.instances) >= limits.Instances:
		i.leftOut.Instances++
		return
	}
	// What is new comes in before the old goes out, so that what is in both
	// is not taken for new.
	i.instances[e.Instance] = sighting{at: now, fingerprints: i.hold(e.Alert.Items, limits), total: max(e.Alert.Total, 1)}
	i.release(before)
	i.news = i.news || !known
	i.worst.instances = max(i.worst.instances, len(i.instances))
	i.worst.certificates = max(i.worst.certificates, len(i.certificates), e.Alert.Total, 1)
}

// hold counts one instance more on each of the certificates.
func (i *incident) hold(items []alert.Item, limits Limits) []string {
	var fingerprints []string
	for _, item := range items {
		if slices.Contains(fingerprints, item.Fingerprint) {
			continue
		}
		held, known := i.certificates[item.Fingerprint]
		if !known && len(i.certificates) >= limits.Certificates {
			i.leftOut.Certificates++
			continue
		}
		if !known {
			held, i.news = &notify.Certificate{Fingerprint: item.Fingerprint}, true
			i.certificates[item.Fingerprint] = held
		}
		// The newest words win: they say how long ago.
		held.Name, held.Place, held.Message, held.Next = item.Name, item.Place, item.Message, item.Next
		held.Instances++
		fingerprints = append(fingerprints, item.Fingerprint)
	}
	return fingerprints
}

func (i *incident) release(s sighting) {
	for _, fingerprint := range s.fingerprints {
		held := i.certificates[fingerprint]
		if held.Instances--; held.Instances == 0 {
			delete(i.certificates, fingerprint)
		}
	}
}

// forget drops the instances that have been silent since before a moment.
func (i *incident) forget(before time.Time) {
	for name, s := range i.instances {
		if s.at.Before(before) {
			i.release(s)
			delete(i.instances, name)
			i.forgotten++
		}
	}
}

// due says what is to be said now, if anything.
func (i *incident) due(now time.Time, policy Policy) (notify.Kind, bool) {
	silence := now.Sub(i.said)
	switch {
	case len(i.instances) == 0:
		return notify.Closed, !i.said.IsZero()
	case i.said.IsZero():
		return notify.Opened, now.Sub(i.opened) >= policy.OpenAfter
	case i.news && silence >= policy.UpdateInterval:
		return notify.Updated, true
	}
	return notify.Repeated, silence >= policy.RepeatInterval
}

// notice describes the incident as it is.
func (i *incident) notice(kind notify.Kind, now time.Time, policy Policy) notify.Notice {
	n := notify.Notice{
		ID: fmt.Sprintf("%s/%s/%d", i.deployment, i.class, i.opened.Unix()), Kind: kind,
		Deployment: i.deployment, Class: i.class, Severity: severity(i.class),
		OpenedAt: i.opened.UTC(), At: now.UTC(), Until: now.UTC(),
		Certificates: i.named(), CertificateCount: len(i.certificates),
		Instances: i.names(), InstanceCount: len(i.instances),
		Forgotten: i.forgotten, LeftOut: i.leftOut,
	}
	for _, s := range i.instances {
		n.CertificateCount = max(n.CertificateCount, s.total)
		n.AtLeast = n.AtLeast || s.total > len(s.fingerprints)
		if until := s.at.Add(policy.ForgetAfter).UTC(); until.After(n.Until) {
			n.Until = until
		}
	}
	if kind == notify.Closed {
		n.CertificateCount, n.InstanceCount = i.worst.certificates, i.worst.instances
	}
	return n
}

// names are the instances that a notice names.
func (i *incident) names() []string {
	all := slices.Sorted(maps.Keys(i.instances))
	return append([]string{}, all[:min(len(all), maxNamed)]...)
}

// named are the certificates that a notice names, the most widespread first.
func (i *incident) named() []notify.Certificate {
	list := make([]notify.Certificate, 0, len(i.certificates))
	for _, c := range i.certificates {
		list = append(list, *c)
	}
	slices.SortFunc(list, func(a, b notify.Certificate) int {
		return cmp.Or(cmp.Compare(b.Instances, a.Instances), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Fingerprint, b.Fingerprint))
	})
	return slices.Clone(list[:min(len(list), maxNamed)])
}

// severity is the Health Monitor's, in words.
func severity(class alert.Class) string {
	switch (alert.Alert{Class: class}).Severity() {
	case 2:
		return "critical"
	case 3:
		return "error"
	}
	return "warning"
}
