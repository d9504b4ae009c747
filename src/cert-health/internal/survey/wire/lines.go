// Package wire writes a survey as lines of JSON, and reads it again. Each line is one object: a survey of ten
// thousand VMs is written and read without one large document in memory.
//
// The first line has the time, the last one the number of instances and secrets: without it the survey is not
// whole. Each certificate has a line of its own before the first line that refers to it by its number. A later
// line with the same number replaces it.
package wire

import (
	"time"

	"cert-health/internal/cert"
	"cert-health/internal/survey"
)

// Schema is the version of the form. It grows when a key changes its meaning or disappears.
const Schema = 1

// ContentType is that of the lines.
const ContentType = "application/x-ndjson"

// line is one line. One of its fields is set.
type line struct {
	Survey      *head        `json:"survey,omitempty"`
	Certificate *certificate `json:"certificate,omitempty"`
	Instance    *instance    `json:"instance,omitempty"`
	Secret      *secret      `json:"secret,omitempty"`
	Blind       string       `json:"blind,omitempty"`
	End         *end         `json:"end,omitempty"`
}

type head struct {
	Schema int       `json:"schema"`
	At     time.Time `json:"at"`
}

type end struct {
	Instances int    `json:"instances"`
	Secrets   int    `json:"secrets"`
	Error     string `json:"error,omitempty"` // why it is not whole
}

type certificate struct {
	Number      int       `json:"number"`
	Fingerprint string    `json:"fingerprint_sha256"`
	Name        string    `json:"name"`
	Subject     string    `json:"subject,omitempty"`
	Issuer      string    `json:"issuer,omitempty"`
	Serial      string    `json:"serial,omitempty"`
	SANs        []string  `json:"sans,omitempty"`
	NotBefore   time.Time `json:"not_before,omitzero"`
	NotAfter    time.Time `json:"not_after,omitzero"`
	Key         string    `json:"key,omitempty"`
	Usages      []string  `json:"usages,omitempty"`
	CA          bool      `json:"ca,omitempty"`
	KeyID       string    `json:"key_id,omitempty"`
	AuthorityID string    `json:"authority_key_id,omitempty"`
}

type instance struct {
	Deployment string    `json:"deployment,omitempty"`
	Group      string    `json:"group,omitempty"`
	ID         string    `json:"id,omitempty"`
	Name       string    `json:"name,omitempty"`
	AZ         string    `json:"az,omitempty"`
	Address    string    `json:"address,omitempty"`
	Standing   string    `json:"standing"`
	At         time.Time `json:"at,omitzero"`
	Places     []place   `json:"places,omitempty"`
	Shown      []shown   `json:"shown,omitempty"`
}

type place struct {
	Certificate int            `json:"certificate"` // its number
	Job         string         `json:"job,omitempty"`
	File        string         `json:"file"`
	Line        int            `json:"line,omitempty"`
	Alias       string         `json:"alias,omitempty"`
	Form        cert.Form      `json:"form,omitempty"`
	Role        cert.Role      `json:"role,omitempty"`
	Class       cert.FileClass `json:"class,omitempty"`
	Sent        bool           `json:"sent_with_leaf,omitempty"`
	Secret      string         `json:"secret,omitempty"` // PATH:KEY
}

type shown struct {
	Certificate int       `json:"certificate"`
	Job         string    `json:"job,omitempty"`
	Process     string    `json:"process,omitempty"`
	Address     string    `json:"address,omitempty"`
	ServerName  string    `json:"server_name,omitempty"`
	Started     time.Time `json:"started,omitzero"`
	Loaded      bool      `json:"loaded,omitempty"`
}

type secret struct {
	Store        string    `json:"store"`
	Path         string    `json:"path"`
	Key          string    `json:"key,omitempty"`
	Version      int       `json:"version,omitempty"`
	Since        time.Time `json:"since,omitzero"`
	Certificates []int     `json:"certificates,omitempty"`
	NotAfter     time.Time `json:"not_after,omitzero"`
}

func lineOf(number int, c *survey.Certificate) *certificate {
	return &certificate{Number: number, Fingerprint: c.Fingerprint, Name: c.Name, Subject: c.Subject, Issuer: c.Issuer, Serial: c.Serial, SANs: c.SANs,
		NotBefore: c.NotBefore, NotAfter: c.NotAfter, Key: c.Key, Usages: c.Usages, CA: c.CA, KeyID: c.KeyID, AuthorityID: c.AuthorityID}
}
