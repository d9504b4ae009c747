package fleet

import (
	"bytes"
	"slices"
	"strings"
)

// pieces are the parts of a report as they are written.
type pieces struct {
	schema, reference, served []byte
	certificates              [][]byte
}

// split finds the parts of a report without decoding it. The report must be valid JSON, as each stored one is. It
// says no if the report has parts that must be read together, or keys of which it is not certain how they are read.
func split(text []byte) (p pieces, ok bool) {
	s := scanner{text: text}
	certain := s.each('{', '}', func(key string, value []byte) bool {
		switch key {
		case "schema":
			return once(&p.schema, value)
		case "reference":
			return once(&p.reference, value)
		case "served":
			return once(&p.served, value)
		case "certificates":
			if p.certificates != nil {
				return false
			}
			p.certificates = [][]byte{}
			list := scanner{text: value}
			return list.each('[', ']', func(_ string, one []byte) bool {
				p.certificates = append(p.certificates, one)
				return true
			})
		case "ignored":
			return false // it changes what certificates mean
		}
		return !slices.ContainsFunc([]string{"schema", "reference", "served", "certificates", "ignored"}, func(known string) bool { return strings.EqualFold(known, key) })
	})
	return p, certain && len(p.schema) > 0 && len(p.reference) > 0
}

func once(into *[]byte, value []byte) bool {
	first := *into == nil
	*into = value
	return first
}

// scanner finds the end of each value of an object or of an array.
type scanner struct {
	text []byte
	at   int
}

// each calls a function with each value, and its key in an object, until the function says no.
func (s *scanner) each(open, end byte, call func(key string, value []byte) bool) bool {
	if !s.next(open) {
		return false
	}
	if s.next(end) {
		return true
	}
	for {
		key := ""
		if open == '{' {
			quoted := s.value()
			if len(quoted) < 2 || bytes.IndexByte(quoted, '\\') >= 0 || !s.next(':') {
				return false
			}
			key = string(quoted[1 : len(quoted)-1])
		}
		value := s.value()
		if len(value) == 0 || !call(key, value) {
			return false
		}
		if s.next(end) {
			return true
		}
		if !s.next(',') {
			return false
		}
	}
}

func (s *scanner) space() {
	for s.at < len(s.text) && (s.text[s.at] == ' ' || s.text[s.at] == '\n' || s.text[s.at] == '\t' || s.text[s.at] == '\r') {
		s.at++
	}
}

// next takes one character.
func (s *scanner) next(c byte) bool {
	s.space()
	if s.at < len(s.text) && s.text[s.at] == c {
		s.at++
		return true
	}
	return false
}

// value takes one value; nothing if there is none.
func (s *scanner) value() []byte {
	s.space()
	begin, depth := s.at, 0
	for s.at < len(s.text) {
		switch s.text[s.at] {
		case '"':
			if !s.quoted() {
				return nil
			}
			if depth == 0 {
				return s.text[begin:s.at]
			}
			continue
		case '{', '[':
			depth++
		case '}', ']':
			if depth == 0 {
				return s.text[begin:s.at] // behind a number or a word
			}
			if depth--; depth == 0 {
				s.at++
				return s.text[begin:s.at]
			}
		case ',', ' ', '\n', '\t', '\r':
			if depth == 0 {
				return s.text[begin:s.at]
			}
		}
		s.at++
	}
	return nil
}

// quoted takes a string.
func (s *scanner) quoted() bool {
	for s.at++; s.at < len(s.text); s.at++ {
		end := bytes.IndexByte(s.text[s.at:], '"')
		if end < 0 {
			return false
		}
		s.at += end
		slashes := 0
		for s.text[s.at-1-slashes] == '\\' {
			slashes++
		}
		if slashes%2 == 0 {
			s.at++
			return true
		}
	}
	return false
}
