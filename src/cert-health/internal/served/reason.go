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
)

// errDenied is what the kernel says to whom it does not show a process.
var errDenied = fs.ErrPermission

func absent(err error) bool { return errors.Is(err, fs.ErrNotExist) }

// cause is what the operating system said, without a path: a Problem has the path as
// the VM sees it.
func cause(err error) string {
	if path := (*fs.PathError)(nil); errors.As(err, &path) {
		err = path.Err
	}
	return err.Error()
}

// alert is the operation of which crypto/tls calls an alert of the other side an error.
const alert = "remote error"

// reason says why a probe failed, in the same words each time: no port of ours, no
// address, nothing that the next probe would have otherwise.
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
			return "it refused the handshake: " + strings.TrimPrefix(err.Error(), "tls: ")
		}
	}
	return printable(err.Error()) // it may quote the server
}
