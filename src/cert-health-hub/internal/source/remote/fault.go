package remote

import (
	"errors"
	"fmt"
	"net/http"
)

// Kind says what a Fault means for the caller.
type Kind int

// The kinds of faults.
const (
	Rejected    Kind = iota // the server will reject this request each time
	Denied                  // the credentials are not valid, or do not permit this
	NotFound                // there is nothing at this path
	Busy                    // the server cannot answer now
	Unreachable             // there is no answer
	Malformed               // the answer is not one of this product
)

// Fault is the failure of a request: one sentence with the cause and the remedy. It stays the same as
// long as the cause does.
type Fault struct {
	Kind     Kind
	Status   int // of the answer; 0 without an answer
	sentence string
}

// Error returns the sentence.
func (f *Fault) Error() string { return f.sentence }

func fault(kind Kind, format string, values ...any) *Fault {
	return &Fault{Kind: kind, sentence: fmt.Sprintf(format, values...)}
}

// NewFault makes a fault of a source.
func NewFault(kind Kind, format string, values ...any) *Fault {
	return fault(kind, format, values...)
}

// Is tells whether err is a fault of one of the kinds.
func Is(err error, kinds ...Kind) bool {
	f := (*Fault)(nil)
	if !errors.As(err, &f) {
		return false
	}
	for _, kind := range kinds {
		if f.Kind == kind {
			return true
		}
	}
	return false
}

// IsRateLimit tells whether the server limits the rate of requests.
func IsRateLimit(err error) bool {
	f := (*Fault)(nil)
	return errors.As(err, &f) && f.Status == http.StatusTooManyRequests
}

// Status explains an answer that is an error.
func (r *Remote) Status(status int) *Fault { return r.statusOf(r.options.Product, status) }

func (r *Remote) statusOf(product string, status int) *Fault {
	f := fault(Rejected, "%s answered %d: check the address of this source", product, status)
	switch {
	case status == http.StatusUnauthorized:
		f = fault(Denied, "%s refuses the credentials of this source (401): correct them", product)
	case status == http.StatusForbidden:
		f = fault(Denied, "%s does not permit this to the credentials of this source (403): give them the right to read", product)
	case status == http.StatusNotFound:
		f = fault(NotFound, "%s has nothing at this path (404)", product)
	case status == http.StatusTooManyRequests:
		f = fault(Busy, "%s limits the rate of requests (429): raise the interval of this source, or the limit there", product)
	case status >= http.StatusInternalServerError:
		f = fault(Busy, "%s cannot answer now (%d): look into its log, and at the proxy in front of it", product, status)
	case status >= http.StatusMultipleChoices && status < http.StatusBadRequest:
		f = fault(Rejected, "%s redirects to another address (%d): set address of this source to that one", product, status)
	}
	f.Status = status
	return f
}
