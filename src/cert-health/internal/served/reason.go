package served

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"net"
	"os"
	"strings"
	"syscall"
	"unicode/utf8"
)

// errDenied is the kernel's error for a process that the agent may not see.
var errDenied = fs.ErrPermission

func absent(err error) bool { return errors.Is(err, fs.ErrNotExist) }

// cause returns the error of the operating system without its path: a Problem has the path
// as processes on the VM see it.
func cause(err error) string {
	if path := (*fs.PathError)(nil); errors.As(err, &path) {
		err = path.Err
	}
	return err.Error()
}

// alert is the operation in the errors of crypto/tls for an alert of the other side.
const alert = "remote error"

// reason says why a probe failed. It contains nothing that differs in the next probe, such
// as a port, so that a failure that lasts reads the same each time.
func reason(err error) string {
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
		return printable(text)
	}
	return printable(string([]rune(text[:min(len(text), 4*maxQuoted)])[:maxQuoted-1])) + "…"
}
