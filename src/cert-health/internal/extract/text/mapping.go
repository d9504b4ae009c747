package text

// maxNesting is the depth to which braces are counted. Deeper mappings count as the one at
// this depth.
const maxNesting = 64

// mappings finds the mapping that contains an offset of the text: by braces (JSON, nginx), by the
// indentation of lines (YAML), or by headings in brackets (MySQL). It reads the text once. It
// does not know strings: a single brace in a string leads to wrong mappings.
type mappings struct {
	text []byte
	pos  int

	braces []int // offsets after the open braces
	deeper int   // number of open braces beyond maxNesting

	lines   []indent // the lines around the current one, and itself
	begun   bool     // the indentation of the current line is known
	column  int      // in the current line, until begun
	section int      // offset after the bracket of the heading
}

// indent is where the text of a line begins, or an item of a list in it.
type indent struct {
	column int
	id     int // unique in the text, not 0
}

// at returns the mapping of an offset. Offsets must ascend.
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
			// An item of a list: the rest of the line is a part of it.
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

// line notes once where the text of the current line begins.
func (m *mappings) line() {
	if !m.begun {
		m.enter()
		m.begun = true
	}
}

// enter adds a line or an item at the current column. Indentation within braces means
// nothing.
func (m *mappings) enter() {
	if len(m.braces) > 0 {
		return
	}
	for len(m.lines) > 0 && m.lines[len(m.lines)-1].column >= m.column {
		m.lines = m.lines[:len(m.lines)-1]
	}
	m.lines = append(m.lines, indent{m.column, m.pos + 1})
}
