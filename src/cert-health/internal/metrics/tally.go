package metrics

import (
	"syscall"

	"cert-health/internal/cert"
	"cert-health/internal/discover"
)

// Reason is why something could not be read, in the exporter's words
// (pkg/cert/reason.go there). Ours are those of its list that can happen here.
type Reason string

// The reasons, and no others.
const (
	BadPEM           Reason = "bad_pem"           // a block that announces a certificate and is none
	BadPassphrase    Reason = "bad_passphrase"    // a key store that no known password opens
	PermissionDenied Reason = "permission_denied" // to a file or folder
	ReadFailed       Reason = "read_failed"       // for another cause, or beyond a limit
	NotFound         Reason = "not_found"         // it went while it was looked at: a deploy
	WalkError        Reason = "walk_error"        // there was no scan at all
)

// Reasons lists them.
func Reasons() []Reason {
	return []Reason{BadPEM, BadPassphrase, PermissionDenied, ReadFailed, NotFound, WalkError}
}

// Tally counts errors by reason. The zero value is ready for use; a copy counts on its own.
//
// What lasts is counted in each scan, as the exporter counts a file that it cannot read in
// each of its walks: its rules ask for more than five errors in a quarter of an hour.
type Tally struct{ badPEM, badPassphrase, permissionDenied, readFailed, notFound, walkError uint64 }

// Scanned counts what a scan could not read. What only root may read of the VM's own is
// meant to be so where the agent is not let: counted in each scan, it would raise an alert.
func (t *Tally) Scanned(problems []discover.Problem) {
	for _, p := range problems {
		if p.Kind == discover.Access && p.Class != cert.JobFile {
			continue
		}
		*t.counter(reasonOf(p))++
	}
}

// Failed counts a scan that came to nothing.
func (t *Tally) Failed() { t.walkError++ }

func (t Tally) of(reason Reason) uint64 { return *t.counter(reason) }

func (t *Tally) counter(reason Reason) *uint64 {
	switch reason {
	case BadPEM:
		return &t.badPEM
	case BadPassphrase:
		return &t.badPassphrase
	case PermissionDenied:
		return &t.permissionDenied
	case NotFound:
		return &t.notFound
	case WalkError:
		return &t.walkError
	}
	return &t.readFailed
}

func reasonOf(p discover.Problem) Reason {
	switch {
	case p.Kind == discover.Block:
		return BadPEM
	case p.Kind == discover.Locked:
		return BadPassphrase
	case p.Kind == discover.Vanished:
		return NotFound
	case p.Reason == syscall.EACCES.Error() || p.Reason == syscall.EPERM.Error():
		return PermissionDenied
	}
	return ReadFailed
}
