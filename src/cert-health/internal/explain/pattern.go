package explain

import (
	"regexp"
	"strings"
)

// Pattern is what lines have in common that no symptom has words for. What differs from line to line, and what
// could be a secret, is an ellipsis.
type Pattern struct {
	Text  string `json:"pattern"`
	Lines int    `json:"lines"`
	Log   string `json:"log,omitempty"` // that has the first line
}

// maxPattern is how many bytes of a line are compared.
const maxPattern = 240

// differs are what is replaced: values of words that name secrets, and words with digits, long words, addresses.
var differs = regexp.MustCompile(`(?i)(?:password|passwd|token|secret|authorization|bearer|api_?key|cookie)["']?\s*[:= ]\s*\S+(?:\s+[A-Za-z0-9._~+/-]{16,}=*)?|\S*\d\S*|[^\s,;:()"'=]{40,}`)

// pattern is the pattern of a line.
func pattern(line string) string {
	if len(line) > maxPattern {
		line = line[:maxPattern]
	}
	text := differs.ReplaceAllString(line, "…")
	text = strings.Join(strings.Fields(strings.ToValidUTF8(text, "")), " ")
	for strings.Contains(text, "… …") {
		text = strings.ReplaceAll(text, "… …", "…")
	}
	return text
}

// unread counts a line that no symptom has words for.
func (c *collector) unread(line, log string) {
	text := pattern(line)
	c.mutex.Lock()
	defer c.mutex.Unlock()
	p := c.patterns[text]
	if p == nil && len(c.patterns) >= maxPatterns {
		c.total.Unlisted++
		return
	}
	if p == nil {
		p = &Pattern{Text: text, Log: log}
		c.patterns[text] = p
	}
	p.Lines++
}

func containsWord(text, word string) bool { return strings.Contains(text, word) }
