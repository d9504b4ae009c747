package splice

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"reflect"

	"cert-health/internal/cert"
	"cert-health/internal/extract"
	"cert-health/internal/extract/found"
)

// at says in which line the block is.
func at(line int, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("the block in line %d: %w", line, err)
}

// Writable returns why a certificate of a form cannot be written, or nil.
func Writable(form cert.Form) error {
	info, ok := form.Info()
	switch {
	case !ok:
		return fmt.Errorf("the form %q is not known", form)
	case info.Writable:
		return nil
	}
	return fmt.Errorf("its form cannot be written back exactly (%s): let a deploy write the file", info.Meaning)
}

// check refuses contents and edits that are not written.
func check(contents []byte, edits Edits) error {
	if bytes.IndexByte(contents, 0) >= 0 {
		return errors.New("it is a binary file or text of UTF-16, which cannot be written back exactly: let a deploy write it")
	}
	if len(edits.Certificates)+len(edits.Keys) == 0 {
		return errors.New("there is nothing to change")
	}
	result := read(contents)
	for _, e := range edits.Certificates {
		for _, f := range result.Certificates {
			if f.Line == e.Line && f.Certificate.Fingerprint == e.Old {
				if err := Writable(f.Form); err != nil {
					return at(e.Line, err)
				}
			}
		}
	}
	return nil
}

// read reads contents as a scan does.
func read(contents []byte) found.Result {
	copied := bytes.Clone(contents)
	defer clear(copied)
	extractor := extract.ForFiles(nil)
	defer extractor.Release(0)
	result, _ := extractor.File(copied, "") // a key store that stays closed stays as it is
	return result
}

// prove reads what was written, and returns an error unless exactly the intended certificates and keys have changed.
func prove(before, after []byte, edits Edits) error {
	old, now := read(before), read(after)
	if !reflect.DeepEqual(intended(&old, edits), held(&now)) || !reflect.DeepEqual(others(&old), others(&now)) {
		return errors.New("it would not hold the intended certificates afterwards, so that nothing was written: let a deploy write it")
	}
	keys := digests(&old)
	for i := range keys {
		for _, e := range edits.Keys {
			if keys[i] == e.Old && old.Clues.Keys[i].Line == e.Line {
				keys[i] = e.New.digest
				break
			}
		}
	}
	if !reflect.DeepEqual(keys, digests(&now)) {
		return errors.New("it would not hold the intended private keys afterwards, so that nothing was written: let a deploy write it")
	}
	return nil
}

// holding is a certificate at its place, without its line, which a longer certificate before it moves, and without its run:
// the padding of base64 divides runs.
type holding struct {
	fingerprint cert.Fingerprint
	form        cert.Form
	alias       string
}

func hold(f found.Certificate) holding {
	return holding{f.Certificate.Fingerprint, f.Form, f.Alias}
}

func held(r *found.Result) (list []holding) {
	for _, f := range r.Certificates {
		list = append(list, hold(f))
	}
	return list
}

// intended is what the text must hold after the edits.
func intended(r *found.Result, edits Edits) (list []holding) {
	for i := 0; i < len(r.Certificates); i++ {
		f := r.Certificates[i]
		edit := editOf(f, edits)
		h := hold(f)
		if edit == nil {
			list = append(list, h)
			continue
		}
		h.fingerprint = sha256.Sum256(edit.New)
		list = append(list, h)
		if edit.Chain == nil {
			continue
		}
		for i+1 < len(r.Certificates) && !f.Certificate.CA && r.Certificates[i+1].Run == f.Run && r.Certificates[i+1].Certificate.CA {
			i++
		}
		for _, ca := range edit.Chain {
			h.fingerprint = sha256.Sum256(ca)
			list = append(list, h)
		}
	}
	return list
}

func editOf(f found.Certificate, edits Edits) *Certificate {
	for i, e := range edits.Certificates {
		if f.Line == e.Line && f.Certificate.Fingerprint == e.Old && Writable(f.Form) == nil {
			return &edits.Certificates[i]
		}
	}
	return nil
}

func digests(r *found.Result) (list []cert.KeyDigest) {
	if r.Clues == nil {
		return nil
	}
	for _, k := range r.Clues.Keys {
		list = append(list, k.Digest)
	}
	return list
}

// others is everything else that was found: broken blocks and revocation lists, without their lines.
func others(r *found.Result) any {
	broken := make([]string, len(r.Broken))
	for i, b := range r.Broken {
		broken[i] = b.Reason
	}
	lists := make([]cert.CRL, len(r.CRLs))
	for i, list := range r.CRLs {
		list.Line = 0
		lists[i] = list
	}
	return []any{broken, lists, r.Omitted}
}
