package opsman

import (
	"cert-health/hub/internal/inventory"
	"cert-health/hub/internal/source/remote"
	"cert-health/internal/verdict"
)

// authority is a CA of Ops Manager.
type authority struct {
	GUID    string `json:"guid"`
	Created string `json:"created_on"`
	Active  bool   `json:"active"`
	PEM     string `json:"cert_pem"`
	NatsPEM string `json:"nats_cert_pem"`
}

// below is the path of all CAs.
const below = "certificate_authorities/"

// authorities looks at the CAs. All of them are trusted, and the active one signs.
func (p *pass) authorities() {
	var answer struct {
		Authorities *remote.List[authority] `json:"certificate_authorities"`
	}
	err := p.session.get("/api/v0/certificate_authorities", &answer)
	switch {
	case err != nil:
		p.unseen(below, err.Error())
		return
	case answer.Authorities == nil:
		p.unseen(below, "the answer of Ops Manager has no list of certificate authorities: another program may have called it at the same time, which it does not permit; leave it to this source alone")
		return
	}
	for _, a := range *answer.Authorities {
		p.authority(&a)
	}
}

func (p *pass) authority(a *authority) {
	item := inventory.Item{Path: p.unique(below + remote.Printable(a.GUID)), Kind: "certificate_authority",
		Details: []inventory.Detail{{Name: "created", Value: remote.Printable(a.Created)}}}
	state := inventory.Transitional
	if a.Active {
		state = inventory.Current
	}
	since, _ := moment(a.Created) // zero if it cannot be read: it is for people
	for _, part := range []struct{ place, contents string }{{"cert_pem", a.PEM}, {"nats_cert_pem", a.NatsPEM}} {
		result := p.extractor.Value([]byte(part.contents))
		for _, found := range result.Certificates {
			c := inventory.New(found.Certificate)
			p.collection.Certificates = append(p.collection.Certificates, c)
			item.Sightings = append(item.Sightings, inventory.Sighting{Certificate: c.ID, Place: part.place, State: state, Since: since})
		}
		if len(result.Certificates) == 0 && part.contents != "" {
			item.Findings = append(item.Findings, inventory.Finding{Code: inventory.Code(verdict.Unreadable), Severity: verdict.Warning,
				Message: part.place + ": the certificate cannot be read"})
		}
	}
	p.collection.Items = append(p.collection.Items, item)
}
