package discover

import (
	"time"

	"cert-health/internal/budget"
)

// SetClock replaces a scanner's clock.
func SetClock(s *Scanner, now func() time.Time) { s.now = now }

// SetMaxCost bounds what one glob may match, and among how much it is looked for.
func SetMaxCost(s *Scanner, files, entries int) { s.maxCost = cost{files, entries} }

// SetMeter replaces how a scanner makes the budgets of a scan.
func SetMeter(s *Scanner, meter func() *budget.Meter) { s.meter = meter }

// SetPaths replaces the further paths of a scanner.
func SetPaths(s *Scanner, paths ...string) { s.options.Paths = paths }

// Known is the number of files that a scanner remembers.
func Known(s *Scanner) int { return len(s.known) }

// Poison makes a scanner find nothing in any file that it opens.
func Poison(s *Scanner) { s.options.MaxFileSize = 1 }
