package web

import "regexp"

// age is how an agent's sentence tells a short span, with the moment itself behind it.
var age = regexp.MustCompile(`\b(?:in [0-9]+ (?:second|minute|hour)s?|[0-9]+ (?:second|minute|hour)s? ago) \(([0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2} UTC)\)`)

// dated leaves the moments in a sentence of a report, without how long ago they were: an agent does not send
// its report again because an hour has passed.
func dated(sentence string) string { return age.ReplaceAllString(sentence, "on $1") }
