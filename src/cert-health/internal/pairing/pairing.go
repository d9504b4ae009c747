// Package pairing finds out which certificates and private keys are used together, by their
// places and by the files that name them, and reports the pairs that do not match. It does no
// I/O. It knows no private key, only the digests of the public halves.
//
// It avoids false alarms. The directories of jobs contain many certificates whose key is
// elsewhere (of peers and CAs), and many keys without a certificate (for signing tokens, for
// SSH). A certificate and a key in the same directory are therefore not enough:
//
//   - a certificate whose key is found by any kind of evidence is correct;
//   - if several are used together, the number of certificates and of keys must be the same;
//   - a key with an unknown algorithm is ignored.
package pairing

import (
	"cert-health/internal/cert"
	"cert-health/internal/extract/found"
)

// File is a file that contains keys or names other files.
type File struct {
	Job          string // empty outside the directory of the jobs
	Path         string // on the VM
	Certificates []found.Certificate
	Clues        *found.Clues
}

// Mismatches finds the certificates of a VM that are used with another certificate's key, each
// once at one location: first those with the key in the same file, in the order of the files,
// then the others, in the order of the certificates.
func Mismatches(deployed []cert.Deployed, files []File) []cert.Mismatch {
	var found []cert.Mismatch
	for i := range files {
		found = append(found, within(&files[i])...)
	}
	return append(found, across(deployed, files)...)
}

func (f *File) location(line int, form cert.Form) cert.Location {
	return cert.Location{Job: f.Job, File: f.Path, Line: line, Form: form}
}

// key is the location of the key with this index.
func (f *File) key(index int) cert.Location {
	key := &f.Clues.Keys[index]
	return f.location(key.Line, key.Form)
}
