package director

import (
	"fmt"
	"strings"
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

// maxDetails is how many instances and variables of a deployment are kept.
const maxDetails = 10_000

// instances adds the deployment itself, with its instances, and with the versions of variables that it
// uses if the credentials permit that.
func (p *pass) instances(path, below string) {
	var list remote.List[director.Instance]
	err := p.session.get(below+"/instances", &list)
	item := inventory.Item{Path: path, Kind: "deployment"}
	for _, i := range list {
		item.Details = append(item.Details, inventory.Detail{
			Name:  "instance " + remote.Printable(i.Group+"/"+i.ID),
			Value: remote.Printable(fmt.Sprintf("az=%s ips=%s agent=%s vm=%t", i.AZ, strings.Join(i.IPs, ","), i.AgentID, i.VMID != "")),
		})
	}
	if err == nil {
		item.Details, err = p.variables(below, item.Details)
	}
	p.note(err)
	switch {
	case remote.Is(err, remote.NotFound): // deleted in this moment
	case err != nil:
		p.unseen(path, err.Error())
	default:
		item.Details = item.Details[:min(len(item.Details), maxDetails)]
		p.add(item)
	}
}

// variables adds the versions of variables in use.
func (p *pass) variables(below string, details []inventory.Detail) ([]inventory.Detail, error) {
	if p.forbidden() {
		return details, nil
	}
	var list remote.List[director.VariableResult]
	err := p.session.get(below+"/variables", &list)
	if remote.Is(err, remote.Denied) {
		p.forbid()
		return details, nil
	}
	for _, v := range list {
		details = append(details, inventory.Detail{Name: "variable " + remote.Printable(v.Name), Value: remote.Printable(v.ID)})
	}
	return details, err
}

func (p *pass) forbidden() bool {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	return p.noVariables
}

func (p *pass) forbid() {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.noVariables = true
}
