package api

import (
	"crypto/x509"
	"time"

	"cert-health/hub/internal/catalog"
	"cert-health/hub/internal/inventory"
	"cert-health/internal/verdict"
)

// Certificate is a certificate in a list.
type Certificate struct {
	ID           string        `json:"id" doc:"SHA-256 of the certificate, or \"described-\" and a digest if its bytes are not known"`
	Name         string        `json:"name"`
	Subject      string        `json:"subject"`
	Issuer       string        `json:"issuer"`
	Serial       string        `json:"serial" doc:"hexadecimal"`
	SANs         []string      `json:"sans" nullable:"false" doc:"alternative names; a list has the first 100"`
	NotBefore    *time.Time    `json:"not_before,omitempty"`
	NotAfter     *time.Time    `json:"not_after,omitempty"`
	CA           bool          `json:"ca"`
	Key          string        `json:"key" doc:"algorithm and size"`
	State        catalog.State `json:"state" enum:"expired,not_yet_valid,expiring_soon,broken,expiring,unverified,ok,history"`
	Severity     string        `json:"severity" enum:"ok,info,warning,error,critical"`
	Unverified   bool          `json:"unverified" doc:"no source can show now that it is where it was seen"`
	Signer       string        `json:"signer,omitempty" doc:"ID of the CA that signed it, as the signature proves"`
	SelfSigned   bool          `json:"self_signed,omitempty"`
	Leaves       int           `json:"leaves,omitempty" doc:"leaves in use that chain to this CA"`
	Placements   []Placement   `json:"placements" nullable:"false" doc:"where it is; a list has the first 100"`
	More         int           `json:"more_placements,omitempty" doc:"placements that are left out"`
	Findings     []Finding     `json:"findings" nullable:"false" doc:"the gravest first"`
	Acknowledged *Ack          `json:"acknowledged,omitempty"`
}

// Placement is one place of a certificate.
type Placement struct {
	Source    string             `json:"source"`
	Type      string             `json:"type"`
	Path      string             `json:"path"`
	Place     string             `json:"place,omitempty" doc:"within the item"`
	Version   string             `json:"version,omitempty"`
	State     string             `json:"state" enum:"current,transitional,previous,revoked"`
	Since     *time.Time         `json:"since,omitempty"`
	FirstSeen *time.Time         `json:"first_seen,omitempty"`
	LastSeen  *time.Time         `json:"last_seen,omitempty"`
	Unseen    string             `json:"unseen,omitempty" doc:"why it cannot be seen now"`
	Details   []inventory.Detail `json:"details,omitempty" nullable:"false" doc:"only of a single certificate"`
}

// Finding is something that is wrong.
type Finding struct {
	Code     string `json:"code"`
	Severity string `json:"severity" enum:"ok,info,warning,error,critical"`
	Message  string `json:"message"`
	Why      string `json:"why,omitempty"`
	Steps    []Step `json:"steps" nullable:"false"`
	Source   string `json:"source,omitempty" doc:"of the item that it is about"`
	Path     string `json:"path,omitempty"`
}

// Step is one thing to do.
type Step struct {
	Run []string `json:"run,omitempty" nullable:"false" doc:"a command that works as typed"`
	Do  string   `json:"do,omitempty"`
}

// Ack is an acknowledgement of a certificate's findings.
type Ack struct {
	Certificate string     `json:"certificate"`
	Name        string     `json:"name,omitempty"`
	Until       time.Time  `json:"until"`
	Reason      string     `json:"reason"`
	By          string     `json:"by"`
	At          *time.Time `json:"at,omitempty"`
}

// maxListed bounds the names and placements of one certificate in a list.
const maxListed = 100

// listed is an entry in a list.
func listed(e *catalog.Entry) Certificate {
	c := whole(e)
	c.SANs = c.SANs[:min(len(c.SANs), maxListed)]
	if c.More = len(c.Placements) - maxListed; c.More > 0 {
		c.Placements = c.Placements[:maxListed]
	}
	c.More = max(c.More, 0)
	for i := range c.Placements {
		c.Placements[i].Details = nil
	}
	return c
}

// whole is an entry with everything.
func whole(e *catalog.Entry) Certificate {
	c := Certificate{
		ID: string(e.ID), Name: e.Name(), Subject: e.Subject, Issuer: e.Issuer, Serial: e.Serial, SANs: append([]string{}, e.SANs...),
		NotBefore: moment(e.NotBefore), NotAfter: moment(e.NotAfter), CA: e.CA, Key: keyName(e),
		State: e.State, Severity: e.Severity.String(), Unverified: e.Unverified, Signer: string(e.Signer), SelfSigned: e.SelfSigned, Leaves: e.Leaves,
		Placements: make([]Placement, len(e.Placements)), Findings: findings(e.Findings),
	}
	for i, p := range e.Placements {
		c.Placements[i] = placement(p)
	}
	if e.Acknowledged != nil {
		ack := ackOf(*e.Acknowledged, "")
		c.Acknowledged = &ack
	}
	return c
}

// keyName is empty for a certificate that a source only describes.
func keyName(e *catalog.Entry) string {
	if e.KeyAlgorithm == x509.UnknownPublicKeyAlgorithm {
		return ""
	}
	return e.KeyName()
}

func placement(p catalog.Placement) Placement {
	return Placement{Source: p.Source, Type: p.SourceType, Path: p.Path, Place: p.Place, Version: p.Version, State: string(p.State),
		Since: moment(p.Since), FirstSeen: moment(p.FirstSeen), LastSeen: moment(p.LastSeen), Unseen: p.Unseen, Details: p.Details()}
}

func findings(list []catalog.Finding) []Finding {
	all := make([]Finding, len(list))
	for i, f := range list {
		all[i] = Finding{Code: string(f.Code), Severity: f.Severity.String(), Message: f.Message, Why: f.Why, Steps: steps(f.Steps), Source: f.Source, Path: f.Path}
	}
	return all
}

func steps(list []verdict.Step) []Step {
	all := make([]Step, len(list))
	for i, step := range list {
		all[i] = Step{Run: step.Run, Do: step.Do}
	}
	return all
}

func ackOf(ack inventory.Ack, name string) Ack {
	return Ack{string(ack.Certificate), name, ack.Until.UTC(), ack.Reason, ack.By, moment(ack.At)}
}

// moment is nil for a time that is not known.
func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	utc := t.UTC()
	return &utc
}
