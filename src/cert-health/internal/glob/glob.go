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

// Split divides a pattern into the folder without any wildcard in which all of its matches
// stand, and the rest.
func Split(pattern string) (folder, rest string) { return doublestar.SplitPattern(pattern) }

// MayHold tells whether a match of the pattern may stand in a folder, or below it.
func MayHold(pattern, folder string) bool {
	want := strings.Split(pattern, "/")
	for i, name := range strings.Split(folder, "/") {
		switch {
		case i == len(want):
			return false
		case strings.Contains(want[i], "**"), Check(want[i]) != nil: // or a brace over several segments
			return true
		case i == len(want)-1, !Match(want[i], name):
			return false
		}
	}
	return true
}

// Match tells whether the pattern matches the whole name. A pattern that Check
// refuses matches nothing.
func Match(pattern, name string) bool { return doublestar.MatchUnvalidated(pattern, name) }
