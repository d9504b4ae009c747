package reference

import (
	"slices"
	"strings"
	"unicode"

	"cert-health/internal/cert"
)

// A deployment may have several certificates with the same names: the clients of one server, for
// example. An engine without versions does not know which of its secrets contained the deployed
// certificate before.

// tellApart returns those secrets that are most likely about the certificate: those with its public
// key, because a renewal may keep the key, or the one whose path names the job.
func (r *resolver) tellApart(matches []match, d *cert.Deployed) []match {
	if len(fingerprints(matches)) < 2 {
		return matches
	}
	kept := slices.DeleteFunc(slices.Clone(matches), func(m match) bool { return !sameKey(m, d.Certificate) })
	if len(kept) == 0 {
		kept = matches
	}
	if r.elsewhere(kept, d) {
		return kept // the names of other deployments prove nothing
	}
	if named := namesake(kept, d); named != nil {
		return []match{*named}
	}
	return kept
}

// sameKey tells whether the entry has the public key of the certificate.
func sameKey(m match, c *cert.Certificate) bool {
	mark := c.Summary().PublicKey
	return m.entry != nil && mark != cert.Mark{} && m.entry.PublicKey == mark
}

// namesake returns the one secret whose path has the most words in common with a location, or nil.
// Words that all paths have do not count, and one of them must be in the name of the job: others,
// such as `server` or `tls`, are in too many paths.
func namesake(matches []match, d *cert.Deployed) *match {
	words, everywhere := wordsOfPaths(matches)
	var best *match
	most, equal := 0, false
	for i := range matches {
		switch score := closeness(words[i], everywhere, d.Locations); {
		case score > most:
			best, most, equal = &matches[i], score, false
		case score == most:
			equal = true
		}
	}
	if equal {
		return nil
	}
	return best
}

// wordsOfPaths returns the words of each path, and those that all paths have.
func wordsOfPaths(matches []match) (words []map[string]bool, everywhere map[string]bool) {
	everywhere = map[string]bool{}
	for i := range matches {
		words = append(words, wordsOf(matches[i].secret.String()))
		for word := range words[i] {
			if i == 0 {
				everywhere[word] = true
			}
		}
		for word := range everywhere {
			if !words[i][word] {
				delete(everywhere, word)
			}
		}
	}
	return words, everywhere
}

// closeness counts the words of a path that are in a location, if one of them is in its job.
func closeness(words, everywhere map[string]bool, locations []cert.Location) int {
	most := 0
	for _, l := range locations {
		job, file := wordsOf(l.Job), wordsOf(l.File+" "+l.Alias)
		count, inJob := 0, false
		for word := range words {
			if everywhere[word] {
				continue
			}
			if job[word] {
				inJob = true
			}
			if job[word] || file[word] {
				count++
			}
		}
		if inJob {
			most = max(most, count)
		}
	}
	return most
}

// wordsOf returns the words of a name, in lower case.
func wordsOf(name string) map[string]bool {
	words := map[string]bool{}
	for _, word := range strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		words[word] = true
	}
	return words
}
