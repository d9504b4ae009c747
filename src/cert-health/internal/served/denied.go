package served

import (
	"errors"
	"io/fs"
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
