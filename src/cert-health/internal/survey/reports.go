package survey

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"cert-health/internal/cert"
	"cert-health/internal/report"
)

// FromReports makes a survey of the reports of VMs. Of two reports of one VM the newer one counts.
func FromReports(reports []*report.Report, at time.Time) *Survey {
	b := &Builder{}
	for _, r := range reports {
		b.Report(r, Instance{Standing: Reporting})
	}
	return b.Build(at)
}

// Report adds what a report says. known is what others know of the instance: its standing, its name. An
// empty field is taken from the report.
func (b *Builder) Report(r *report.Report, known Instance) {
	i, own := known, r.Instance
	i.Deployment, i.Group, i.ID = cmp.Or(i.Deployment, own.Deployment), cmp.Or(i.Group, own.Group), cmp.Or(i.ID, own.ID)
	i.AZ, i.Address = cmp.Or(i.AZ, own.AZ), cmp.Or(i.Address, own.Address)
	i.Name = cmp.Or(i.Name, own.Name())
	i.At = r.CheckedAt
	for n := range r.Certificates {
		b.reported(&i, &r.Certificates[n], r.Reference)
	}
	slices.SortStableFunc(i.Places, func(x, y Place) int {
		return cmp.Or(strings.Compare(x.Job, y.Job), strings.Compare(x.File, y.File), cmp.Compare(x.Line, y.Line))
	})
	if r.Served != nil {
		for _, s := range r.Served.Shown {
			i.Shown = append(i.Shown, b.shown(s))
		}
	}
	b.Instance(i)
}

// reported adds one certificate of a report.
func (b *Builder) reported(i *Instance, c *report.Certificate, source report.Source) {
	own := b.Certificate(Certificate{
		Fingerprint: c.Fingerprint, Name: c.Name, Subject: c.Subject, Issuer: c.Issuer, Serial: c.Serial, SANs: c.SANs,
		NotBefore: c.NotBefore, NotAfter: c.NotAfter, Key: c.Key, Usages: c.Usages,
		CA: c.Role != cert.Leaf, KeyID: c.KeyID, AuthorityID: c.AuthorityKeyID,
	})
	name := ""
	if c.Reference != nil && c.Reference.Path != "" {
		held := b.secretOf(c.Reference, own, source)
		b.Secret(held)
		name = held.Name()
	}
	for _, l := range c.Locations {
		i.Places = append(i.Places, Place{Job: l.Job, File: l.File, Line: l.Line, Alias: l.Alias, Form: l.Form, Role: c.Role, Class: l.Class,
			Certificate: own, Sent: l.SentWithLeaf, Secret: name})
	}
}

func (b *Builder) secretOf(r *report.Reference, own *Certificate, source report.Source) Secret {
	s := Secret{Store: cmp.Or(source.Name, source.Source), Path: r.Mount + r.Path, Key: r.Key, Version: r.CurrentVersion, Since: r.Since, NotAfter: r.NotAfter}
	switch {
	case r.State == cert.Current:
		s.Certificates, s.NotAfter = []*Certificate{own}, own.NotAfter
	case r.Fingerprint != "":
		s.Certificates = []*Certificate{b.Certificate(Certificate{Fingerprint: r.Fingerprint, Name: own.Name, NotAfter: r.NotAfter})}
	}
	return s
}

func (b *Builder) shown(s report.ServedCertificate) Shown {
	own := b.Certificate(Certificate{Fingerprint: s.Fingerprint, Name: s.Name, NotAfter: s.NotAfter})
	return Shown{Job: s.Job, Process: s.Process, Address: s.Address, ServerName: s.ServerName, Started: s.Started, Certificate: own, Loaded: s.State == report.Loaded}
}

// Find are the certificates that an operator means: by fingerprint or the beginning of one, by name, subject or
// alternative name, or by the path of a secret.
func (s *Survey) Find(text string) (found []*Certificate) {
	if text == "" {
		return nil
	}
	add := func(c *Certificate) {
		if !slices.Contains(found, c) {
			found = append(found, c)
		}
	}
	for _, secret := range s.Secrets {
		if secret.Path == text || secret.Path+":"+secret.Key == text {
			for _, c := range secret.Certificates {
				add(c)
			}
		}
	}
	hex := strings.ToLower(strings.ReplaceAll(text, ":", ""))
	for _, c := range s.Certificates {
		if c.Name == text || c.Subject == text || len(hex) >= 8 && strings.HasPrefix(c.Fingerprint, hex) || slices.Contains(c.SANs, text) {
			add(c)
		}
	}
	return found
}
