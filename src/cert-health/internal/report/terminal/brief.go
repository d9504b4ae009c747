package terminal

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"cert-health/internal/report"
)

// keyIdentifier is the key identifier of an issuer in an instruction.
var keyIdentifier = regexp.MustCompile(`, key identifier [0-9a-f]+`)

// brief leaves out what costs a line on the first screen and stands in the details.
func (t *table) brief(text string) string {
	return keyIdentifier.ReplaceAllString(t.tailless(text), "")
}

// tailless leaves out the tails of distinguished names, such as O=Cloud Foundry, unless all is
// wanted.
func (t *table) tailless(text string) string {
	if t.style.Verbose {
		return text
	}
	return t.tails.Replace(text)
}

// tails removes the tails of the distinguished names of a report. A name keeps its tail if
// another name differs from it in the tail alone.
func tails(certificates []report.Certificate) *strings.Replacer {
	longs := map[string]string{} // by short name; empty for several
	for i := range certificates {
		for _, name := range []string{certificates[i].Subject, certificates[i].Issuer} {
			short := firstPart(name)
			if before, known := longs[short]; known && before != name {
				name = ""
			}
			longs[short] = name
		}
	}
	var pairs []string
	for _, short := range slices.Sorted(maps.Keys(longs)) {
		if long := longs[short]; long != "" && long != short {
			pairs = append(pairs, long, short)
		}
	}
	return strings.NewReplacer(pairs...)
}

// firstPart is the most specific part of a distinguished name.
func firstPart(name string) string {
	for i := range len(name) {
		if name[i] == ',' && (i == 0 || name[i-1] != '\\') {
			return name[:i]
		}
	}
	return name
}
