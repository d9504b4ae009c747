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

// Certificate is Parse for certificates that may be known. The error is budget.ErrRefused if the
// budget is spent.
func (r *Reader) Certificate(encoded []byte) (*cert.Certificate, error) {
	if !r.Account.Spend(budget.Certificates, 1) {
		return nil, budget.ErrRefused
	}
	encoded, err := one(encoded)
	if err != nil {
		return nil, err
	}
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

// Spent tells whether no further certificate will be read.
func (r *Reader) Spent() bool { return r.Account.Refused(budget.Certificates) || r.Account.Ended() }

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
