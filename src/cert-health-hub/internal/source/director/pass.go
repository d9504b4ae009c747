package director

import (
	"context"
	"net/url"
	"sync"
	"time"

	"github.com/cloudfoundry/bosh-cli/v7/director"

	"cert-health/hub/internal/inventory"
	"cert-health/hub/internal/source/remote"
)

// pass is one collection.
type pass struct {
	ctx     context.Context
	source  *source
	session *session
	known   inventory.Known
	begun   time.Time
	breaker remote.Breaker

	mutex       sync.Mutex
	collection  inventory.Collection
	paths       map[string]bool // of items
	noVariables bool            // only an administrator may list them, and a refusal costs three requests
}

// deployments lists the deployments that are looked at.
func (p *pass) deployments() (all []*deployment, err error) {
	var list remote.List[director.DeploymentResp]
	err = p.session.get("/deployments?exclude_configs=true&exclude_releases=true&exclude_stemcells=true", &list)
	for _, d := range list {
		if d.Name != "" && p.source.options.wanted(d.Name) {
			name := remote.Printable(d.Name)
			all = append(all, &deployment{name: name, path: "deployment/" + name, instances: "instance/" + name + "/", address: "/deployments/" + url.PathEscape(d.Name)})
		}
	}
	return all, err
}

// own looks at the certificates of the Director itself. Older ones do not know their ends.
func (p *pass) own() {
	var list remote.List[director.CertificateExpiryInfo]
	err := p.session.get("/director/certificate_expiry", &list)
	switch {
	case remote.Is(err, remote.NotFound):
	case err != nil:
		p.unseen("director/", "the Director does not tell when its own certificates end: "+err.Error())
	}
	for _, c := range list {
		p.described("director/"+remote.Printable(c.Path), "director", c.Path, c.Expiry, "")
	}
}

// expiry is a variable that is a certificate, in the version that a deployment uses.
type expiry struct {
	Name   string `json:"name"`
	ID     string `json:"id"`
	Expiry string `json:"expiry_date"`
}

func (p *pass) expiries(d *deployment) {
	var list remote.List[expiry]
	err := p.session.get(d.address+"/certificate_expiry", &list)
	p.note(err)
	switch {
	case remote.Is(err, remote.NotFound): // deleted in this moment, or a Director that is older
	case err != nil:
		p.unseen(d.path+"/", err.Error())
	}
	for _, v := range list {
		p.described(d.path+absolute(remote.Printable(v.Name)), "variable", v.Name, v.Expiry, v.ID)
	}
}

func absolute(name string) string {
	if name != "" && name[0] == '/' {
		return name
	}
	return "/" + name
}

// note notes the result of a request. A refusal may concern one deployment alone.
func (p *pass) note(err error) {
	if !remote.Is(err, remote.Denied) {
		p.breaker.Note(err)
	}
}

func (p *pass) unseen(path, reason string) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.collection.Unseen = append(p.collection.Unseen, inventory.Unseen{Path: path, Reason: reason})
}

// add adds an item, unless there is one at its path.
func (p *pass) add(item inventory.Item, certificates ...inventory.Certificate) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if p.paths[item.Path] {
		return
	}
	p.paths[item.Path] = true
	p.collection.Items = append(p.collection.Items, item)
	p.collection.Certificates = append(p.collection.Certificates, certificates...)
}
