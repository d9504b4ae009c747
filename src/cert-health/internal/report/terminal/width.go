package terminal

import (
	"unicode"

	"golang.org/x/text/width"
)

// columnsOf is the number of columns that text takes on a terminal. East Asian characters and
// emoji take two, combining characters none.
func columnsOf(text string) int {
	sum := 0
	for _, r := range text {
		sum += columnsOfRune(r)
	}
	return sum
}

func columnsOfRune(r rune) int {
	if r < unicode.MaxLatin1 {
		return 1 // most characters: no table is needed
	}
	if unicode.In(r, unicode.Mn, unicode.Me) {
		return 0
	}
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	}
	return 1
}

// head is the longest beginning of text that takes at most limit columns.
func head(text string, limit int) string {
	for i, r := range text {
		if limit -= columnsOfRune(r); limit < 0 {
			return text[:i]
		}
	}
	return text
}

// tail is the longest end of text that takes at most limit columns.
func tail(text string, limit int) string {
	runes := []rune(text)
	for i := len(runes) - 1; i >= 0; i-- {
		if limit -= columnsOfRune(runes[i]); limit < 0 {
			return string(runes[i+1:])
		}
	}
	return text
}
