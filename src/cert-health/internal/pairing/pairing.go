// Package pairing tells which certificates and private keys are used together, by
// where they stand and who names them, and finds those that do not belong together. It
// does no I/O, and knows no private key: only the digests of their public halves.
//
// It is made to raise no false alarm. Job folders are full of certificates whose key is
// elsewhere (peers', CAs') and of keys that have no certificate (for signing tokens, for
// SSH), and nothing is concluded from certificate and key being neighbours alone:
//
//   - a certificate that has its key by any kind of evidence is well;
//   - where several are used together, the number of certificates and of keys has to be
//     the same;
//   - a key of an algorithm that is not known makes no statement.
package pairing

import (
	"cert-health/internal/cert"
	"cert-health/internal/extract/found"
)

// File is a file that tells anything: of its keys, or of other files.
type File struct {
	Job          string // empty outside the jobs' folder
	Path         string // as the VM sees it
	Certificates []found.Certificate
	Clues        *found.Clues
}

// Mismatches finds, among all certificates of a VM, those that are used with a key which
// is not theirs, each once at one place: first those with the key in their own file, in
// the order of the files, then the others in the order of the certificates.
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

// key is where the file's key of that index stands.
func (f *File) key(index int) cert.Location {
	key := &f.Clues.Keys[index]
	return f.location(key.Line, key.Form)
}
