package credhub

import (
	"sync"
	"time"

	"cert-health/hub/internal/inventory"
	"cert-health/hub/internal/source/remote"
)

// pass is one collection.
type pass struct {
	source  *source
	session *session
	known   inventory.Known
	began   time.Time
	jobs    []job
	seen    map[string]bool // paths of items

	mutex      sync.Mutex
	collection inventory.Collection
	breaker    remote.Breaker
}

// job is a credential that is read.
type job struct {
	name        string
	path        string
	version     string
	certificate *listed                         // nil for other types
	before      map[string][]inventory.Sighting // by version: what was read earlier
}

// plan lists everything, repeats what has not changed, and notes what to read.
func (p *pass) plan() error {
	certificates, err := p.session.certificates()
	if err != nil {
		return err
	}
	for i := range certificates {
		p.add(job{name: certificates[i].Name, version: certificates[i].digest(), certificate: &certificates[i]})
	}
	isCertificate := map[string]bool{}
	for _, c := range certificates {
		isCertificate[c.Name] = true
	}
	for _, root := range p.source.options.roots() {
		if err := p.planBelow(root, isCertificate); err != nil {
			return err
		}
	}
	return nil
}

func (p *pass) planBelow(root string, isCertificate map[string]bool) error {
	credentials, err := p.session.below(root)
	if err != nil {
		return err
	}
	if len(credentials) == 0 && !p.seen[remote.Printable(root)] {
		// A path without permission looks like an empty one.
		p.unseen(root+"/", "CredHub shows nothing here: correct paths of this source if the path is wrong; "+
			"otherwise give the client the right to read it: credhub set-permission -a ACTOR -p '"+remote.Printable(root)+"/*' -o read")
	}
	for _, c := range credentials {
		if !isCertificate[c.Name] {
			p.add(job{name: c.Name, version: p.versionOf(c)})
		}
	}
	return nil
}

// versionOf is when the value was written. CredHub tells it in seconds: a value that is younger than
// that may change without another time, and is read again.
func (p *pass) versionOf(c named) string {
	const settled = 5 * time.Second
	if c.Created.IsZero() || p.began.Sub(c.Created) < settled {
		return ""
	}
	return c.Created.UTC().Format(time.RFC3339)
}

// add notes a credential, or repeats its item.
func (p *pass) add(j job) {
	j.path = remote.Printable(j.name)
	if j.name == "" || !p.source.options.wanted(j.name) || p.seen[j.path] {
		return
	}
	p.seen[j.path] = true
	item, found := p.known.Item(j.path)
	if found && item.Version == j.version && j.version != "" {
		p.collection.Items = append(p.collection.Items, item)
		return
	}
	if found && j.certificate != nil && len(item.Findings) == 0 {
		j.before = p.readBefore(item)
	}
	p.jobs = append(p.jobs, j)
}

// readBefore are the sightings of each version whose certificates are known.
func (p *pass) readBefore(item inventory.Item) map[string][]inventory.Sighting {
	before := map[string][]inventory.Sighting{}
	for _, s := range item.Sightings {
		before[s.Version] = append(before[s.Version], s)
	}
	for version, sightings := range before {
		for _, s := range sightings {
			if _, known := p.known.Certificate(s.Certificate); !known {
				delete(before, version)
			}
		}
	}
	return before
}

func (p *pass) unseen(path, reason string) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.collection.Unseen = append(p.collection.Unseen, inventory.Unseen{Path: path, Reason: reason})
}
