package publication

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"cert-health/internal/cert"
)

// The second words of the documents of the index, after the format.
const (
	headWord = "index"
	partWord = "part"
)

// EncodeHead encodes the head of the index, which contains the number of parts.
func EncodeHead(parts int) []string {
	return []string{words(Format, headWord, strconv.Itoa(parts))}
}

var errIndex = errors.New("the index is damaged: run `cert-health publish` again")

// DecodeHead decodes the head of the index.
func DecodeHead(custom map[string]string) (parts int, err error) {
	values := Own(custom)
	if len(values) == 0 {
		return 0, ErrNone
	}
	words := strings.Split(values[0], " ")
	if err := checkFormat(words[0]); err != nil {
		return 0, fmt.Errorf("the index cannot be read: %w", err)
	}
	if len(words) < 3 || words[1] != headWord {
		return 0, errIndex
	}
	if parts, err = strconv.Atoi(words[2]); err != nil || parts < 1 || parts > maxParts {
		return 0, errIndex
	}
	return parts, nil
}

// The index has so many parts, a power of two, that each part uses at most three quarters of its
// space. All paths of one identity digest are in one part and use at most half of that.
const (
	maxParts    = 1 << 12
	fullestPart = MaxValues * 3 / 4
	maxIdentity = fullestPart / 2 * MaxValueSize
)

// Encode encodes the index: one slice of values for each part.
func (x Index) Encode() ([][]string, error) {
	lines := x.lines()
	for parts := 1; parts <= maxParts; parts *= 2 {
		if values, fits, err := encodeParts(lines, parts); fits || err != nil {
			return values, err
		}
	}
	return nil, fmt.Errorf("an index of %d identity digests is too large: publish fewer paths at once", len(x))
}

// indexLine is one identity digest with one path.
type indexLine struct {
	identity cert.IdentityDigest
	text     string
}

func (x Index) lines() []indexLine {
	var lines []indexLine
	for identity, paths := range x {
		size := 0
		for _, path := range paths {
			line := indexLine{identity, words(base(identity[:]), url.PathEscape(path))}
			if size += len(line.text) + 1; size > maxIdentity {
				break
			}
			lines = append(lines, line)
		}
	}
	slices.SortFunc(lines, func(a, b indexLine) int { return strings.Compare(a.text, b.text) })
	return lines
}

func encodeParts(lines []indexLine, parts int) (values [][]string, fits bool, err error) {
	of := make([][]string, parts)
	for _, line := range lines {
		part := PartOf(line.identity, parts)
		of[part] = append(of[part], line.text)
	}
	values = make([][]string, parts)
	for part := range of {
		if values[part], err = pack(words(Format, partWord), of[part]); err != nil {
			return nil, false, err
		}
		if len(values[part]) > fullestPart {
			return nil, false, nil
		}
	}
	return values, true, nil
}

// DecodePart decodes a part of the index into x. With an error, it changes nothing.
func (x Index) DecodePart(custom map[string]string) error {
	values := Own(custom)
	if len(values) == 0 {
		return ErrNone
	}
	lines := linesOf(values)
	head := strings.Split(lines[0], " ")
	if err := checkFormat(head[0]); err != nil {
		return fmt.Errorf("a part of the index cannot be read: %w", err)
	}
	if len(head) < 3 || head[1] != partWord || head[2] != sum(lines[1:]) {
		return errPart
	}
	read := Index{}
	for _, line := range lines[1:] {
		if err := read.line(line); err != nil {
			return err
		}
	}
	for identity, paths := range read {
		for _, path := range paths {
			x.Keep(identity, path)
		}
	}
	return nil
}

var errPart = errors.New("a part of the index is damaged: run `cert-health publish` again")

func (x Index) line(line string) error {
	name, escaped, _ := strings.Cut(line, " ")
	var identity cert.IdentityDigest
	path, err := url.PathUnescape(escaped)
	if err != nil || path == "" || !Indexable(path) || unbase(name, identity[:]) != nil {
		return errPart
	}
	x.Keep(identity, path)
	return nil
}
