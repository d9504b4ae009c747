package ingest

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"time"

	"cert-health/hub/internal/inventory"
	"cert-health/internal/uplink"
)

// sendWhole is the answer to a heartbeat about a report that the hub does not have.
const sendWhole = "the hub does not have this report: send it whole"

// heartbeat answers from memory. Only a heartbeat about a report that is stored is a sign of life: what
// the hub shows of an instance whose newest report it does not have would be old.
func (i *Intake) heartbeat(r *http.Request, from *sender) answer {
	var beat uplink.Heartbeat
	body, err := io.ReadAll(io.LimitReader(r.Body, uplink.MaxHeartbeat+1))
	if failed := unread(err, len(body) > uplink.MaxHeartbeat); failed != nil {
		return *failed
	}
	if failed := decode(body, &beat); failed != nil {
		return *failed
	}
	if err := check(beat.Schema, beat.Digest, beat.Sequence); err != nil {
		return refuse(http.StatusBadRequest, err.Error())
	}
	key, err := keyOf(beat.Instance)
	if err != nil {
		return refuse(http.StatusBadRequest, err.Error())
	}
	now := i.clock.Now()
	if refused := i.admit(from, key, now); refused != nil {
		return *refused
	}
	if !i.book.beat(key, beat.Digest, now) {
		return refuse(http.StatusConflict, sendWhole)
	}
	i.pulses.add(inventory.Pulse{Key: key, At: now, Scanned: believable(beat.ScannedAt)})
	return done()
}

// believable leaves out a time that cannot be right.
func believable(t time.Time) time.Time {
	if year := t.Year(); year < 2000 || year > 3000 {
		return time.Time{}
	}
	return t
}

// decode reads a JSON document. It returns the answer if it cannot.
func decode(contents []byte, into any) *answer {
	if json.Unmarshal(contents, into) != nil { // its error can contain parts of the document
		a := refuse(http.StatusBadRequest, "the body is not the JSON document of an agent")
		return &a
	}
	return nil
}

// unread is the answer to a body that did not come or is too large.
func unread(err error, large bool) *answer {
	var a answer
	var over *http.MaxBytesError
	switch {
	case large || errors.As(err, &over):
		a = refuse(http.StatusRequestEntityTooLarge, "the body is larger than an agent's can be")
	case err != nil:
		a = refuse(http.StatusBadRequest, "the body did not come whole")
	default:
		return nil
	}
	return &a
}
