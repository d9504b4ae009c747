package main

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// phrase is a banned phrase with the words to write instead.
type phrase struct {
	pattern *regexp.Regexp // its first group is the phrase itself
	better  string
}

type phrases []phrase

// hit is a place of a phrase in a file.
type hit struct {
	line   int // from 1
	words  string
	better string
}

// gap matches the space between two words, also where a line of a comment or of
// a table ends between them.
const gap = `\s+(?:(?://|#|\*|>)\s*)?`

// parse reads the list: a phrase and the better words a line, with " | " between
// them.
func parse(list string) (banned phrases, err error) {
	for i, line := range strings.Split(list, "\n") {
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		words, better, complete := cutLast(line, " | ")
		if !complete {
			return nil, fmt.Errorf(`line %d: no " | " between the phrase and the better words`, i+1)
		}
		pattern, err := compile(words)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", i+1, err)
		}
		banned = append(banned, phrase{pattern: pattern, better: better})
	}
	return banned, nil
}

func cutLast(line, separator string) (before, after string, found bool) {
	i := strings.LastIndex(line, separator)
	if i < 0 {
		return line, "", false
	}
	return line[:i], line[i+len(separator):], true
}

// compile makes a pattern for whole words. A name such as octet-stream or
// nobody_knows is another word.
func compile(words string) (*regexp.Regexp, error) {
	expression := strings.ReplaceAll(words, " ... ", ` (?:[^\s.,;:|]+ ){1,3}?`)
	expression = strings.ReplaceAll(expression, " ", gap)
	if first := rune(words[0]); unicode.IsLower(first) {
		expression = fmt.Sprintf("[%c%c]%s", unicode.ToUpper(first), first, expression[1:])
	}
	return regexp.Compile(`(?:^|[^\w-])(` + expression + `)(?:[^\w-]|$)`)
}

// in finds the phrases in the contents of a file, in the order of the lines.
func (banned phrases) in(contents string) (found []hit) {
	for _, p := range banned {
		for _, at := range p.pattern.FindAllStringSubmatchIndex(contents, -1) {
			found = append(found, hit{
				line:   1 + strings.Count(contents[:at[2]], "\n"),
				words:  strings.Join(strings.Fields(contents[at[2]:at[3]]), " "),
				better: p.better,
			})
		}
	}
	slices.SortStableFunc(found, func(a, b hit) int { return a.line - b.line })
	return found
}
