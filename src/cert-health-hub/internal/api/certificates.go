package api

import (
	"context"
	"crypto/x509"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"cert-health/hub/internal/catalog"
	"cert-health/hub/internal/inventory"
	"cert-health/hub/internal/people"
	"cert-health/internal/strict"
)

// listInput takes the query of the URL as it is. Package catalog reads it.
type listInput struct {
	RawQuery string `json:"-"`
}

// Resolve implements huma.Resolver.
func (i *listInput) Resolve(ctx huma.Context) []error {
	address := ctx.URL()
	i.RawQuery = address.RawQuery
	return nil
}

func (i *listInput) query() (catalog.Query, error) {
	values, err := url.ParseQuery(i.RawQuery)
	if err != nil {
		return catalog.Query{}, badQuery(err)
	}
	q, err := catalog.ParseQuery(values)
	if err != nil {
		return catalog.Query{}, badQuery(err)
	}
	return q, nil
}

// selected reads the query over what the hub knows now. A mistyped source would be an empty list, in
// which a script sees that all is well.
func (s *service) selected(in *listInput) (*catalog.View, catalog.Query, error) {
	q, err := in.query()
	if err != nil {
		return nil, q, err
	}
	v, err := s.view()
	if err != nil {
		return nil, q, err
	}
	return v, q, knownSources(v, q.Sources)
}

func knownSources(v *catalog.View, names []string) error {
	for _, name := range names {
		if _, known := v.Source(name); !known {
			all := make([]string, len(v.Sources()))
			for i, source := range v.Sources() {
				all[i] = source.Name
			}
			return badQuery(&catalog.ParseError{Key: "source", Message: "the hub has no source of this name: look at its sources" + strict.Hint(name[:min(len(name), 64)], all)})
		}
	}
	return nil
}

// Certificates is a page of a list.
type Certificates struct {
	Certificates []Certificate         `json:"certificates" nullable:"false"`
	Total        int                   `json:"total" doc:"of the whole list"`
	Counts       map[catalog.State]int `json:"counts" doc:"of the list without the filter by state; without a state in the query, the list has all but history"`
	Next         string                `json:"next,omitempty" doc:"the parameter after of the next page"`
}

// OneCertificate is a certificate with its relations.
type OneCertificate struct {
	Certificate
	SignatureAlgorithm string     `json:"signature_algorithm"`
	ExtKeyUsage        []string   `json:"ext_key_usage" nullable:"false"`
	SignerName         string     `json:"signer_name,omitempty"`
	Siblings           []Relation `json:"siblings" nullable:"false" doc:"older and newer generations, the newest first"`
	Signs              []Relation `json:"signs" nullable:"false" doc:"certificates that it signed, those that end first at the front; the first 1000"`
	SignsTotal         int        `json:"signs_total"`
	Fleet              []FleetRow `json:"fleet,omitempty" nullable:"false" doc:"the rows of the fleet of which it is a version; the first 100"`
}

// Relation is another certificate.
type Relation struct {
	ID       string        `json:"id"`
	Name     string        `json:"name"`
	State    catalog.State `json:"state"`
	NotAfter *time.Time    `json:"not_after,omitempty"`
}

// body wraps what an operation answers.
type body[T any] struct{ Body T }

const certificatesTag = "certificates"

func (s *service) certificates() {
	list := operation(http.MethodGet, "/v1/certificates", "list-certificates", "List certificates", certificatesTag, people.Viewer)
	list.Parameters = listParameters()
	huma.Register(s.api, list, s.listCertificates)
	table := operation(http.MethodGet, "/v1/certificates.csv", "list-certificates-csv", "List certificates as CSV, without paging", certificatesTag, people.Viewer)
	table.Parameters = listParameters()
	table.Responses = csvResponse()
	huma.Register(s.api, table, s.csvCertificates)
	one := operation(http.MethodGet, "/v1/certificates/{id}", "get-certificate", "Show one certificate", certificatesTag, people.Viewer)
	one.Errors = append(one.Errors, http.StatusNotFound)
	huma.Register(s.api, one, s.oneCertificate)
	huma.Register(s.api, operation(http.MethodGet, "/v1/tree", "get-tree", "Show one level of the paths of a source", certificatesTag, people.Viewer), s.tree)
	huma.Register(s.api, operation(http.MethodGet, "/v1/summary", "get-summary", "Count everything, and show the worst", certificatesTag, people.Viewer), s.summary)
}

func (s *service) listCertificates(_ context.Context, in *listInput) (*body[Certificates], error) {
	v, q, err := s.selected(in)
	if err != nil {
		return nil, err
	}
	page := v.List(q)
	return &body[Certificates]{Certificates{list(page.Entries), page.Total, allStates(page.Counts), page.Next}}, nil
}

// allStates has a number for each state.
func allStates(counts catalog.Counts) map[catalog.State]int {
	all := map[catalog.State]int{}
	for _, state := range catalog.States() {
		all[state] = counts[state]
	}
	return all
}

// idOf reads an ID as people copy it: a fingerprint may have colons and capital letters.
func idOf(text string) inventory.ID {
	return inventory.ID(strings.ToLower(strings.ReplaceAll(text, ":", "")))
}

func list(entries []*catalog.Entry) []Certificate {
	all := make([]Certificate, len(entries))
	for i, e := range entries {
		all[i] = listed(e)
	}
	return all
}

func (s *service) oneCertificate(_ context.Context, in *struct {
	ID string `path:"id" doc:"the ID in a list"`
}) (*body[OneCertificate], error) {
	v, err := s.view()
	if err != nil {
		return nil, err
	}
	e, known := v.Certificate(idOf(in.ID))
	if !known {
		return nil, huma.Error404NotFound("the hub knows no certificate with this ID")
	}
	signs := v.Signs(e)
	one := OneCertificate{
		Certificate: whole(e), SignatureAlgorithm: signatureName(e), ExtKeyUsage: append([]string{}, e.ExtKeyUsage...),
		Siblings: relations(v.Siblings(e)), Signs: relations(signs), SignsTotal: len(signs),
	}
	if s.Fleet != nil {
		one.Fleet = rowsOf(s.Fleet(), e.ID)
	}
	if signer, known := v.Certificate(e.Signer); known {
		one.SignerName = signer.Name()
	}
	return &body[OneCertificate]{one}, nil
}

// signatureName is empty for an algorithm that is not known.
func signatureName(e *catalog.Entry) string {
	if e.SignatureAlgorithm == x509.UnknownSignatureAlgorithm {
		return ""
	}
	return e.SignatureAlgorithm.String()
}

// maxRelations bounds the relations of one certificate.
const maxRelations = 1000

func relations(entries []*catalog.Entry) []Relation {
	list := make([]Relation, 0, min(len(entries), maxRelations))
	for _, e := range entries[:min(len(entries), maxRelations)] {
		list = append(list, Relation{string(e.ID), e.Name(), e.State, moment(e.NotAfter)})
	}
	return list
}
