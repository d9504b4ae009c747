package text

// maxNesting is the depth of braces that is followed. Deeper mappings are not told
// from the one at this depth.
const maxNesting = 64

// mappings finds out in which mapping of a text an offset lies: by braces, as in JSON
// and in nginx's configuration, by the indentation of lines, as in YAML, or by headings
// in brackets, as in MySQL's configuration. It goes over the text once. It does not know
// what a string is: an odd brace in one makes neighbours strangers, or the other way
// round.
type mappings struct {
	text []byte
	pos  int

	braces []int // offsets behind those that are open
	deeper int   // more of them

	lines   []indent // those that enclose the current one, and itself
	begun   bool     // the current line's indentation is known
	column  int      // within it, as long as it is not
	section int      // offset behind the heading's bracket
}

// indent is where a line's own text, or a list's item in it, begins.
type indent struct {
	column int
	id     int // unique in the text, not 0
}

// at tells the mapping of an offset. Offsets must ascend.
func (m *mappings) at(offset int) int {
	for m.pos <= offset && m.pos < len(m.text) {
		m.step(m.text[m.pos])
		m.pos++
	}
	if len(m.braces) > 0 {
		return m.braces[len(m.braces)-1]
	}
	if len(m.lines) > 1 {
		return m.lines[len(m.lines)-2].id
	}
	return m.section
}

func (m *mappings) step(b byte) {
	switch b {
	case '\n':
		m.begun, m.column = false, 0
		return
	case '{':
		m.line()
		if len(m.braces) == maxNesting {
			m.deeper++
			return
		}
		m.braces = append(m.braces, m.pos+1)
		return
	case '}':
		switch {
		case m.deeper > 0:
			m.deeper--
		case len(m.braces) > 0:
			m.braces = m.braces[:len(m.braces)-1]
		}
		return
	case ' ', '\t', '\r':
		m.column++
		return
	case '-':
		if !m.begun && m.pos+1 < len(m.text) && m.text[m.pos+1] == ' ' {
			// An item: what follows on the line is within it.
			m.enter()
			m.column++
			return
		}
	case '[':
		if !m.begun && m.column == 0 && len(m.braces) == 0 {
			m.section = m.pos + 1
		}
	}
	m.line()
}

// line notes where the current line begins, once.
func (m *mappings) line() {
	if !m.begun {
		m.enter()
		m.begun = true
	}
}

// enter takes up a line or an item at the current column. Within braces, indentation
// means nothing.
func (m *mappings) enter() {
	if len(m.braces) > 0 {
		return
	}
	for len(m.lines) > 0 && m.lines[len(m.lines)-1].column >= m.column {
		m.lines = m.lines[:len(m.lines)-1]
	}
	m.lines = append(m.lines, indent{m.column, m.pos + 1})
}
