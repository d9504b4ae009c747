package web

import (
	"fmt"
	"strconv"
	"strings"
)

// visible returns text that others chose, such as a name in a certificate, so that it cannot deceive:
// control characters, characters without a glyph and those that change the direction of writing are
// written as their code points. html/template escapes the markup.
func visible(text string) string {
	if strings.IndexFunc(text, hidden) < 0 {
		return text
	}
	var out strings.Builder
	for _, r := range text {
		if hidden(r) {
			fmt.Fprintf(&out, "⟨U+%04X⟩", r)
		} else {
			out.WriteRune(r)
		}
	}
	return out.String()
}

// hidden tells whether a reader cannot see a character, or sees it as a plain space.
func hidden(r rune) bool { return !strconv.IsPrint(r) || blank(r) }

// blank are the characters that strconv takes for printable but that have no glyph: Hangul fillers,
// variation selectors, the blank of Braille, and the grapheme joiner.
func blank(r rune) bool {
	switch r {
	case 0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2800, 0x3164, 0xFFA0:
		return true
	}
	return r >= 0xFE00 && r <= 0xFE0F || r >= 0xE0100 && r <= 0xE01EF || r >= 0x180B && r <= 0x180F
}

// longest is how many characters of one name a list shows.
const longest = 160

// short is visible text, cut where it is longer than a list can show.
func short(text string) string { return clip(text, longest) }

// longestSentence is how many characters of one sentence a page shows. Sentences hold names of others.
const longestSentence = 800

// long is a visible sentence.
func long(text string) string { return clip(text, longestSentence) }

func clip(text string, most int) string {
	if len(text) > 8*most { // long texts are not turned into runes
		text = strings.ToValidUTF8(text[:8*most], "")
	}
	runes := []rune(visible(text))
	if len(runes) <= most {
		return string(runes)
	}
	return string(runes[:most]) + "…"
}
