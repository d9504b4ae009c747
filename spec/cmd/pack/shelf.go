package main

import (
	"os"
	"path/filepath"
)

// shelf is a folder that keeps the archives of this run. The BOSH CLI has an
// index of all releases ever made in its place; a copy made anew has none.
type shelf string

// Find finds nothing: every archive is built.
func (shelf) Find(string, string) (path, digest string, err error) {
	return "", "", nil
}

// Add takes an archive over before its builder deletes it.
func (s shelf) Add(_, fingerprint, path, digest string) (string, string, error) {
	kept := filepath.Join(string(s), fingerprint+".tgz")
	return kept, digest, os.Rename(path, kept)
}
