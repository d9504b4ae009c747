// Package glob matches the absolute paths of files on a VM, and other names,
// against patterns in which * stays within one path segment and ** does not.
package glob

import (
	"fmt"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
)

// Check tells what is wrong with a pattern, or nil.
func Check(pattern string) error {
	if !doublestar.ValidatePattern(pattern) {
		return fmt.Errorf("%q is no valid glob: a bracket, a brace or a backslash is not closed", pattern)
	}
	return nil
}

// CheckPath is Check for patterns that are matched against absolute paths: one
// that is not anchored would silently never match.
func CheckPath(pattern string) error {
	if err := Check(pattern); err != nil {
		return err
	}
	if !strings.HasPrefix(pattern, "/") && !strings.HasPrefix(pattern, "**/") {
		return fmt.Errorf("%q never matches, for files go by their absolute paths: write %q", pattern, "**/"+pattern)
	}
	return nil
}

// Match tells whether the pattern matches the whole name. A pattern that Check
// refuses matches nothing.
func Match(pattern, name string) bool { return doublestar.MatchUnvalidated(pattern, name) }
