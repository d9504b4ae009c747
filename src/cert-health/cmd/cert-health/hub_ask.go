//go:build !vm

package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"cert-health/internal/secret"
)

// ask asks a question. Without a terminal the answer is the next line of standard input.
func (f *loginFlags) ask(question string) (string, error) {
	if _, ok := f.terminal(); ok {
		fmt.Fprint(f.console.err, question)
	}
	return f.line()
}

// hidden is ask for what must not be shown.
func (f *loginFlags) hidden(question string) (secret.Value, error) {
	fd, ok := f.terminal()
	if !ok {
		line, err := f.line()
		return secret.New(line), err
	}
	fmt.Fprint(f.console.err, question)
	typed, err := term.ReadPassword(fd)
	fmt.Fprintln(f.console.err)
	if err != nil {
		return secret.Value{}, errors.New("the password could not be read from the terminal")
	}
	return secret.New(string(typed)), nil
}

func (f *loginFlags) terminal() (int, bool) {
	file, ok := f.console.in.(*os.File)
	if !ok || !term.IsTerminal(int(file.Fd())) {
		return 0, false
	}
	return int(file.Fd()), true
}

// maxLine limits a line of standard input.
const maxLine = 64 << 10

// line reads a line of standard input, and nothing of the next.
func (f *loginFlags) line() (string, error) {
	if _, buffered := f.console.in.(io.ByteReader); !buffered {
		f.console.in = bufio.NewReader(f.console.in)
	}
	var line []byte
	for in := f.console.in.(io.ByteReader); len(line) < maxLine; {
		b, err := in.ReadByte()
		if err != nil || b == '\n' {
			break
		}
		line = append(line, b)
	}
	text := strings.TrimSpace(string(line))
	if text == "" {
		return "", errors.New("standard input is empty")
	}
	return text, nil
}
