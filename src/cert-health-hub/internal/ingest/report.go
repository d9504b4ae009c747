package ingest

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"net/http"
	"time"

	"cert-health/hub/internal/db"
	"cert-health/hub/internal/fleet"
	"cert-health/hub/internal/inventory"
	"cert-health/internal/uplink"
)

// storeTimeout bounds the wait for the database: the agent's request has a deadline, too.
const storeTimeout = 20 * time.Second

// notStored is logged while the database refuses reports.
const notStored = "reports of agents are not stored"

// report stores a whole report. Only then it says so.
func (i *Intake) report(r *http.Request, from *sender) answer {
	visit, failed := i.gate.enter(r, from.gateName(), uplink.MaxReport)
	if failed != nil {
		return *failed
	}
	defer visit.end()
	defer visit.leave()
	contents, done, failed := i.gate.contents(r, visit.body)
	if failed != nil {
		return *failed
	}
	defer done()
	m, err := open(contents)
	if err != nil {
		return refuse(http.StatusBadRequest, err.Error())
	}
	// One at a time of each instance, and without a Director of each sender: the second would not know of the first.
	free, busy := i.gate.only(string(m.key), from.voice())
	if busy != nil {
		return *busy
	}
	defer free()
	ctx, cancel := context.WithTimeout(r.Context(), storeTimeout)
	defer cancel()
	if refused := i.admitReport(ctx, from, m.key); refused != nil {
		return *refused
	}
	if i.book.former(m.key, m.Sequence) {
		return older()
	}
	return i.store(ctx, m, from)
}

func older() answer {
	return refuse(http.StatusConflict, "the hub has a newer report of this instance: the agent begins to count anew")
}

func (i *Intake) store(ctx context.Context, m message, from *sender) answer {
	now := i.clock.Now()
	kept := db.StoredReport{Report: i.compress(m.Report.Report), Reporting: inventory.Reporting{
		Key: m.key, AZ: shown(m.parsed.Instance.AZ), Address: shown(m.parsed.Instance.Address),
		Digest: m.Digest, Sequence: m.Sequence, Client: from.client, Peer: from.peer.String(), First: now, Received: now,
	}}
	if i.options.Hand != nil {
		i.options.Hand(kept.Reporting, fleet.Read(m.parsed))
	}
	switch err := i.options.Store.SaveReport(ctx, kept); {
	case errors.Is(err, db.ErrOlder):
		return older()
	case err != nil:
		i.book.doubt(i.clock.Now())
		i.fault(notStored, err)
		return later(http.StatusServiceUnavailable, "the hub cannot store the report now: see its log", faultPause)
	}
	i.well(notStored)
	if before := i.book.stored(kept.Reporting); before != "" && before != from.voice() && i.options.Roster == nil {
		i.moved(m.key, before, from.voice())
	}
	return done()
}

// compress returns the bytes of a report as they are stored. They stay as the agent wrote them, with keys
// that this release does not know. A packer has a megabyte of tables, which the next report uses again.
func (i *Intake) compress(contents []byte) []byte {
	var out bytes.Buffer
	packer, ok := i.packers.Get().(*gzip.Writer)
	if !ok {
		packer, _ = gzip.NewWriterLevel(&out, gzip.BestSpeed)
	}
	packer.Reset(&out)
	_, _ = packer.Write(contents) // a buffer takes everything
	_ = packer.Close()
	i.packers.Put(packer)
	return out.Bytes()
}
