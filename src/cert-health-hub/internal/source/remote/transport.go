package remote

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net/http"
)

// The limits of what is read.
const (
	// maxAnswer is the largest answer, in bytes: a list of 50,000 certificates with two versions each
	// has about 25 MB.
	maxAnswer = 32 << 20

	// maxErrorAnswer is how much is read of an answer that is an error.
	maxErrorAnswer = 64 << 10

	// maxHeader is the largest size of all headers of an answer.
	maxHeader = 64 << 10
)

// RoundTrip sends a request, which ends with the context of the collection too.
func (r *Remote) RoundTrip(request *http.Request) (*http.Response, error) {
	if request.URL.Scheme != "https" {
		return nil, fault(Rejected, "the address of UAA that %s names does not begin with https://: correct it there", r.options.Product)
	}
	r.mutex.Lock()
	collection := r.ctx
	r.requests++
	r.mutex.Unlock()

	ctx, cancel := context.WithCancel(request.Context())
	stop := context.AfterFunc(collection, cancel)
	end := func() { stop(); cancel() }
	response, err := r.transport.RoundTrip(request.WithContext(ctx))
	if err == nil && collection.Err() != nil { // the answer has come at the same time
		response.Body.Close()
		err = collection.Err()
	}
	if err != nil {
		end()
		return nil, errors.Join(collection.Err(), err)
	}
	if response.TLS != nil {
		r.noteEndpoint(request.URL.Host, response.TLS)
	}
	response.Body = &body{ReadCloser: response.Body, left: limit(response), collection: collection, end: end}
	return response, nil
}

// limit is how much is read of an answer.
func limit(response *http.Response) int64 {
	if response.StatusCode >= http.StatusBadRequest {
		return maxErrorAnswer
	}
	return maxAnswer
}

// errTooLarge is the failure of a read beyond the limit.
var errTooLarge = errors.New("the answer is too large")

// body is an answer that fails behind its limit: a part of it means nothing.
type body struct {
	io.ReadCloser
	left       int64
	collection context.Context
	end        func()
}

// Read reads up to the limit.
func (b *body) Read(into []byte) (int, error) {
	n, err := b.ReadCloser.Read(into)
	if b.left -= int64(n); b.left < 0 {
		b.Close()
		return 0, errTooLarge
	}
	if err != nil && err != io.EOF {
		err = errors.Join(b.collection.Err(), err)
	}
	return n, err
}

// Close closes the answer, and with it the request.
func (b *body) Close() error {
	defer b.end()
	return b.ReadCloser.Close()
}

// noteEndpoint keeps the certificates that a server has shown.
func (r *Remote) noteEndpoint(address string, state *tls.ConnectionState) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if len(r.endpoints) < maxEndpoints {
		r.endpoints[address] = state.PeerCertificates
	}
}
