package ingest

import (
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"net/http"

	"cert-health/internal/uplink"
)

// contents unpacks the body of a report. The memory of a large one is free after done.
func (g *gate) contents(r *http.Request, packed []byte) (contents []byte, done func(), failed *answer) {
	var unpacked io.Reader = bytes.NewReader(packed)
	switch r.Header.Get("Content-Encoding") {
	case "gzip":
		var err error
		if unpacked, err = gzip.NewReader(unpacked); err != nil {
			a := refuse(http.StatusBadRequest, "the body is not compressed with gzip, as its header says")
			return nil, nil, &a
		}
	case "", "identity":
	default:
		a := refuse(http.StatusUnsupportedMediaType, "the body must be compressed with gzip or not at all")
		return nil, nil, &a
	}
	return g.unpack(r.Context(), unpacked)
}

func (g *gate) unpack(ctx context.Context, from io.Reader) (contents []byte, done func(), failed *answer) {
	contents, err := io.ReadAll(io.LimitReader(from, smallReport))
	done = func() {}
	if err == nil && len(contents) == smallReport {
		if done = g.enterLarge(ctx); done == nil {
			return nil, nil, busy()
		}
		whole := bytes.NewBuffer(contents)
		_, err = io.Copy(whole, io.LimitReader(from, uplink.MaxWholeReport-smallReport+1))
		contents = whole.Bytes()
	}
	if failed = unread(err, len(contents) > uplink.MaxWholeReport); failed != nil {
		done()
		return nil, nil, failed
	}
	return contents, done, nil
}

// enterLarge waits until no other large report is under way; nil if that takes too long.
func (g *gate) enterLarge(ctx context.Context) (leave func()) {
	if !wait(ctx, g.large) {
		return nil
	}
	return func() { <-g.large }
}
