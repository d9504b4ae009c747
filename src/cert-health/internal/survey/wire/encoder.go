package wire

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"cert-health/internal/survey"
)

// Encoder writes a survey. The first error ends it, and End returns it.
type Encoder struct {
	out   *json.Encoder
	known map[string]written // by fingerprint
	end   end
	err   error
}

// written is what was written of a certificate.
type written struct {
	number int
	full   bool // with its subject, which a handshake does not show
}

// NewEncoder begins a survey of a moment.
func NewEncoder(w io.Writer, at time.Time) *Encoder {
	e := &Encoder{out: json.NewEncoder(w), known: map[string]written{}}
	e.out.SetEscapeHTML(false)
	e.write(line{Survey: &head{Schema, at.UTC()}})
	return e
}

func (e *Encoder) write(l line) {
	if e.err == nil {
		e.err = e.out.Encode(l)
	}
}

// number is that of a certificate. It is written if it was not, or if more is known of it now.
func (e *Encoder) number(c *survey.Certificate) int {
	before, known := e.known[c.Fingerprint]
	if !known {
		before.number = len(e.known)
	}
	if !known || !before.full && c.Subject != "" {
		e.write(line{Certificate: lineOf(before.number, c)})
		e.known[c.Fingerprint] = written{before.number, c.Subject != ""}
	}
	return before.number
}

// Instance writes an instance.
func (e *Encoder) Instance(i *survey.Instance) {
	of := instance{Deployment: i.Deployment, Group: i.Group, ID: i.ID, Name: i.Name, AZ: i.AZ, Address: i.Address, Standing: i.Standing, At: i.At,
		Places: make([]place, 0, len(i.Places))}
	for _, p := range i.Places {
		of.Places = append(of.Places, place{Certificate: e.number(p.Certificate), Job: p.Job, File: p.File, Line: p.Line, Alias: p.Alias, Form: p.Form, Role: p.Role,
			Class: p.Class, Sent: p.Sent, Secret: p.Secret})
	}
	for _, s := range i.Shown {
		of.Shown = append(of.Shown, shown{Certificate: e.number(s.Certificate), Job: s.Job, Process: s.Process, Address: s.Address, ServerName: s.ServerName,
			Started: s.Started, Loaded: s.Loaded})
	}
	e.write(line{Instance: &of})
	e.end.Instances++
}

// Secret writes what a store holds under one key.
func (e *Encoder) Secret(s *survey.Secret) {
	of := secret{Store: s.Store, Path: s.Path, Key: s.Key, Version: s.Version, Since: s.Since, NotAfter: s.NotAfter}
	for _, c := range s.Certificates {
		of.Certificates = append(of.Certificates, e.number(c))
	}
	e.write(line{Secret: &of})
	e.end.Secrets++
}

// Blind writes what is not seen.
func (e *Encoder) Blind(sentence string) { e.write(line{Blind: sentence}) }

// End writes the last line. A reason says why the survey is not whole; the reader then refuses it.
func (e *Encoder) End(reason error) error {
	last := e.end
	if reason != nil {
		last.Error = reason.Error()
	}
	e.write(line{End: &last})
	if e.err != nil {
		return fmt.Errorf("write the survey: %w", errors.Join(reason, e.err))
	}
	return reason
}

// Write writes a whole survey.
func Write(w io.Writer, s *survey.Survey) error {
	e := NewEncoder(w, s.At)
	for _, c := range s.Certificates {
		e.number(c)
	}
	for _, i := range s.Instances {
		e.Instance(i)
	}
	for _, secret := range s.Secrets {
		e.Secret(secret)
	}
	for _, sentence := range s.Blind {
		e.Blind(sentence)
	}
	return e.End(nil)
}
