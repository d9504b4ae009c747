package knowledge

import "strings"

// Match finds the text in a line. folded is the line in lower case, with the same length. from and to are where the
// text stands.
func (t Text) Match(line, folded string) (c Captures, from, to int, ok bool) {
	for at := 0; ; at++ {
		begin, end := t.first(line, folded, at)
		if begin < 0 {
			return Captures{}, 0, 0, false
		}
		var found Captures
		if to, ok := t.behind(line, folded, end, &found); ok {
			if before := t.before(line, begin, &found); before >= 0 {
				return found, before, to, true
			}
		}
		at = begin
	}
}

// first finds the first words of the text. If it begins with a placeholder, these are the words behind that.
func (t Text) first(line, folded string, at int) (begin, end int) {
	words := t.leading()
	if at > len(folded) {
		return -1, -1
	}
	i := strings.Index(folded[at:], words)
	if i < 0 {
		return -1, -1
	}
	return at + i, at + i + len(words)
}

func (t Text) leading() string {
	if t.pieces[0].words == "" && len(t.pieces) > 1 {
		return t.pieces[1].words
	}
	return t.pieces[0].words
}

// before reads a placeholder at the beginning of the text backwards: it is the word before the first words.
func (t Text) before(line string, at int, c *Captures) int {
	if t.pieces[0].words != "" || len(t.pieces) == 1 {
		return at
	}
	begin := at
	for begin > 0 && !ends(line[begin-1]) {
		begin--
	}
	if begin == at {
		return -1
	}
	c.set(t.pieces[1].hole, line[begin:at])
	return begin
}

// behind reads all pieces behind the first words.
func (t Text) behind(line, folded string, at int, c *Captures) (int, bool) {
	rest := t.pieces[1:]
	if t.pieces[0].words == "" && len(rest) > 0 {
		rest = rest[1:]
	}
	for _, p := range rest {
		length := span(p.hole, line[at:])
		if p.hole == "..." || p.hole == "subject" || p.hole == "file" {
			if length = strings.Index(folded[at:], p.words); p.words == "" {
				length = span(p.hole, line[at:])
			}
		}
		if length < 0 || length == 0 && p.hole != "..." {
			return 0, false
		}
		for length > 0 && !strings.HasPrefix(folded[at+length:], p.words) && shrinks(line[at+length-1]) {
			length-- // a comma or a colon behind an address belongs to the words
		}
		if !strings.HasPrefix(folded[at+length:], p.words) {
			return 0, false
		}
		c.set(p.hole, line[at:at+length])
		at += length + len(p.words)
	}
	return at, true
}

// shrinks are the characters that may be the end of a name or address, or stand behind it.
func shrinks(b byte) bool { return strings.IndexByte(".:,;)]", b) >= 0 }

// ends are the characters that are in no address and no name.
func ends(b byte) bool { return b <= ' ' || strings.IndexByte("\"'`<>(){}|", b) >= 0 }

// span is the length of what a placeholder takes at the beginning of text, -1 if that has another form.
func span(hole, text string) int {
	switch hole {
	case "now", "begin", "end":
		length, _ := readTime(text)
		return length
	case "number":
		return len(text) - len(strings.TrimLeft(text, "0123456789"))
	case "...":
		return len(text)
	case "subject", "file":
		if i := strings.IndexAny(text, "\"'"); i >= 0 {
			return i
		}
		return len(text)
	}
	i := 0
	for i < len(text) && !ends(text[i]) {
		i++
	}
	return i
}

func (c *Captures) set(hole, text string) {
	switch hole {
	case "now":
		_, c.Now = readTime(text)
	case "begin":
		_, c.Begin = readTime(text)
	case "end":
		_, c.End = readTime(text)
	case "peer":
		c.Peer = strings.TrimRight(text, ".,;:")
	case "name":
		c.Name = strings.TrimRight(text, ".,;:")
	case "subject":
		c.Subject = text
	case "file":
		c.File = text
	}
}
