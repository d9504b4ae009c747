// Package report is the snapshot of one VM, as data: its JSON form, which is a promise to
// programs (docs/report.md, docs/report.schema.json), the lines of its status files, and
// its alert items. Package terminal writes it for people.
package report

import (
	"fmt"
	"slices"
	"time"

	"cert-health/internal/budget"
	"cert-health/internal/cert"
	"cert-health/internal/verdict"
)

// Schema is the version of the JSON form. It grows when a key changes its meaning or
// disappears. New keys may appear at any time.
const Schema = 1

// Report describes the certificates of one VM at one moment.
type Report struct {
	Schema       int           `json:"schema"`
	Instance     Instance      `json:"instance"`
	CheckedAt    time.Time     `json:"checked_at"`
	DurationMS   int64         `json:"duration_ms"`
	Reference    Source        `json:"reference"`
	Summary      Summary       `json:"summary"`
	Certificates []Certificate `json:"certificates"`
	Served       *Served       `json:"served,omitempty"` // nil without handshakes
	Problems     []Problem     `json:"problems"`
	Ignored      []Ignored     `json:"ignored,omitempty"`
	// LeftOut counts what a bounded report does not list. See Bounded.
	LeftOut []LeftOut `json:"left_out,omitempty"`
	Hub     *Hub      `json:"hub,omitempty"` // nil without a hub, and in the reports that a hub gets

	exceeded []budget.Excess // by the verdict; see Keep
}

// Instance identifies the VM.
type Instance struct {
	Deployment string `json:"deployment,omitempty" yaml:"deployment"`
	Group      string `json:"group,omitempty" yaml:"group"`
	ID         string `json:"id,omitempty" yaml:"id"`
	AZ         string `json:"az,omitempty" yaml:"az"`
	Address    string `json:"address,omitempty" yaml:"address"`
}

// Name is the instance as the BOSH CLI writes it: group/id.
func (i Instance) Name() string {
	if i.Group == "" || i.ID == "" {
		return i.Group + i.ID
	}
	return i.Group + "/" + i.ID
}

// Source says what the certificates were compared with.
type Source struct {
	Source    string    `json:"source,omitempty"` // "vault"
	Name      string    `json:"name,omitempty"`   // as people write it: "Vault"; missing in reports of older releases
	State     string    `json:"state"`            // ok, unavailable or none
	CheckedAt time.Time `json:"checked_at,omitzero"`
	Error     string    `json:"error,omitempty"`
	Mode      string    `json:"mode,omitempty"`     // metadata or data
	Secrets   int       `json:"secrets,omitempty"`  // read in the last comparison
	Requests  int       `json:"requests,omitempty"` // sent for it, retries included
	// RequestsDay counts the requests of the last 24 hours.
	RequestsDay int `json:"requests_last_day,omitempty"`
	// MayReadData tells that the token could read private keys.
	MayReadData bool `json:"may_read_data,omitempty"`
}

// Hub says whether the agent reaches the hub. It is no finding: nothing on the VM depends on the hub.
type Hub struct {
	URL   string    `json:"url"`             // of the hub that the agent asks first
	State string    `json:"state"`           // ok, unavailable or not_asked
	Since time.Time `json:"since,omitzero"`  // the time at which the state began
	Error string    `json:"error,omitempty"` // why it is unavailable
	Note  string    `json:"note,omitempty"`  // what is not as configured although the hub answers
}

// Summary has the counts of the report.
type Summary struct {
	Files      int `json:"files"` // candidates: with + without + unreadable
	With       int `json:"with_certificates"`
	Without    int `json:"without_certificates"`
	Unreadable int `json:"unreadable"` // files that were not read, or not completely
	// Unverified counts the files, directories, jobs, paths of the source and ports that could not be
	// checked. What is kept of them was seen before.
	Unverified   int                  `json:"unverified"`
	Certificates int                  `json:"certificates"`
	Placements   int                  `json:"placements"`
	ByCode       map[verdict.Code]int `json:"by_code"` // findings and problems
	Worst        verdict.Severity     `json:"worst"`
}

// Certificate is one deployed certificate.
type Certificate struct {
	Name        string    `json:"name"` // for people: the common name, or else another name
	Fingerprint string    `json:"fingerprint_sha256"`
	Subject     string    `json:"subject"`
	Issuer      string    `json:"issuer"`
	Serial      string    `json:"serial"`
	SANs        []string  `json:"sans"`
	MoreSANs    int       `json:"more_sans,omitempty"` // left out of a bounded report
	NotBefore   time.Time `json:"not_before"`
	NotAfter    time.Time `json:"not_after"`
	Key         string    `json:"key"`              // "RSA 2048"
	Signature   string    `json:"signature"`        // "SHA256-RSA"
	Usages      []string  `json:"usages,omitempty"` // extended key usages
	// KeyID and AuthorityKeyID are the identifiers of its key and of the key that signed it, in
	// hexadecimal. They are missing in reports of older releases.
	KeyID          string     `json:"key_id,omitempty"`
	AuthorityKeyID string     `json:"authority_key_id,omitempty"`
	Role           cert.Role  `json:"role"`
	Locations      []Location `json:"locations"`
	// MoreLocations is the number of locations that a bounded report leaves out.
	MoreLocations int `json:"more_locations,omitempty"`
	// LastSeen is the last time at which the certificate was seen, if it cannot be seen at any of
	// its locations now.
	LastSeen  time.Time  `json:"last_seen,omitzero"`
	Reference *Reference `json:"reference,omitempty"`
	// Served is what processes serve in its place; nil if none serves anything.
	Served   *ServedSummary `json:"served,omitempty"`
	Findings []Finding      `json:"findings"`
}

