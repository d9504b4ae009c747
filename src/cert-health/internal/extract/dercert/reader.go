package dercert

import (
	"crypto/sha256"
	"errors"

	"cert-health/internal/budget"
	"cert-health/internal/cert"
	"cert-health/internal/extract/found"
)

// Reader reads certificates, and returns the same Certificate for all copies of one. The
// zero value is ready. It is not safe for concurrent use.
type Reader struct {
	// Account pays for each certificate, known or not; nil for no limit.
	Account *budget.Account

	known map[cert.Fingerprint]*cert.Certificate
}

// A certificate counts as one of the budget, and more if it is large or has many parts. The largest
// in use, of some 30 KB with hundreds of names, count as 20.
const (
	bytesOfOne = 2 << 10
	partsOfOne = 64
)

// Certificate is Parse for certificates that may be known. The error is budget.ErrRefused if the
// budget is spent.
func (r *Reader) Certificate(encoded []byte) (*cert.Certificate, error) {
	encoded, err := one(encoded)
	if !r.Account.Spend(budget.Certificates, 1+len(encoded)/bytesOfOne) {
		return nil, budget.ErrRefused
	}
	if err != nil {
		return nil, err
	}
	certificate, err := r.parsed(encoded)
	if err == nil && !r.Account.Spend(budget.Certificates, certificate.Parts()/partsOfOne) {
		return nil, budget.ErrRefused
	}
	return certificate, err
}

// parsed returns the certificate that is known, or parses it.
func (r *Reader) parsed(encoded []byte) (*cert.Certificate, error) {
	fingerprint := cert.Fingerprint(sha256.Sum256(encoded))
	if known := r.known[fingerprint]; known != nil {
		return known, nil
	}
	parsed, err := Parse(encoded)
	if err != nil {
		return nil, err
	}
	if r.known == nil {
		r.known = map[cert.Fingerprint]*cert.Certificate{}
	}
	r.known[fingerprint] = parsed
	return parsed, nil
}

// Release drops the known certificates if there are many more than so many: files may have new ones
// in each scan.
func (r *Reader) Release(certificates int) {
	if len(r.known) > 2*certificates {
		r.known = nil
	}
}

// Add reads one certificate and adds it to result at its place. Otherwise it is not ok, and
// adds a broken block unless the budget is spent.
func (r *Reader) Add(result *found.Result, encoded []byte, place found.Certificate) (ok bool) {
	certificate, err := r.Certificate(encoded)
	if errors.Is(err, budget.ErrRefused) {
		return false
	}
	if err != nil {
		result.AddBroken(place.Line, Reason(err))
		return false
	}
	place.Certificate = certificate
	result.Certificates = append(result.Certificates, place)
	return true
}

// Spent tells whether nothing more will be read.
func (r *Reader) Spent() bool {
	return r.Account.Refused(budget.Certificates) || r.Account.Refused(budget.Bytes) || r.Account.Ended()
}

// All reads a binary file: one certificate, or several in a row.
func (r *Reader) All(data []byte) found.Result {
	var result found.Result
	for Recognise(data) && !r.Spent() {
		n, _ := size(data)
		if n > len(data) {
			result.AddBroken(0, "the DER certificate is cut off: its end is missing")
			break
		}
		r.Add(&result, data[:n], found.Certificate{Form: cert.DER})
		data = data[n:]
	}
	return result
}
