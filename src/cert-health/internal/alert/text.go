package alert

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	// MaxItems is the number of items that one alert names.
	MaxItems = 10
	// maxDescription keeps the line, with its header and its end, below bosh-agent's limit
	// of 4096 bytes. bosh-agent drops a mail with a longer line.
	maxDescription = 3900
	// maxParsed is the number of items that are read from one text. No alert has as many.
	maxParsed = 2 * MaxItems
)

// Description names the items in one line of fewer than 4,000 bytes.
func (a Alert) Description() string {
	if a.Cleared {
		return a.Class.row().cleared
	}
	var line strings.Builder
	shown := 0
	for _, item := range a.Items[:min(len(a.Items), MaxItems)] {
		text := item.String()
		if !fits(line.Len(), text, a.Total) {
			break
		}
		if shown > 0 {
			line.WriteString(separator)
		}
		line.WriteString(text)
		shown++
	}
	if left := a.Total - shown; left > 0 {
		if shown > 0 {
			line.WriteString(separator)
		}
		line.WriteString(rest(left))
	}
	return line.String()
}

// fits tells whether the text of one more item fits behind a line of some length.
func fits(length int, text string, total int) bool {
	return length+len(text)+2*len(separator)+len(rest(total)) <= maxDescription
}

func rest(count int) string { return fmt.Sprintf("and %d more", count) }

// clean makes a name fit for a title.
func clean(text string, size int) string {
	text = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '?'
		}
		return r
	}, text)
	return Cut(text, size)
}

// Cut shortens text to at most size bytes, at the boundary of a character. An ellipsis stands for
// the rest.
func Cut(text string, size int) string {
	if len(text) <= size {
		return text
	}
	size -= len("…")
	for size > 0 && !utf8.RuneStart(text[size]) {
		size--
	}
	return text[:size] + "…"
}

var (
	titleForm = regexp.MustCompile(`^` + Service + `(?: \([^)]*\))? - ([^-]+) - (.+)$`)
	moreForm  = regexp.MustCompile(`^and ([0-9]{1,9}) more$`)
)

// Parse reads an alert from the title and summary that the Health Monitor passes on. It
// returns false for the alert of another sender. bosh-agent leaves the address out of the
// title while it knows none. Total counts an item that cannot be read, too.
func Parse(title, summary string) (Alert, bool) {
	match := titleForm.FindStringSubmatch(title)
	if match == nil {
		return Alert{}, false
	}
	a, known := classify(match[1], match[2])
	if !known || a.Cleared {
		return a, known
	}
	parts := strings.Split(summary, separator)
	if more := moreForm.FindStringSubmatch(parts[len(parts)-1]); more != nil {
		a.Total, _ = strconv.Atoi(more[1])
		parts = parts[:len(parts)-1]
	}
	a.Total += len(parts)
	for _, part := range parts[:min(len(parts), maxParsed)] {
		if item, ok := ParseItem(part); ok {
			a.Items = append(a.Items, item)
		}
	}
	return a, true
}

// classify finds the class by the event and the action in the title.
func classify(event, action string) (Alert, bool) {
	for _, class := range Classes() {
		for _, cleared := range []bool{false, true} {
			a := Alert{Class: class, Cleared: cleared}
			if event != a.Event() {
				continue
			}
			if cleared && class.ends(action) || !cleared && (class == Expired || strings.HasPrefix(action, "Certificate "+class.row().words+": ")) {
				return a, true
			}
		}
	}
	return Alert{}, false
}

// ends tells whether an action says that no certificate of the class is left. Earlier
// agents write "none " and the words of the class.
func (c Class) ends(action string) bool {
	row := c.row()
	return action == wellAgain+row.well || action == wellAgain+"none "+row.words
}
