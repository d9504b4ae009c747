package metrics

import (
	"syscall"

	"cert-health/internal/cert"
	"cert-health/internal/discover"
)

// Reason is why something could not be read. The reasons are those of the exporter
// (pkg/cert/reason.go there) that can occur here.
type Reason string

// The reasons.
const (
	BadPEM           Reason = "bad_pem"           // a block that is marked as a certificate and cannot be parsed
	BadPassphrase    Reason = "bad_passphrase"    // a key store that no known password opens
	PermissionDenied Reason = "permission_denied" // to a file or directory
	ReadFailed       Reason = "read_failed"       // for another reason, or because of a limit
	NotFound         Reason = "not_found"         // the file was removed during the scan, as in a deploy
	WalkError        Reason = "walk_error"        // the whole scan failed
)

// Reasons lists the reasons.
func Reasons() []Reason {
	return []Reason{BadPEM, BadPassphrase, PermissionDenied, ReadFailed, NotFound, WalkError}
}

// Tally counts errors by reason. The zero value is ready for use; a copy is independent.
//
// An error that lasts is counted in each scan, as the exporter counts a file that it cannot
// read in each of its walks: its alert rules ask for more than five errors in 15 minutes.
type Tally struct{ badPEM, badPassphrase, permissionDenied, readFailed, notFound, walkError uint64 }

// Scanned counts what a scan could not read. Files of the VM that only root may read are
// not counted: an agent without that right would raise an alert with them.
func (t *Tally) Scanned(problems []discover.Problem) {
	for _, p := range problems {
		if p.Kind == discover.Access && p.Class != cert.JobFile {
			continue
		}
		*t.counter(reasonOf(p))++
	}
}

// Failed counts a scan that failed.
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