// Location is one place of a certificate.
type Location struct {
	Job   string    `json:"job,omitempty"`
	File  string    `json:"file"`
	Line  int       `json:"line,omitempty"`
	Alias string    `json:"alias,omitempty"`
	Form  cert.Form `json:"form"`
	// Class is left out for files of jobs.
	Class cert.FileClass `json:"class,omitempty"`
	// SentWithLeaf is true for a CA that is sent together with a leaf. Nothing trusts it because of that.
	SentWithLeaf bool `json:"sent_with_leaf,omitempty"`
	// LastSeen is the last time at which the certificate was seen here, if the last scan could
	// not see whether it is still here.
	LastSeen time.Time `json:"last_seen,omitzero"`
}

// Reference is what the source knows about a certificate.
type Reference struct {
	State           cert.ReferenceState `json:"state"`
	Mount           string              `json:"mount,omitempty"`
	Path            string              `json:"path,omitempty"`
	Key             string              `json:"key,omitempty"`
	DeployedVersion int                 `json:"deployed_version,omitempty"`
	CurrentVersion  int                 `json:"current_version,omitempty"`
	Since           time.Time           `json:"since,omitzero"`
	NotAfter        time.Time           `json:"not_after,omitzero"`       // of the certificate that the source holds
	Fingerprint     string              `json:"current_sha256,omitempty"` // of the certificate that the source holds
	Candidates      []string            `json:"candidates,omitempty"`
	LastSeen        time.Time           `json:"last_seen,omitzero"` // if the source did not show the secret in the last comparison
}

// Finding is one fault of one certificate.
type Finding struct {
	Code     verdict.Code     `json:"code"`
	Severity verdict.Severity `json:"severity"`
	Message  string           `json:"message"`         // what is wrong
	Why      string           `json:"why,omitempty"`   // the cause, or the consequence
	Next     string           `json:"next"`            // the steps in one line
	Steps    []verdict.Step   `json:"steps,omitempty"` // empty in reports of older releases
}

// Sentence is what is wrong and why, in one line.
func (f Finding) Sentence() string {
	if f.Why == "" {
		return f.Message
	}
	return f.Message + "; " + f.Why
}

// Problem is something that could not be read or compared, or something that expires and is
// not a deployed certificate.
type Problem struct {
	Code     verdict.Code     `json:"code"`
	Severity verdict.Severity `json:"severity"`
	About    string           `json:"about,omitempty"` // what it is about, if that is not a certificate or a file alone
	Job      string           `json:"job,omitempty"`
	File     string           `json:"file,omitempty"`
	Line     int              `json:"line,omitempty"`
	Message  string           `json:"message"`
	Why      string           `json:"why,omitempty"`
	Next     string           `json:"next,omitempty"`
	Steps    []verdict.Step   `json:"steps,omitempty"`
}

// Ignored is a finding or a problem that the configuration silences.
type Ignored struct {
	Code        verdict.Code `json:"code"`
	Fingerprint string       `json:"fingerprint_sha256,omitempty"`
	Subject     string       `json:"subject,omitempty"`
	Locations   []Location   `json:"locations"`
	Reason      string       `json:"reason"`
	Until       time.Time    `json:"until"`
}

// Comparable tells whether any location of the certificate is compared with the source. The
// VM's own files are not.
func (c *Certificate) Comparable() bool {
	return slices.ContainsFunc(c.Locations, func(l Location) bool { return l.Class == cert.JobFile })
}

// Place is the location for people: the job and the path within it, or the
// whole path outside the jobs, with the line or the key store's alias.
func (l Location) Place() string {
	return cert.Location{Job: l.Job, File: l.File, Line: l.Line, Alias: l.Alias}.Place()
}

// Place is the certificate's first place, and how many more there are.
func (c *Certificate) Place() string { return c.Locations[0].Place() + c.More() }

// More says how many places there are besides the first: " +2"; empty for none.
func (c *Certificate) More() string {
	if n := len(c.Locations) + c.MoreLocations - 1; n > 0 {
		return fmt.Sprintf(" +%d", n)
	}
	return ""
}
