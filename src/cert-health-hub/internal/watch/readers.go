package watch

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"runtime"
	"sync"

	"cert-health/hub/internal/db"
	"cert-health/hub/internal/fleet"
	"cert-health/hub/internal/inventory"
	"cert-health/internal/uplink"
)

// readers read reports on all processors: ten thousand of them take several seconds of CPU when a hub
// starts.
type readers struct {
	service *Service
	reports chan db.StoredReport
	group   sync.WaitGroup

	mutex sync.Mutex
	into  map[inventory.InstanceKey]*fleet.Member
}

func (s *Service) newReaders(into map[inventory.InstanceKey]*fleet.Member) *readers {
	return &readers{service: s, into: into}
}

// read gives a report to a reader that has time.
func (r *readers) read(ctx context.Context, stored db.StoredReport) error {
	if r.reports == nil {
		r.reports = make(chan db.StoredReport)
		for range runtime.GOMAXPROCS(0) {
			r.group.Go(r.run)
		}
	}
	select {
	case r.reports <- stored:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// wait waits until all reports are read.
func (r *readers) wait() {
	if r.reports != nil {
		close(r.reports)
	}
	r.group.Wait()
}

func (r *readers) run() {
	var d decoder
	for stored := range r.reports {
		// A report that is damaged leaves the instance without certificates, and the agent's next one heals
		// that.
		member, err := d.decode(stored.Report)
		if err != nil {
			r.service.log.Warn("a report in the database is not readable: the next one of its agent replaces it", "instance", string(stored.Key), "error", err.Error())
		}
		r.put(stored.Key, member)
	}
}

func (r *readers) put(key inventory.InstanceKey, member *fleet.Member) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.into[key] = member
}

// decoder keeps its memory from report to report.
type decoder struct {
	unpacker gzip.Reader
	text     bytes.Buffer
	reader   fleet.Decoder
}

var errLong = errors.New("it is longer than a report may be")

func (d *decoder) decode(compressed []byte) (*fleet.Member, error) {
	if err := d.unpacker.Reset(bytes.NewReader(compressed)); err != nil {
		return nil, err
	}
	d.text.Reset()
	if _, err := d.text.ReadFrom(io.LimitReader(&d.unpacker, uplink.MaxWholeReport+1)); err != nil {
		return nil, err
	}
	if d.text.Len() > uplink.MaxWholeReport {
		return nil, errLong
	}
	return d.reader.Read(d.text.Bytes())
}
