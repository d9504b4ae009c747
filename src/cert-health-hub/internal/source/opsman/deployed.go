package opsman

import (
	"fmt"
	"strings"
	"time"

	"cert-health/hub/internal/inventory"
	"cert-health/hub/internal/source/remote"
	"cert-health/internal/cert"
)

// deployed is a certificate as Ops Manager describes it. What follows the procedure is of v1.
type deployed struct {
	Issuer            string `json:"issuer"`
	ValidFrom         string `json:"valid_from"`
	ValidUntil        string `json:"valid_until"`
	Configurable      bool   `json:"configurable"`
	PropertyReference string `json:"property_reference"`
	PropertyType      string `json:"property_type"`
	ProductGUID       string `json:"product_guid"`
	Location          string `json:"location"`
	VariablePath      string `json:"variable_path"`
	IsCA              bool   `json:"is_ca"`
	Procedure         string `json:"rotation_procedure_name"`
	ProcedureURL      string `json:"rotation_procedure_url"`

	Deployments    words `json:"deployments"`
	Outdated       words `json:"outdated_deployments"`
	RotationStatus words `json:"rotation_status"`
	Signs          words `json:"signs"`
}

// deployed looks at the certificates that are deployed, by v1 of the API if it exists.
func (p *pass) deployed() error {
	var answer struct {
		Certificates *remote.List[deployed] `json:"certificates"`
	}
	err := p.session.get("/api/v1/deployed/certificates", &answer)
	if remote.Is(err, remote.NotFound) {
		err = p.session.get("/api/v0/deployed/certificates", &answer)
	}
	switch {
	case err != nil:
		return err
	case answer.Certificates == nil:
		return remote.NewFault(remote.Malformed, "the answer of Ops Manager has no list of certificates: another program may have called it at the same time, which it does not permit; leave it to this source alone")
	}
	for _, d := range *answer.Certificates {
		p.describe(&d)
	}
	return nil
}

// describe adds a deployed certificate. A renewed one has other dates and so another ID.
func (p *pass) describe(d *deployed) {
	path := p.unique(d.path())
	from, errFrom := moment(d.ValidFrom)
	until, errUntil := moment(d.ValidUntil)
	if errFrom != nil || errUntil != nil || until.IsZero() {
		p.unseen(path, "Ops Manager tells a date that cannot be understood: look at /api/v0/deployed/certificates")
		return
	}
	id := inventory.DescribedID(p.source.name, fmt.Sprint(path, " ", from.Unix(), " ", until.Unix()))
	p.collection.Certificates = append(p.collection.Certificates, inventory.Certificate{ID: id, Certificate: &cert.Certificate{
		CommonName: d.name(), Issuer: remote.Printable(d.Issuer), NotBefore: from, NotAfter: until, CA: d.IsCA}})
	p.collection.Items = append(p.collection.Items, inventory.Item{Path: path, Kind: "property", Details: d.details(), Findings: d.findings(id),
		Sightings: []inventory.Sighting{{Certificate: id, State: inventory.Current, Since: from}}})
}

// path is the product and the variable or property.
func (d *deployed) path() string {
	return remote.Printable(d.ProductGUID) + "/" + d.name()
}

// name is that of the variable in CredHub, or else of the property.
func (d *deployed) name() string {
	if d.VariablePath != "" {
		return remote.Printable(strings.TrimPrefix(d.VariablePath, "/"))
	}
	return remote.Printable(d.PropertyReference)
}

// unique numbers a path that several certificates have, as those of a collection of properties.
func (p *pass) unique(path string) string {
	p.paths[path]++
	if n := p.paths[path]; n > 1 {
		return fmt.Sprintf("%s (%d)", path, n)
	}
	return path
}

// moment reads a time; an empty one is zero.
func moment(text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	return time.Parse(time.RFC3339, text)
}
