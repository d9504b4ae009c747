package strict

import (
	"strings"

	"github.com/agext/levenshtein"
)

// Nearest returns the known word that is most like the mistyped one, or "" when none is near
// enough to be a useful suggestion.
func Nearest(mistyped string, known []string) string {
	best, distance := "", max(1, len(mistyped)/3)+1
	for _, word := range known {
		if d := levenshtein.Distance(strings.ToLower(mistyped), strings.ToLower(word), nil); d < distance {
			best, distance = word, d
		}
	}
	return best
}

// Hint returns the nearest word as the end of a sentence: `; did you mean "x"?`, or nothing.
func Hint(mistyped string, known []string) string {
	if word := Nearest(mistyped, known); word != "" {
		return `; did you mean "` + word + `"?`
	}
	return ""
}
