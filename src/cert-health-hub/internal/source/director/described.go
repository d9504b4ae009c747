package director

import (
	"time"

	"github.com/cloudfoundry/bosh-cli/v7/director"

	"cert-health/hub/internal/inventory"
	"cert-health/hub/internal/source/remote"
	"cert-health/internal/cert"
)

// described adds a certificate of which the Director tells the name and the end. A renewed one has
// another end and so another ID.
func (p *pass) described(path, kind, name, end, version string) {
	notAfter, err := director.TimeParser{}.Parse(end)
	if err != nil || notAfter.IsZero() {
		p.unseen(path, "the Director tells a date that cannot be understood: look at bosh curl /director/certificate_expiry, or at certificate_expiry of the deployment")
		return
	}
	id := inventory.DescribedID(p.source.name, path+" "+notAfter.UTC().Format(time.RFC3339))
	c := inventory.Certificate{ID: id, Certificate: &cert.Certificate{CommonName: remote.Printable(name), NotAfter: notAfter}}
	p.add(inventory.Item{Path: path, Kind: kind, Sightings: []inventory.Sighting{
		{Certificate: id, State: inventory.Current, Version: remote.Printable(version)}}}, c)
}
