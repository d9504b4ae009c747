package handshake

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"unicode"
	"unicode/utf8"
)

// alert is the operation in the errors of crypto/tls for an alert of the other side.
const alert = "remote error"

// Alerted tells whether the server ended the handshake with a TLS alert. Some do that without
// a server name.
func Alerted(err error) bool {
	operation := (*net.OpError)(nil)
	return errors.As(err, &operation) && operation.Op == alert
}

// Reason says why a handshake failed. It contains nothing that differs the next time, such
// as a port, so that a failure that lasts reads the same each time.
func Reason(err error) string {
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, context.DeadlineExceeded):
		return "it did not answer in time"
	case errors.Is(err, errFlood):
		return errFlood.Error()
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "it closed the connection without an answer"
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return "it reset the connection"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "it does not accept connections"
	}
	if operation := (*net.OpError)(nil); errors.As(err, &operation) {
		err = operation.Err
		if operation.Op == alert {
			return "it refused the handshake: " + quoted(strings.TrimPrefix(err.Error(), "tls: "))
		}
	}
	return quoted(err.Error()) // the error may quote the server
}

// maxQuoted limits what is told of the words of a server, in characters.
const maxQuoted = 80

// quoted returns the beginning of a string, without control characters.
func quoted(text string) string {
	if utf8.RuneCountInString(text) <= maxQuoted {
		return Printable(text)
	}
	return Printable(string([]rune(text[:min(len(text), 4*maxQuoted)])[:maxQuoted-1])) + "…"
}

// Printable returns a text without control characters: others choose it.
func Printable(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return '?'
	}, text)
}
