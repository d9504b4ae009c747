package discover

import "time"

// SetClock replaces a scanner's clock.
func SetClock(s *Scanner, now func() time.Time) { s.now = now }

// Known is the number of files that a scanner remembers.
func Known(s *Scanner) int { return len(s.known) }

// Poison makes a scanner find nothing in any file that it opens.
func Poison(s *Scanner) { s.options.MaxFileSize = 1 }
