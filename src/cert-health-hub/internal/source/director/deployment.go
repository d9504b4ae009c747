package director

import (
	"github.com/cloudfoundry/bosh-cli/v7/director"

	"cert-health/hub/internal/inventory"
	"cert-health/hub/internal/source/remote"
)

// deployment is a deployment while it is looked at.
type deployment struct {
	name      string
	path      string // of its item
	instances string // what the paths of its instances begin with
	address   string // of its part of the API

	seen    bool // all of it but the states of instances
	listed  bool // its instances are known
	list    []inventory.Listed
	details []inventory.Detail
}

// instance is an instance as the Director's database knows it.
type instance struct {
	AgentID   string   `json:"agent_id"`
	VMID      string   `json:"cid"`
	Group     string   `json:"job"`
	Index     int      `json:"index"`
	ID        string   `json:"id"`
	AZ        string   `json:"az"`
	Addresses []string `json:"ips"`
	ExpectsVM bool     `json:"expects_vm"`
}

// look looks at one deployment.
func (p *pass) look(d *deployment) {
	if broken := p.breaker.Broken(); broken != nil {
		for _, path := range []string{d.path, d.path + "/", d.instances} {
			p.unseen(path, broken.Error())
		}
		return
	}
	p.instances(d)
	p.expiries(d)
}

// instances lists the instances of a deployment, and the versions of variables that it uses if the
// credentials permit that.
func (p *pass) instances(d *deployment) {
	var list remote.List[instance]
	err := p.session.get(d.address+"/instances", &list)
	p.note(err)
	if remote.Is(err, remote.NotFound) { // deleted in this moment
		return
	}
	if err != nil {
		p.unseen(d.path, err.Error())
		p.unseen(d.instances, err.Error())
		return
	}
	d.seen, d.listed = true, true
	for _, i := range list {
		if i.Group != "" && i.ID != "" {
			d.list = append(d.list, p.listedOf(d, i))
		}
	}
	p.variables(d)
}

// maxAddresses is how many addresses of an instance are kept.
const maxAddresses = 100

// listedOf is an instance, with what the last full list told.
func (p *pass) listedOf(d *deployment, i instance) inventory.Listed {
	l := inventory.Listed{Deployment: d.name, Group: remote.Printable(i.Group), ID: remote.Printable(i.ID), Index: i.Index,
		AZ: remote.Printable(i.AZ), AgentID: remote.Printable(i.AgentID), VM: i.VMID != "", Expected: i.ExpectsVM}
	for _, address := range i.Addresses[:min(len(i.Addresses), maxAddresses)] {
		l.Addresses = append(l.Addresses, remote.Printable(address))
	}
	if before, known := p.known.Item(d.pathOf(l)); known && before.Instance != nil {
		l.State, l.Ignored = before.Instance.State, before.Instance.Ignored
	}
	return l
}

func (d *deployment) pathOf(l inventory.Listed) string { return d.instances + l.Group + "/" + l.ID }

// maxDetails is how many variables of a deployment are kept.
const maxDetails = 10_000

// variables adds the versions of variables in use.
func (p *pass) variables(d *deployment) {
	if p.forbidden() {
		return
	}
	var list remote.List[director.VariableResult]
	err := p.session.get(d.address+"/variables", &list)
	p.note(err)
	switch {
	case remote.Is(err, remote.Denied):
		p.forbid()
	case remote.Is(err, remote.NotFound): // deleted in this moment
		d.seen, d.listed = false, false
	case err != nil:
		d.seen = false
		p.unseen(d.path, err.Error())
	}
	for _, v := range list[:min(len(list), maxDetails)] {
		d.details = append(d.details, inventory.Detail{Name: "variable " + remote.Printable(v.Name), Value: remote.Printable(v.ID)})
	}
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
