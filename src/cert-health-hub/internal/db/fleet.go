package db

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
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

// headForm is what is kept of a report beside it. The sum is that of the report's bytes: a disk that
// changes them must not make an agent be believed to have other certificates.
type headForm struct {
	inventory.Reporting
	Sum string `json:"sum"`
}

func sumOf(report []byte) string {
	return fmt.Sprintf("%08x", crc32.Checksum(report, crc32.MakeTable(crc32.Castagnoli)))
}

// encodeHead leaves out what has columns of its own.
func encodeHead(r StoredReport) (string, error) {
	head := headForm{r.Reporting, sumOf(r.Report)}
	head.First, head.Received, head.Gone = moment(stamp(r.First)), moment(stamp(r.Received)), time.Time{}
	return encode(head)
}

// errOther is the fault of a row whose content was changed by something else than the hub.
var errOther = errors.New("it is not what was written there")

func decodeHead(instance, text string) (head headForm, err error) {
	err = json.Unmarshal([]byte(text), &head)
	if err == nil && string(head.Key) != instance {
		err = errOther
	}
	return head, err
}

// decodeReport is decodeHead for a head with its report.
func decodeReport(instance, text string, report []byte) (StoredReport, error) {
	head, err := decodeHead(instance, text)
	if err == nil && head.Sum != sumOf(report) {
		err = errOther
	}
	return StoredReport{head.Reporting, report}, err
}
