package keystore

import (
	"bytes"
	"errors"
	"slices"
	"strings"

	"cert-health/internal/secret"
)

// maxValues is the maximum number of values of one variable: a script may have branches.
const maxValues = 8

// assigned finds the values that are assigned to a variable, each once: in shell scripts, and
// in settings of Java:
//
//	NAME=value   export NAME="value"   declare -r NAME='value'
//	-Djavax.net.ssl.keyStorePassword=value   JAVA_OPTS="-Dname=value ..."
//	ssl.keystore.password = value   key-store-password: "value"   keystorePass="value"
//
// A computed value ($OTHER, ${OTHER}, $(cat file)) does not count.
func assigned(text []byte, name string) (values []secret.Value, err error) {
	err = errors.New("no value is assigned to it there")
	for at := 0; len(values) < maxValues; at += len(name) {
		next := bytes.Index(text[at:], []byte(name))
		if next < 0 {
			break
		}
		at += next
		rest, ok := assignment(text, at, name)
		if !ok {
			continue
		}
		value, plain := word(rest)
		switch {
		case !plain:
			err = errors.New("its value is computed: name the file that holds it, or where it is written out")
		case !value.IsZero() && !slices.ContainsFunc(values, value.Equal):
			values = append(values, value)
		}
	}
	if len(values) > 0 {
		err = nil
	}
	return values, err
}

// assignment tells whether a value is assigned to the name at an offset, and returns what
// follows the sign.
func assignment(text []byte, at int, name string) ([]byte, bool) {
	before := text[:at]
	line := bytes.TrimLeft(before[bytes.LastIndexByte(before, '\n')+1:], " \t")
	if len(line) > 0 && line[0] == '#' || !bounded(before) {
		return nil, false
	}
	after := text[at+len(name):]
	rest := bytes.TrimLeft(after, " \t")
	if len(rest) == 0 || rest[0] != '=' && rest[0] != ':' || bytes.HasPrefix(rest, []byte("==")) {
		return nil, false
	}
	spaced := len(rest) < len(after)
	sign := rest[0]
	rest = rest[1:]
	if sign == ':' && (len(rest) == 0 || rest[0] != ' ') {
		return nil, false // NAME:-default, or a part of a URL
	}
	// The shell allows no space in an assignment, settings do.
	if spaced || sign == ':' || strings.ContainsAny(name, ".-") {
		rest = bytes.TrimLeft(rest, " \t")
	}
	return rest, true
}

// bounded tells whether a name can begin after this text: it is not the end of a longer name,
// and not the use of a variable.
func bounded(before []byte) bool {
	if bytes.HasSuffix(before, []byte("-D")) {
		return true
	}
	if len(before) == 0 {
		return true
	}
	last := before[len(before)-1]
	return !nameByte(last) && strings.IndexByte(".-${", last) < 0
}

func nameByte(b byte) bool {
	return b == '_' || '0' <= b && b <= '9' || 'a' <= b|0x20 && b|0x20 <= 'z'
}

// word reads a value: in quotes, in escaped quotes inside other quotes, or up to the end of the
// word. It is not plain when the shell replaces a part of it.
func word(text []byte) (value secret.Value, plain bool) {
	end := ""
	switch {
	case len(text) > 0 && (text[0] == '\'' || text[0] == '"'):
		end = string(text[:1])
	case len(text) > 1 && text[0] == '\\' && (text[1] == '\'' || text[1] == '"'):
		end = string(text[:2])
	}
	var unquoted strings.Builder
	for rest := text[len(end):]; len(rest) > 0 && unquoted.Len() <= maxPasswordSize; rest = rest[1:] {
		b := rest[0]
		switch {
		case end != "" && bytes.HasPrefix(rest, []byte(end)):
			return secret.New(unquoted.String()), true
		case b == '\n', end == "" && strings.IndexByte(" \t\r;&|()<>\"'", b) >= 0:
			return secret.New(unquoted.String()), end == ""
		case end != "'" && (b == '`' || b == '$' && substituted(rest[1:])):
			return secret.Value{}, false
		case end != "'" && b == '\\' && len(rest) > 1 && escapable(rest[1], end):
			rest = rest[1:]
			b = rest[0]
		}
		unquoted.WriteByte(b)
	}
	return secret.New(unquoted.String()), end == "" && unquoted.Len() <= maxPasswordSize
}

// substituted tells whether the shell replaces a dollar sign before this text.
func substituted(after []byte) bool {
	return len(after) > 0 && (nameByte(after[0]) || strings.IndexByte("{(@*#?!$-", after[0]) >= 0)
}

// escapable tells whether a backslash escapes the byte: any byte outside of quotes, few
// bytes within.
func escapable(b byte, end string) bool {
	return b != '\n' && (end == "" || strings.IndexByte("\"\\$`", b) >= 0)
}
