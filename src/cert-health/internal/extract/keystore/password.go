package keystore

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"cert-health/internal/secret"
	"cert-health/internal/strict"
)

// Password says where to get the password of some stores: it is Literal, unless File or
// Script is set.
type Password struct {
	Glob     string       `yaml:"glob"`     // over the absolute path of the store, as the VM sees it
	Literal  secret.Value `yaml:"password"` // may be empty
	File     string       `yaml:"file"`     // that holds the password and nothing else
	Script   string       `yaml:"script"`   // a start script, or settings, in which Variable is given its value
	Variable string       `yaml:"variable"`
}

// Check tells what is wrong with how the password is given, or nil.
func (p Password) Check() error {
	if p.Glob == "" {
		return errors.New("the glob is missing: it selects the key stores")
	}
	if err := strict.CheckPathGlob(p.Glob); err != nil {
		return err
	}
	switch {
	case p.File != "" && p.Script != "", !p.Literal.IsZero() && p.File+p.Script != "":
		return errors.New("set only one of password, file and script")
	case (p.Script == "") != (p.Variable == ""):
		return errors.New("set both script and variable")
	}
	for _, path := range []string{p.File, p.Script} {
		if path != "" && !strings.HasPrefix(path, "/") {
			return fmt.Errorf("%q is not an absolute path", path)
		}
	}
	return nil
}

const (
	// maxPasswords is how many are tried for one store.
	maxPasswords = 32

	// maxPasswordSize is in bytes. A larger value is not a password.
	maxPasswordSize = 1 << 10

	// maxScript is how much of a script is searched, in bytes.
	maxScript = 1 << 20
)

// Find returns the passwords to try for the store at path: those whose Glob matches, in
// their order, each once. read reads a file of the VM, into memory that is wiped. An
// error says where a password could not be had; it matters when the store stays locked.
func Find(read func(path string) ([]byte, error), passwords []Password, path string) (found []secret.Value, problems []error) {
	for _, password := range passwords {
		if !strict.Match(password.Glob, path) {
			continue
		}
		values, err := password.values(read)
		if err != nil {
			problems = append(problems, err)
		}
		for _, value := range values {
			if len(found) < maxPasswords && !slices.ContainsFunc(found, value.Equal) {
				found = append(found, value)
			}
		}
	}
	return found, problems
}

func (p Password) values(read func(string) ([]byte, error)) ([]secret.Value, error) {
	switch {
	case p.File != "":
		contents, err := read(p.File)
		defer clear(contents)
		if err != nil {
			return nil, fmt.Errorf("read the password in %s: %w", p.File, err)
		}
		text := strings.TrimRight(string(contents[:min(len(contents), maxPasswordSize+1)]), "\r\n")
		if len(text) > maxPasswordSize {
			return nil, fmt.Errorf("read the password in %s: it has more than %d bytes", p.File, maxPasswordSize)
		}
		return []secret.Value{secret.New(text)}, nil
	case p.Script != "":
		contents, err := read(p.Script)
		defer clear(contents)
		if err != nil {
			return nil, fmt.Errorf("read %s in %s: %w", p.Variable, p.Script, err)
		}
		values, err := assigned(contents[:min(len(contents), maxScript)], p.Variable)
		if err != nil {
			return nil, fmt.Errorf("read %s in %s: %w", p.Variable, p.Script, err)
		}
		return values, nil
	}
	return []secret.Value{p.Literal}, nil
}
