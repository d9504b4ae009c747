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
	// maxItem limits the text of one item, so that an item with a very long name leaves
	// room for the others.
	maxItem = 700

	separator = " | "
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
		if line.Len()+len(text)+len(separator) > maxDescription-len(rest(a.Total)) {
			break
		}
		if shown > 0 {
			line.WriteString(separator)
		}
		line.WriteString(text)
		shown++
	}
	if left := a.Total - shown; left > 0 {
		line.WriteString(separator + rest(left))
	}
	return line.String()
}

func rest(count int) string { return fmt.Sprintf("and %d more", count) }

// String is the text of the item, which Parse reads.
func (i Item) String() string {
	text := fmt.Sprintf("%s [%s] at %s: %s", clean(i.Name, 120), i.Fingerprint, clean(i.Place, 160), clean(i.Message, maxItem))
	return cut(text, maxItem-200) + " -> " + clean(i.Next, 190)
}

// clean makes text fit for one line between separators.
func clean(text string, size int) string {
	text = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) || r == '|' {
			return '?'
		}
		return r
	}, text)
	return cut(strings.ReplaceAll(text, " -> ", " > "), size)
}

// cut shortens text to at most size bytes, at the boundary of a character.
func cut(text string, size int) string {
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
	titleForm       = regexp.MustCompile(`^` + Service + `(?: \([^)]*\))? - ([^-]+) - (.+)$`)
	itemForm        = regexp.MustCompile(`^(.*) \[([0-9a-f]{12})\] at (.*?): (.*) -> (.*)$`)
	fingerprintForm = regexp.MustCompile(`^[0-9a-f]{12}$`)
	moreForm        = regexp.MustCompile(`^and ([0-9]{1,9}) more$`)
)

// Parse reads an alert from the title and summary that the Health Monitor passes on. It
// returns false for the alert of another sender. bosh-agent leaves the address out of the
// title while it knows none.
func Parse(title, summary string) (Alert, bool) {
	match := titleForm.FindStringSubmatch(title)
	if match == nil {
		return Alert{}, false
	}
	a, known := classify(match[1], match[2])
	if !known || a.Cleared {
		return a, known
	}
	for _, part := range strings.Split(summary, separator) {
		if more := moreForm.FindStringSubmatch(part); more != nil {
			left, _ := strconv.Atoi(more[1])
			a.Total += left
			continue
		}
		if item := itemForm.FindStringSubmatch(part); item != nil {
			a.Items = append(a.Items, Item{Name: item[1], Fingerprint: item[2], Place: item[3], Message: item[4], Next: item[5]})
			a.Total++
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

// IsFingerprint tells whether text has the form of a fingerprint in an alert.
func IsFingerprint(text string) bool { return fingerprintForm.MatchString(text) }

// ends tells whether an action says that no certificate of the class is left. Earlier
// agents write "none " and the words of the class.
func (c Class) ends(action string) bool {
	row := c.row()
	return action == wellAgain+row.well || action == wellAgain+"none "+row.words
}
