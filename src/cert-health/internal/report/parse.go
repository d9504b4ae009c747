package report

import (
	"encoding/json"
	"errors"
	"fmt"
)

// The limits of a report that Parse reads. They are far above those of a report that an agent
// writes, and keep the time and the size of what is made of a report in proportion to it.
const (
	maxParsed = 100_000 // certificates, problems, and findings of one certificate
	maxWord   = 64      // bytes of a role, a form or another word
)

// Parse reads the JSON form of a report. The report may be forged: it is refused if it is not of
// this schema, or if an agent cannot have written it. Its texts are not checked: who prints them
// makes them Printable. No error contains anything of the contents.
func Parse(contents []byte) (*Report, error) {
	r := &Report{}
	if json.Unmarshal(contents, r) != nil {
		return nil, errors.New("it is not a report of cert-health") // the decoder's error can contain parts of it
	}
	if err := r.validate(); err != nil {
		return nil, fmt.Errorf("it is not a report of cert-health: %w", err)
	}
	return r, nil
}

func (r *Report) validate() error {
	switch {
	case r.Schema != Schema:
		return fmt.Errorf("its schema is %d, not %d", r.Schema, Schema)
	case len(r.Certificates) > maxParsed || len(r.Problems) > maxParsed || len(r.Ignored) > maxParsed:
		return fmt.Errorf("it lists more than %d certificates or problems", maxParsed)
	case len(r.Reference.Source) > maxWord || len(r.Reference.State) > maxWord:
		return errors.New("its source has a long name")
	}
	for i := range r.Certificates {
		if err := r.Certificates[i].validate(); err != nil {
			return fmt.Errorf("certificate %d: %w", i+1, err)
		}
	}
	return nil
}

func (c *Certificate) validate() error {
	switch {
	case c.Fingerprint == "":
		return errors.New("it has no fingerprint")
	case len(c.Locations) == 0:
		return errors.New("it has no location")
	case len(c.Findings) > maxParsed:
		return fmt.Errorf("it has more than %d findings", maxParsed)
	case len(c.Role) > maxWord || len(c.Fingerprint) > maxWord:
		return errors.New("its role or its fingerprint is too long")
	}
	return nil
}
