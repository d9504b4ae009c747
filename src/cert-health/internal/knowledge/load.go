package knowledge

import (
	"embed"
	"errors"
	"fmt"
	"strings"

	"cert-health/internal/strict"
)

//go:embed symptoms/*.yml
var builtinSymptoms embed.FS

var errNotTime = errors.New("it is not a valid time: write 2027-01-31T12:00:00Z")

// Symptoms are the symptoms of all files, and the edges, which tell who the peer of a line can be. They must not
// be changed.
type Symptoms struct {
	Edges        []Edge
	Symptoms     []*Symptom
	Contexts     []*Context
	Certificates []*Certificate
}

// LoadSymptoms reads the built-in symptoms, and those of an operator's directory if it is not empty. An
// operator's entry replaces a built-in one with its id or name.
func LoadSymptoms(dir string) (*Symptoms, error) {
	list, err := documents(builtinSymptoms, "symptoms", dir)
	if err != nil {
		return nil, err
	}
	all, faults := &Symptoms{}, []error{}
	if all.Edges, err = LoadEdges(dir); err != nil {
		faults = append(faults, err)
	}
	for _, d := range list {
		var file symptomFile
		if err := decode(d, &file); err != nil {
			faults = append(faults, err)
			continue
		}
		all.add(&file, d.name)
	}
	faults = append(faults, all.faults()...)
	return all, errors.Join(faults...)
}

// symptomFile is one file below symptoms.
type symptomFile struct {
	Writer       string        `yaml:"writer"` // the program whose words the file has
	Symptoms     []Symptom     `yaml:"symptoms"`
	Contexts     []Context     `yaml:"contexts"`
	Certificates []Certificate `yaml:"certificates"`
}

// Problems returns what is wrong with the entries of the file.
func (f *symptomFile) Problems() (p strict.Problems) {
	seen := map[string]bool{}
	for i, s := range f.Symptoms {
		at := strict.Item("symptoms", i)
		if s.ID != "" {
			at += " (" + s.ID + ")"
		}
		if seen[s.ID] {
			p.Add("%s.id is that of another entry", at)
		}
		seen[s.ID] = true
		p = append(p, s.problems().Below(at)...)
	}
	for i, c := range f.Contexts {
		if len(c.Texts) == 0 || len(c.Examples) == 0 {
			p.Add("%s must have texts and examples", strict.Item("contexts", i))
		}
		for j, t := range c.Texts {
			if t.Anchor() == "" {
				p.Add("%s.%s must have words", strict.Item("contexts", i), strict.Item("texts", j))
			}
		}
	}
	for i, c := range f.Certificates {
		p = append(p, c.problems().Below(strict.Item("certificates", i))...)
	}
	return p
}

func (s *Symptom) problems() (p strict.Problems) {
	if s.ID == "" {
		p.Add("id is missing: name the entry")
	}
	if len(s.Texts) == 0 {
		p.Add("texts must have the words of a line")
	}
	for i, t := range s.Texts {
		if len(t.Anchor()) < minAnchor {
			p.Add("%s needs words of at least %d characters without quotes, which can be searched for", strict.Item("texts", i), minAnchor)
		}
	}
	if len(s.Examples) == 0 {
		p.Add("examples must have a real line")
	}
	for i, e := range s.Examples {
		if e.Line == "" {
			p.Add("%s.line is missing", strict.Item("examples", i))
		}
	}
	switch {
	case s.Fault != "" && (len(s.Causes) > 0 || s.Means != ""):
		p.Add("fault is for the words of TLS, means and causes are for what people see: remove one of them")
	case s.Fault != "" && s.Whose == "" && s.Fault != NotTLS:
		p.Add("whose is missing: peer if the writer of the line refuses, own if it is refused")
	case s.Fault == "" && (s.Means == "" || len(s.Causes) == 0):
		p.Add("fault is missing, or means and causes")
	}
	return p
}

func (c *Certificate) problems() (p strict.Problems) {
	if c.Name == "" {
		p.Add("name is missing")
	}
	for i, at := range c.At {
		if job, path, ok := strings.Cut(at, "/"); !ok || job == "" && !strings.HasPrefix(at, "/") || path == "" {
			p.Add("%s must be JOB/PATH, or an absolute path outside the jobs", strict.Item("at", i))
		}
	}
	return p
}

// add adds the entries of a file in the place of earlier ones with the same names.
func (all *Symptoms) add(f *symptomFile, name string) {
	for i := range f.Symptoms {
		s := &f.Symptoms[i]
		s.Writer, s.File = f.Writer, name
		all.Symptoms = replaced(all.Symptoms, s, func(other *Symptom) bool { return other.ID == s.ID })
	}
	for i := range f.Certificates {
		c := &f.Certificates[i]
		all.Certificates = replaced(all.Certificates, c, func(other *Certificate) bool { return other.Name == c.Name })
	}
	for i := range f.Contexts {
		all.Contexts = append(all.Contexts, &f.Contexts[i])
	}
}

func replaced[T any](list []*T, own *T, same func(*T) bool) []*T {
	for i, other := range list {
		if same(other) {
			list[i] = own
			return list
		}
	}
	return append(list, own)
}

// faults are the causes that name no known certificate.
func (all *Symptoms) faults() (faults []error) {
	for _, s := range all.Symptoms {
		for i, cause := range s.Causes {
			if all.Certificate(cause.Certificate) == nil {
				faults = append(faults, fmt.Errorf("%s: %s: causes[%d].certificate is not the name of a certificate of these files", s.File, s.ID, i))
			}
		}
	}
	return faults
}

// Certificate is the known certificate with a name, or nil.
func (all *Symptoms) Certificate(name string) *Certificate {
	for _, c := range all.Certificates {
		if c.Name == name {
			return c
		}
	}
	return nil
}
