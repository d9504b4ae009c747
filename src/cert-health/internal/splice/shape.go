package splice

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"regexp"

	"cert-health/internal/extract/text"
)

// letters are the ways in which characters of base64 are written that are not written as themselves, and those that are
// known to be.
type letters map[byte]string

// shape is how the base64 of one block or value is written.
type shape struct {
	width     int    // of a line, in characters; 0 for one line of any length
	separator []byte // of its lines
	letters   letters
	// escape stands before the number of a character in a URL: %, or %25; empty elsewhere.
	escape string
	bare   bool // it has no padding
}

// neighbour is the width of the lines of the nearest block that is longer than one line, for a block that is not: 0 if that is
// on one line. Without such a block it is the usual one.
func neighbour(l *text.Layout, span int) int {
	for distance := 1; distance < len(l.Spans); distance++ {
		for _, i := range []int{span - distance, span + distance} {
			if i >= 0 && i < len(l.Spans) && len(l.Spans[i].Units) > widest {
				return firstLine(l.Spans[i].Units)
			}
		}
	}
	return widest
}

// firstLine is the length of the first line; 0 if it is the only one.
func firstLine(units []text.Unit) int {
	for n := 1; n < len(units); n++ {
		if units[n].From > units[n-1].To {
			return n
		}
	}
	return 0
}

var errSpelling = errors.New("it writes the same character in two ways, and cannot be written back exactly")

func (k letters) learn(text []byte, units []text.Unit) error {
	for _, u := range units {
		raw := string(text[u.From:u.To])
		if before, known := k[u.Char]; known && before != raw {
			return errSpelling
		}
		k[u.Char] = raw
	}
	return nil
}

// widest is the longest line that RFC 7468 permits. A block whose only line is no longer may be short because its
// contents are.
const widest = 64

// shapeOf reads the shape of a block. head is what stands between the BEGIN line and the first character; it is nil in a
// value. short is the width of the lines of a block that is shorter than one line.
func shapeOf(l *text.Layout, units []text.Unit, head, region []byte, short int) (shape, error) {
	s := shape{letters: letters{}, escape: percent(region)}
	if err := s.letters.learn(l.Text, units); err != nil {
		return s, err
	}
	s.bare = len(units)%4 != 0
	line := 0
	for i, u := range units {
		line++
		if i+1 == len(units) {
			break
		}
		gap := l.Text[u.To:units[i+1].From]
		switch {
		case len(gap) == 0:
			continue
		case s.width == 0:
			s.width, s.separator = line, gap
		case line != s.width || !bytes.Equal(gap, s.separator):
			return s, errors.New("its lines are not alike, and cannot be written back exactly")
		}
		line = 0
	}
	if s.width > 0 && line > s.width {
		return s, errors.New("its last line is longer than the others, and cannot be written back exactly")
	}
	if s.width == 0 {
		s.separator = head
		if len(head) > 0 && len(units) <= widest {
			s.width = short
		}
	}
	return s, nil
}

var numbered = regexp.MustCompile(`%(?:25)*[0-9A-Fa-f]{2}`)

// percent finds out how often a URL is a part of a URL.
func percent(region []byte) string {
	if number := numbered.Find(region); number != nil {
		return string(number[:len(number)-2])
	}
	return ""
}

// write writes the base64 of data in the shape, and wipes what it needs for that.
func (s *shape) write(data []byte) []byte {
	encoding := base64.StdEncoding
	if s.bare {
		encoding = base64.RawStdEncoding
	}
	plain := make([]byte, encoding.EncodedLen(len(data)))
	defer clear(plain)
	encoding.Encode(plain, data)
	size := 0
	s.each(plain, func(part []byte) { size += len(part) })
	out := make([]byte, 0, size)
	s.each(plain, func(part []byte) { out = append(out, part...) })
	return out
}

func (s *shape) each(plain []byte, visit func([]byte)) {
	for i, char := range plain {
		if s.width > 0 && i > 0 && i%s.width == 0 {
			visit(s.separator)
		}
		visit(s.spell(char))
	}
}

// spell writes one character. Where the block does not show how, each reader of a URL understands the number, and each
// other reader the character itself.
func (s *shape) spell(char byte) []byte {
	if raw, known := s.letters[char]; known {
		return []byte(raw)
	}
	if s.escape != "" && (char == '+' || char == '/' || char == '=') {
		return fmt.Appendf(nil, "%s%02X", s.escape, char)
	}
	return []byte{char}
}

// decode returns what the characters hold. The caller wipes it.
func decode(units []text.Unit) ([]byte, error) {
	plain := make([]byte, 0, len(units))
	for _, u := range units {
		if u.Char != '=' {
			plain = append(plain, u.Char)
		}
	}
	defer clear(plain)
	data := make([]byte, base64.RawStdEncoding.DecodedLen(len(plain)))
	n, err := base64.RawStdEncoding.Decode(data, plain)
	return data[:n], err
}
