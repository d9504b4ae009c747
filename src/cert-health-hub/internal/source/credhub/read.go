package credhub

import (
	"encoding/json"
	"net/url"
	"time"

	"cert-health/hub/internal/inventory"
	"cert-health/hub/internal/source/remote"
	"cert-health/internal/extract"
)

// maxPrevious is how many older versions of a certificate are read: history beyond that helps no one.
const maxPrevious = 10

// value is a version with its value. The types that hold no certificate are not decoded.
type value struct {
	ID      string          `json:"id"`
	Type    string          `json:"type"`
	Created time.Time       `json:"version_created_at"`
	Value   json.RawMessage `json:"value"`
}

// work reads one credential. It gives an item or an entry in Unseen, never both or none.
func (p *pass) work(worker int, j *job) {
	if broken := p.breaker.Broken(); broken != nil {
		p.unseen(j.path, broken.Error())
		return
	}
	r := &reader{pass: p, extractor: p.source.extractors[worker], item: inventory.Item{Path: j.path, Version: j.version}}
	err := r.read(j)
	p.breaker.Note(err)
	switch {
	case remote.Is(err, remote.NotFound):
		p.unseen(j.path, "CredHub does not show this credential: it was deleted, or the right to read it is missing (credhub set-permission -a ACTOR -p "+j.path+" -o read)")
	case err != nil:
		p.unseen(j.path, err.Error())
	default:
		p.mutex.Lock()
		defer p.mutex.Unlock()
		p.collection.Items = append(p.collection.Items, r.item)
		p.collection.Certificates = append(p.collection.Certificates, r.certificates...)
	}
}

// reader reads one credential.
type reader struct {
	pass         *pass
	extractor    *extract.Extractor
	item         inventory.Item
	certificates []inventory.Certificate
}

func (r *reader) read(j *job) error {
	if j.certificate == nil {
		return r.readOther(j)
	}
	r.item.Kind = "certificate"
	if by := j.certificate.SignedBy; by != "" && by != j.name {
		r.item.Details = []inventory.Detail{{Name: "signed by", Value: remote.Printable(by)}}
	}
	return r.readVersions(j)
}

// readVersions reads the versions that were not read before.
func (r *reader) readVersions(j *job) error {
	previous := 0
	for i, state := range j.certificate.states() {
		if state == inventory.Previous {
			if previous++; previous > maxPrevious {
				continue
			}
		}
		id := j.certificate.Versions[i].ID
		if before := j.before[id]; before != nil {
			for _, s := range before {
				s.State = state
				r.item.Sightings = append(r.item.Sightings, s)
			}
			continue
		}
		if err := r.readVersion(id, state); err != nil {
			return err
		}
	}
	return nil
}

func (r *reader) readVersion(id string, state inventory.State) error {
	var v value
	defer func() { clear(v.Value) }()
	if err := r.pass.session.get("/api/v1/data/"+url.PathEscape(id), nil, &v); err != nil {
		if state == inventory.Previous && remote.Is(err, remote.NotFound) {
			return nil // an old version that was deleted in this moment
		}
		return err
	}
	v.ID = id
	return r.searchCertificate(v, state)
}

// readOther reads the current value of a credential of another type.
func (r *reader) readOther(j *job) error {
	var answer struct {
		// There is one, and a List would copy it. What follows in a longer answer is not decoded.
		Data [1]value `json:"data"`
	}
	if err := r.pass.session.get("/api/v1/data", url.Values{"name": {j.name}, "current": {"true"}}, &answer); err != nil {
		return err
	}
	v := answer.Data[0]
	defer clear(v.Value)
	r.item.Kind = remote.Printable(v.Type)
	return r.searchOther(v)
}
