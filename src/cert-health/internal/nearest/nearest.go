// Package nearest guesses what a mistyped word was meant to be.
package nearest

import (
	"strings"

	"github.com/agext/levenshtein"
)

// Of returns the known word that the mistyped one was most likely meant to be, or
// "" when none is near enough to be worth saying.
func Of(mistyped string, known []string) string {
	best, distance := "", max(1, len(mistyped)/3)+1
	for _, word := range known {
		if d := levenshtein.Distance(strings.ToLower(mistyped), strings.ToLower(word), nil); d < distance {
			best, distance = word, d
		}
	}
	return best
}

// Hint is Of as the end of a sentence: `; did you mean "x"?`, or nothing.
func Hint(mistyped string, known []string) string {
	if word := Of(mistyped, known); word != "" {
		return `; did you mean "` + word + `"?`
	}
	return ""
}
