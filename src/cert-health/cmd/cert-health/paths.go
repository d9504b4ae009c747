package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"cert-health/internal/discover"
	"cert-health/internal/strict"
)

// absoluteRoot returns --root without links and "..". The rest of the program needs an absolute
// path.
func absoluteRoot(dir string) (string, error) {
	info, err := os.Stat(dir)
	switch {
	case err != nil:
		return "", explainFile(dir, fmt.Errorf("--root: %w", err))
	case !info.IsDir():
		return "", fmt.Errorf("--root %s is a file: name the directory to use as /", dir)
	}
	// A ".." after a link leads to the parent of the link's target, so links come first.
	if dir, err = filepath.EvalSymlinks(dir); err == nil {
		dir, err = filepath.Abs(dir)
	}
	if err != nil {
		return "", fmt.Errorf("--root: %w", err)
	}
	return dir, nil
}

// absolutePaths returns the paths as the VM sees them. Without another root they may be relative
// to the working directory, with one they are below it.
func absolutePaths(root string, paths []string) ([]string, error) {
	var list []string
	for _, name := range paths {
		if root != "/" {
			list = append(list, filepath.Join("/", name))
			continue
		}
		absolute, err := filepath.Abs(name)
		if err != nil {
			return nil, fmt.Errorf("find %s: %w", name, err)
		}
		list = append(list, absolute)
	}
	return list, nil
}

// present returns the paths that exist below root, and an error that names the others.
func present(root string, paths []string) ([]string, error) {
	var list []string
	var missing []error
	for _, name := range paths {
		place := name
		if root != "/" {
			resolved, err := discover.Resolve(root, name)
			if err != nil {
				return nil, fmt.Errorf("find %s: %w", name, err)
			}
			place = resolved
		}
		_, err := os.Stat(place)
		if name == discover.Stdin || !errors.Is(err, os.ErrNotExist) {
			list = append(list, name) // other errors are reported by who reads it
			continue
		}
		missing = append(missing, explainFile(place, fmt.Errorf("there is no %s", place)))
	}
	return list, joined(missing)
}

// joined joins errors in one line.
func joined(all []error) error {
	var sentences []string
	for _, err := range all {
		sentences = append(sentences, err.Error())
	}
	if len(sentences) == 0 {
		return nil
	}
	return errors.New(strings.Join(sentences, "; "))
}

// explainFile adds the most similar name in the directory to the error about a missing file.
func explainFile(name string, err error) error {
	entries, listError := os.ReadDir(filepath.Dir(name))
	if listError != nil {
		return err
	}
	var beside []string
	for _, entry := range entries {
		beside = append(beside, entry.Name())
	}
	if meant := strict.Nearest(filepath.Base(name), beside); meant != "" && meant != filepath.Base(name) {
		return fmt.Errorf("%w; did you mean %s?", err, strings.TrimPrefix(filepath.Join(filepath.Dir(name), meant), "./"))
	}
	return err
}

// noFiles says that a scan found no file at all.
func noFiles(paths []string) error {
	return fmt.Errorf("there are no files in %s, so nothing was checked: name a file, or a directory with files", strings.Join(paths, ", "))
}
