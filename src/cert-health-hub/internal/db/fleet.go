package db

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"cert-health/hub/internal/inventory"
)

// ErrOlder says that a report is not newer than the one that is kept. Compare with errors.Is.
var ErrOlder = errors.New("a newer report of this instance is kept already")

// errSame ends a transaction that would change nothing.
var errSame = errors.New("all is kept already")

// StoredReport is the newest report of an instance.
type StoredReport struct {
	inventory.Reporting
	Report []byte // gzip of the report's JSON, as the agent sent it
}

// SaveReport keeps a report in place of an older one of the same instance: ErrOlder if it is not newer.
// The same report once more is no error. First stays that of the report before, if there is one. The
// report is a sign of life at its time Received too.
//
// Reports that come at the same time are saved in one transaction, and each call returns after it.
func (d *DB) SaveReport(ctx context.Context, report StoredReport) error {
	name := string(report.Key)
	if name == "" || key(name) != name {
		return fmt.Errorf("save report: the instance's name is not one of BOSH: send its deployment, group and id, together at most %d bytes", maxKey)
	}
	return d.fault("save report of "+name, d.saving.save(ctx, d, &pending{report: report, done: make(chan struct{})}))
}

// encodeReporting leaves out what has columns of its own.
func encodeReporting(r inventory.Reporting) (string, error) {
	r.First, r.Received, r.Gone = moment(stamp(r.First)), moment(stamp(r.Received)), time.Time{}
	return encode(r)
}

func decodeReporting(instance, text string) (r inventory.Reporting, err error) {
	err = json.Unmarshal([]byte(text), &r)
	if err == nil && string(r.Key) != instance {
		err = errors.New("it names another instance")
	}
	return r, err
}
