package discover

import "time"

// SetClock replaces a scanner's clock.
func SetClock(s *Scanner, now func() time.Time) { s.now = now }

// SetMaxCost bounds what one glob may match, and among how much it is looked for.
func SetMaxCost(s *Scanner, files, entries int) { s.maxCost = cost{files, entries} }

// Known is the number of files that a scanner remembers.
func Known(s *Scanner) int { return len(s.known) }

// Poison makes a scanner find nothing in any file that it opens.
func Poison(s *Scanner) { s.options.MaxFileSize = 1 }
