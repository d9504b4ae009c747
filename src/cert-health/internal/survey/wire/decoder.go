package wire

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"cert-health/internal/cert"
	"cert-health/internal/survey"
)

// The limits of a survey that Read reads.
const (
	// MaxBytes is the size of a survey of 100,000 VMs with 100 places each, twice.
	MaxBytes = 4 << 30
	maxLine  = 64 << 20 // a report of 20,000 certificates has fewer bytes
)

// errNoSurvey says that somebody else has answered.
var errNoSurvey = errors.New("it is not a survey of cert-health")

// decoder is what was read until now.
type decoder struct {
	builder      survey.Builder
	certificates map[int]*survey.Certificate
	texts        map[string]string // the same text is kept once
	at           time.Time
	begun        bool
	counted      end
	ended        *end
}

// Read reads a survey, at most MaxBytes of it. Its texts come from others: who shows them makes them printable.
// No error contains anything of it but the reason of its writer.
func Read(r io.Reader) (*survey.Survey, error) {
	d := &decoder{certificates: map[int]*survey.Certificate{}, texts: map[string]string{}}
	lines := bufio.NewScanner(io.LimitReader(r, MaxBytes))
	lines.Buffer(make([]byte, 64<<10), maxLine)
	for lines.Scan() {
		if err := d.take(lines.Bytes()); err != nil {
			return nil, err
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("read the survey: %w", err)
	}
	return d.survey()
}

func (d *decoder) survey() (*survey.Survey, error) {
	switch {
	case !d.begun:
		return nil, errNoSurvey
	case d.ended == nil:
		return nil, errors.New("the survey is not whole: it ends too early; ask again")
	case d.ended.Error != "":
		return nil, errors.New("the survey is not whole: " + d.ended.Error)
	case d.ended.Instances != d.counted.Instances || d.ended.Secrets != d.counted.Secrets:
		return nil, errors.New("the survey is not whole: lines are missing; ask again")
	}
	return d.builder.Build(d.at), nil
}

func (d *decoder) take(text []byte) error {
	var l line
	if json.Unmarshal(text, &l) != nil || d.begun == (l.Survey != nil) || d.ended != nil {
		return errNoSurvey
	}
	var err error
	switch {
	case l.Survey != nil && l.Survey.Schema != Schema:
		return fmt.Errorf("the survey has schema %d, and this program reads schema %d: use the release of the hub", l.Survey.Schema, Schema)
	case l.Survey != nil:
		d.begun, d.at = true, l.Survey.At
	case l.Certificate != nil:
		err = d.certificate(l.Certificate)
	case l.Instance != nil:
		err = d.instance(l.Instance)
	case l.Secret != nil:
		err = d.secret(l.Secret)
	case l.Blind != "":
		d.builder.Blind(l.Blind)
	case l.End != nil:
		d.ended = l.End
	}
	return err
}

// text returns the one copy of a string.
func (d *decoder) text(s string) string {
	if known, has := d.texts[s]; has {
		return known
	}
	d.texts[s] = s
	return s
}

func (d *decoder) certificate(c *certificate) error {
	if c.Fingerprint == "" {
		return errNoSurvey
	}
	if before := d.certificates[c.Number]; before != nil && before.Fingerprint != c.Fingerprint {
		return errNoSurvey
	}
	d.certificates[c.Number] = d.builder.Certificate(survey.Certificate{Fingerprint: c.Fingerprint, Name: c.Name, Subject: d.text(c.Subject), Issuer: d.text(c.Issuer),
		Serial: c.Serial, SANs: c.SANs, NotBefore: c.NotBefore, NotAfter: c.NotAfter, Key: d.text(c.Key), Usages: c.Usages, CA: c.CA,
		KeyID: c.KeyID, AuthorityID: d.text(c.AuthorityID)})
	return nil
}

func (d *decoder) instance(of *instance) error {
	i := survey.Instance{Deployment: d.text(of.Deployment), Group: d.text(of.Group), ID: of.ID, Name: of.Name, AZ: d.text(of.AZ), Address: of.Address,
		Standing: d.text(of.Standing), At: of.At, Places: slices.Grow([]survey.Place(nil), len(of.Places))}
	for _, p := range of.Places {
		c := d.certificates[p.Certificate]
		if c == nil {
			return errNoSurvey
		}
		i.Places = append(i.Places, survey.Place{Job: d.text(p.Job), File: d.text(p.File), Line: p.Line, Alias: d.text(p.Alias), Form: cert.Form(d.text(string(p.Form))),
			Role: cert.Role(d.text(string(p.Role))), Class: cert.FileClass(d.text(string(p.Class))), Certificate: c, Sent: p.Sent, Secret: d.text(p.Secret)})
	}
	for _, s := range of.Shown {
		c := d.certificates[s.Certificate]
		if c == nil {
			return errNoSurvey
		}
		i.Shown = append(i.Shown, survey.Shown{Job: d.text(s.Job), Process: d.text(s.Process), Address: d.text(s.Address), ServerName: d.text(s.ServerName),
			Started: s.Started, Certificate: c, Loaded: s.Loaded})
	}
	d.counted.Instances++
	d.builder.Instance(i)
	return nil
}

func (d *decoder) secret(of *secret) error {
	s := survey.Secret{Store: d.text(of.Store), Path: of.Path, Key: d.text(of.Key), Version: of.Version, Since: of.Since, NotAfter: of.NotAfter}
	for _, number := range of.Certificates {
		c := d.certificates[number]
		if c == nil {
			return errNoSurvey
		}
		s.Certificates = append(s.Certificates, c)
	}
	d.counted.Secrets++
	d.builder.Secret(s)
	return nil
}
