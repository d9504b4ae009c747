package strict

import (
	"fmt"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
)

// CheckGlob returns what is wrong with a glob, or nil. In a glob, * matches within one path
// segment and ** matches across segments.
func CheckGlob(pattern string) error {
	if !doublestar.ValidatePattern(pattern) {
		return fmt.Errorf("%q is not a valid glob: a bracket, a brace or a backslash is not closed", pattern)
	}
	return nil
}

// CheckPathGlob is CheckGlob for globs over absolute paths: one that does not begin with / or
// **/ never matches.
func CheckPathGlob(pattern string) error {
	if err := CheckGlob(pattern); err != nil {
		return err
	}
	if !strings.HasPrefix(pattern, "/") && !strings.HasPrefix(pattern, "**/") {
		return fmt.Errorf("%q never matches, because it is compared with absolute paths: write %q", pattern, "**/"+pattern)
	}
	return nil
}

// SplitGlob splits a glob into the directory without wildcards that holds all of its matches, and
// the rest.
func SplitGlob(pattern string) (directory, rest string) { return doublestar.SplitPattern(pattern) }

// MayHold reports whether a directory, or one below it, may contain a match of the glob.
func MayHold(pattern, directory string) bool {
	want := strings.Split(pattern, "/")
	for i, name := range strings.Split(directory, "/") {
		switch {
		case i == len(want):
			return false
		case strings.Contains(want[i], "**"), CheckGlob(want[i]) != nil: // or a brace that spans several segments
			return true
		case i == len(want)-1, !Match(want[i], name):
			return false
		}
	}
	return true
}

// Match reports whether the glob matches the whole name. A glob that CheckGlob refuses matches
// nothing.
func Match(pattern, name string) bool { return doublestar.MatchUnvalidated(pattern, name) }
