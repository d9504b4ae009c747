package knowledge

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"cert-health/internal/strict"
)

// Text is the words of a line, with placeholders in braces for what differs: {end}, {peer}, {...}. Case does not
// count. A placeholder takes what has its form; {...} takes anything up to the words behind it.
type Text struct {
	pieces []piece
	weight int    // bytes of words: the more, the more the text says
	anchor string // words to search for, in lower case
}

// piece is a placeholder, and the words behind it. The first piece of a text may have no placeholder.
type piece struct {
	hole  string
	words string // in lower case
}

// Captures are what the placeholders of a text stand for in a line.
type Captures struct {
	Now, Begin, End time.Time // {now}, {begin}, {end}; zero if the time zone is not known
	Peer            string    // {peer}: an address, with or without a port, or a URL
	Name            string    // {name}: the name that a client expects
	Subject         string    // {subject}: of a certificate
	File            string    // {file}
}

// Holes are the names of all placeholders.
func Holes() []string {
	return []string{"now", "begin", "end", "peer", "name", "subject", "file", "word", "number", "..."}
}

const (
	minAnchor = 6  // a shorter one would be found in too many lines
	maxAnchor = 20 // more bytes cost memory, and find hardly fewer lines
)

// UnmarshalText reads the words.
func (t *Text) UnmarshalText(text []byte) error {
	parsed, err := ParseText(string(text))
	if err == nil {
		*t = parsed
	}
	return err
}

// ParseText reads the words of a line with placeholders.
func ParseText(text string) (Text, error) {
	var t Text
	hole, rest := "", text
	for {
		words, behind, more := strings.Cut(rest, "{")
		t.pieces = append(t.pieces, piece{hole, lower(words)})
		if t.weight += len(words); !more {
			break
		}
		name, after, closed := strings.Cut(behind, "}")
		if !closed || !contains(Holes(), name) {
			return Text{}, fmt.Errorf("a brace must begin one of {%s}%s", strings.Join(Holes(), "}, {"), strict.Hint(name, Holes()))
		}
		if words == "" && hole != "" {
			return Text{}, errors.New("two placeholders must have words between them")
		}
		hole, rest = name, after
	}
	if t.pieces[0].words == "" && len(t.pieces) > 1 && !contains([]string{"peer", "name", "file", "word"}, t.pieces[1].hole) {
		return Text{}, errors.New("only {peer}, {name}, {file} and {word} may begin a text")
	}
	t.anchor = t.longest()
	return t, nil
}

// longest is the longest run of words that looks the same in every kind of log: JSON escapes some characters.
func (t Text) longest() (anchor string) {
	for _, p := range t.pieces {
		for run := range strings.FieldsFuncSeq(p.words, func(r rune) bool { return strings.ContainsRune("\"\\<>&/\t", r) || r > '~' }) {
			if len(run) > len(anchor) {
				anchor = run
			}
		}
	}
	return anchor[:min(len(anchor), maxAnchor)]
}

// Anchor is a part of the words, in lower case. A line without it does not have the text.
func (t Text) Anchor() string { return t.anchor }

// Weight tells how much the text says: of two texts of a line, the one with more counts.
func (t Text) Weight() int { return t.weight }

func contains(list []string, word string) bool {
	for _, w := range list {
		if w == word {
			return true
		}
	}
	return false
}

func lower(text string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, text)
}
