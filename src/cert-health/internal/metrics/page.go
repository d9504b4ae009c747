package metrics

import (
	"bufio"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"cert-health/internal/report"
)

// maxValue is how many characters of a label's value are written. RFC 5280 allows
// names of at most 128; somebody else's certificate need not keep to that.
const maxValue = 256

// page is one exposition while it is written.
type page struct {
	out     *bufio.Writer
	report  *report.Report
	options Options

	identity []byte // the labels of every series
	listed   []placement
	left     int // placements beyond the limit
	family   Family
	begun    bool // the family has its head
	line     []byte
}

// label is one pair. One without a value is not written: to Prometheus, an empty label
// and none are the same.
type label struct{ name, value string }

// begin turns to the next family. Its head is written with its first sample: one
// without samples leaves no trace.
func (p *page) begin(f Family) { p.family, p.begun = f, false }

// sample writes one series of the family.
func (p *page) sample(value float64, labels ...label) {
	p.line = appendLabels(p.line[:0], labels)
	p.labelled(value, p.line)
}

// labelled is sample for labels that have been rendered already.
func (p *page) labelled(value float64, labels []byte) {
	f := &p.family
	if !p.begun {
		p.begun = true
		fmt.Fprintf(p.out, "# HELP %s %s\n# TYPE %s %s\n", f.Name, f.Help, f.Name, f.Type)
	}
	p.out.WriteString(f.Name)
	if len(p.identity)+len(labels) > 0 {
		p.out.WriteByte('{')
		p.out.Write(p.identity)
		if len(p.identity) > 0 && len(labels) > 0 {
			p.out.WriteByte(',')
		}
		p.out.Write(labels)
		p.out.WriteByte('}')
	}
	// Without an exponent, so that people can read a time.
	fmt.Fprintf(p.out, " %s\n", strconv.FormatFloat(value, 'f', -1, 64))
}

// count, flag and at make values of what they are given.
func count[N int | uint64](n N) float64 { return float64(n) }

func flag(on bool) float64 {
	if on {
		return 1
	}
	return 0
}

// at is a moment in seconds since 1970, 0 where it is not known.
func at(t time.Time) float64 {
	if t.IsZero() {
		return 0
	}
	return float64(t.Unix())
}

// appendLabels renders labels as they stand between braces.
func appendLabels(to []byte, labels []label) []byte {
	for _, l := range labels {
		if l.value == "" {
			continue
		}
		if len(to) > 0 {
			to = append(to, ',')
		}
		to = append(to, l.name...)
		to = append(to, '=', '"')
		to = appendValue(to, l.value)
		to = append(to, '"')
	}
	return to
}

// appendValue escapes a value for the format. What could move a terminal's cursor or turn
// the direction of reading is written as \u001b, as it is in the tables: somebody will look
// by curl. What is no UTF-8 is replaced, for Prometheus refuses a whole scrape for it.
func appendValue(to []byte, value string) []byte {
	n := 0
	for _, r := range strings.ToValidUTF8(value, string(utf8.RuneError)) {
		if n++; n > maxValue {
			return append(to, "…"...)
		}
		switch {
		case r == '\n':
			to = append(to, `\n`...)
		case r == '"' || r == '\\':
			to = append(to, '\\', byte(r))
		case r != utf8.RuneError && !unicode.IsPrint(r):
			to = fmt.Appendf(to, `\\u%04x`, r)
		default:
			to = utf8.AppendRune(to, r)
		}
	}
	return to
}
