package client

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// The limits of what is read from Vault. A server that pretends to be Vault, or stands between, must
// not use up the memory of a VM.
const (
	// maxSecret is the largest answer with a secret, in bytes. Vault's own storage refuses more
	// than 1 MiB; others permit more.
	maxSecret = 4 << 20

	// maxValues is the largest number of values in a secret, with those in objects and lists. Each
	// needs about 100 bytes until it is searched.
	maxValues = 20_000

	// maxCertificates is the largest number of certificates in a secret. A publication has room for
	// about half of them.
	maxCertificates = 500

	// maxDerivations is the largest number of iterations of key derivations for a secret: half a
	// second of CPU. keytool iterates 10,000 times, and two passwords are tried.
	maxDerivations = 1_500_000

	// maxBroken is the largest number of certificates in a secret that are reported because they
	// cannot be read.
	maxBroken = 10

	// maxKnown is the number of certificates after which a Reader forgets those that it has read: it
	// keeps them, to have one of each.
	maxKnown = 5_000

	// maxList is the largest answer with the names in a directory, in bytes: 50,000 names, the
	// default of max_secrets, of 80 bytes each.
	maxList = 4 << 20

	// maxPath is the longest path of a secret or a directory, in bytes. A path of Vault is a part of
	// a URL, and servers and proxies refuse URLs that are much longer.
	maxPath = 1 << 10

	// maxAnswer is the largest answer of any other kind, in bytes. The largest is the metadata of a
	// secret: 64 values of 512 bytes, and about 150 bytes for each version.
	maxAnswer = 1 << 20

	// maxErrorAnswer is how much is read of an answer that is an error, in bytes. A small part of
	// it is quoted, the rest is ignored.
	maxErrorAnswer = 64 << 10

	// maxHeader is the largest size of all headers of an answer, in bytes. Vault's are about 1 KiB.
	maxHeader = 64 << 10
)

// limitKey is the key of a context for the largest answer to its requests.
type limitKey struct{}

// withLimit returns a context whose requests have another limit than maxAnswer.
func withLimit(ctx context.Context, bytes int64) context.Context {
	return context.WithValue(ctx, limitKey{}, bytes)
}

// bounded limits the body of an answer.
func bounded(response *http.Response) {
	if response.StatusCode >= http.StatusBadRequest {
		response.Body = cut{io.LimitReader(response.Body, maxErrorAnswer), response.Body}
		return
	}
	limit, set := response.Request.Context().Value(limitKey{}).(int64)
	if !set {
		limit = maxAnswer
	}
	response.Body = &boundedBody{ReadCloser: response.Body, left: limit, limit: limit, path: response.Request.URL.Path}
}

// cut is a body that ends early.
type cut struct {
	io.Reader
	io.Closer
}

// boundedBody is a body that fails after its limit: a part of an answer means nothing.
type boundedBody struct {
	io.ReadCloser
	left, limit int64
	path        string
}

// Read implements io.Reader.
func (b *boundedBody) Read(into []byte) (int, error) {
	if b.left <= 0 {
		// The answer may end exactly here.
		if n, err := b.ReadCloser.Read(make([]byte, 1)); n == 0 {
			return 0, err
		}
		return 0, rejected("the answer to %s is larger than %s and is not read: split what is there, or correct the address if this is not Vault",
			strings.TrimPrefix(b.path, "/v1/"), size(b.limit))
	}
	n, err := b.ReadCloser.Read(into[:min(int64(len(into)), b.left)])
	b.left -= int64(n)
	return n, err
}

func size(bytes int64) string {
	if bytes >= 1<<20 {
		return fmt.Sprintf("%d MiB", bytes>>20)
	}
	return fmt.Sprintf("%d KiB", bytes>>10)
}

// tooMany tells whether JSON has more values with a name than a limit. It is asked before the JSON is
// decoded: a decoder needs a hundred bytes for each.
func tooMany(encoded []byte, limit int) bool {
	count, inString, escaped := 0, false, false
	for _, b := range encoded {
		switch {
		case escaped:
			escaped = false
		case inString && b == '\\':
			escaped = true
		case b == '"':
			inString = !inString
		case !inString && (b == ':' || b == ','):
			count++
		}
	}
	return count > limit
}
