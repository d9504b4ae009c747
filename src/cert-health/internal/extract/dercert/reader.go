package dercert

import (
	"crypto/sha256"

	"cert-health/internal/cert"
	"cert-health/internal/extract/found"
)

// Reader reads certificates, and returns the same Certificate for all copies of one. The
// zero value is ready. It is not safe for concurrent use.
type Reader struct {
	known map[cert.Fingerprint]*cert.Certificate
}

// Certificate is Parse for certificates that may be known.
func (r *Reader) Certificate(encoded []byte) (*cert.Certificate, error) {
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

// Add reads one certificate and adds it to result at its place, or adds a broken block and
// is not ok.
func (r *Reader) Add(result *found.Result, encoded []byte, place found.Certificate) (ok bool) {
	certificate, err := r.Certificate(encoded)
	if err != nil {
		result.AddBroken(place.Line, Reason(err))
		return false
	}
	place.Certificate = certificate
	result.Certificates = append(result.Certificates, place)
	return true
}

// All reads a binary file: one certificate, or several in a row.
func (r *Reader) All(data []byte) found.Result {
	var result found.Result
	for Recognise(data) {
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
