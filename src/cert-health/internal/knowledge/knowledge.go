// Package knowledge is what is known about certificates in general, as data: how the programs of a platform word
// their refusals (symptoms), and which programs talk to each other (edges). The YAML files are part of the program.
// An operator's own directory extends them. docs/explain.md describes the files.
package knowledge

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"

	"cert-health/internal/strict"
)

// maxFile is the largest file that is read, in bytes.
const maxFile = 1 << 20

// document is one YAML file.
type document struct {
	name     string // for people
	contents []byte
}

// documents are the built-in files of a kind, and behind them those of an operator's directory.
func documents(builtin fs.FS, kind, dir string) ([]document, error) {
	list, err := filesOf(builtin, kind, "")
	if err != nil || dir == "" {
		return list, err
	}
	if err := isKnowledge(dir); err != nil {
		return nil, err
	}
	own, err := filesOf(os.DirFS(dir), kind, dir)
	return append(list, own...), err
}

// kinds are the directories that an operator's directory may have.
func kinds() []string { return []string{"symptoms", "edges"} }

// isKnowledge refuses a directory that has neither kind of files: nothing in it would be read.
func isKnowledge(dir string) error {
	for _, kind := range kinds() {
		if found, err := filepath.Glob(filepath.Join(dir, kind, "*.yml")); err == nil && len(found) > 0 {
			return nil
		}
	}
	if _, err := os.Stat(dir); err != nil {
		return fmt.Errorf("read the knowledge: %w", err)
	}
	return fmt.Errorf("read the knowledge: %s has no file symptoms/NAME.yml or edges/NAME.yml: name the directory above them", dir)
}

// filesOf reads all files of a kind in the order of their names.
func filesOf(from fs.FS, kind, dir string) (list []document, err error) {
	names, err := fs.Glob(from, kind+"/*.yml")
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", kind, err)
	}
	slices.Sort(names)
	for _, name := range names {
		contents, err := readFile(from, name)
		if err != nil {
			return nil, fmt.Errorf("read the knowledge: %w", err)
		}
		list = append(list, document{path.Join(dir, name), contents})
	}
	return list, nil
}

func readFile(from fs.FS, name string) ([]byte, error) {
	info, err := fs.Stat(from, name)
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s is not a regular file", name)
	case info.Size() > maxFile:
		return nil, fmt.Errorf("%s has more than %d bytes: divide it", name, maxFile)
	}
	return fs.ReadFile(from, name)
}

// decode reads one document, and returns all its faults: the file, the line and the key of each.
func decode(d document, into strict.Settings) error {
	problems := strict.YAML(d.contents, "", into)
	if len(problems) == 0 {
		return nil
	}
	all := make([]error, len(problems))
	for i, problem := range problems {
		all[i] = fmt.Errorf("%s: %s", d.name, problem)
	}
	return errors.Join(all...)
}
