package server

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"

	"cert-health/hub/internal/db"
	"cert-health/hub/internal/fleet"
	"cert-health/hub/internal/inventory"
	"cert-health/internal/report"
	"cert-health/internal/uplink"
)

// fleetPages is what the pages show of the fleet; nil where no agent can report and no Director is known.
func (s *Server) fleetPages() func() *fleet.View {
	if s.settings.Agents.On() {
		return s.loadedFleet
	}
	for _, source := range s.settings.Sources {
		if source.Type == "director" {
			return s.loadedFleet
		}
	}
	return nil
}

// reports reads the stored reports for the page of a VM.
type reports struct{ db *db.DB }

// Report implements web.Reports.
func (r reports) Report(ctx context.Context, key inventory.InstanceKey) (*report.Report, error) {
	stored, err := r.db.Report(ctx, key)
	if errors.Is(err, db.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	parsed, err := parseReport(stored.Report)
	if err != nil {
		return nil, fmt.Errorf("read the stored report of %s: %w; the next report of its agent replaces it", key, err)
	}
	return parsed, nil
}

func parseReport(compressed []byte) (*report.Report, error) {
	unpacked, err := gzip.NewReader(bytes.NewReader(compressed))
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(io.LimitReader(unpacked, uplink.MaxWholeReport+1))
	if err != nil {
		return nil, err
	}
	if len(text) > uplink.MaxWholeReport {
		return nil, errors.New("it is longer than a report may be")
	}
	return report.Parse(text)
}
