package text

import (
	"bytes"
	"slices"
)

// comments are how lines of comments begin: of the shell and YAML, C and Go, INI, SQL, TeX, and of
// the lines of a longer comment in C and Java.
func comments() []string { return []string{"#", "//", ";", "--", "%", "*"} }

// commented tells whether text begins with the sign of a comment.
func commented(text []byte) bool {
	return slices.ContainsFunc(comments(), func(sign string) bool { return bytes.HasPrefix(text, []byte(sign)) })
}

// commentedOut tells whether the line of a BEGIN marker, and the line after it, are comments: the
// same sign stands before both.
func commentedOut(data []byte, begin, after int) bool {
	start := begin - min(begin, maxSign)
	line := data[start+bytes.LastIndexByte(data[start:begin], '\n')+1 : begin]
	sign := bytes.TrimSpace(line)
	if !commented(sign) {
		return false
	}
	_, next, _ := bytes.Cut(data[after:min(len(data), after+maxSign)], []byte("\n"))
	return bytes.HasPrefix(bytes.TrimLeft(next, " \t"), sign)
}

// maxSign is how long a line is searched for the sign of a comment.
const maxSign = 64
