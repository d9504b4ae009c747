package discover

import (
	"errors"
	"os"
	"slices"
	"syscall"

	"cert-health/internal/extract/keystore"
	"cert-health/internal/secret"
)

// passwordsOf returns the passwords to try for a store: the configured ones first.
func (s *Scanner) passwordsOf(vmPath string) ([]secret.Value, []error) {
	return keystore.Find(s.readVM, slices.Concat(s.options.Passwords, keystore.Known()), vmPath)
}

// readVM reads the beginning of a file of the VM that contains a password.
func (s *Scanner) readVM(vmPath string) ([]byte, error) {
	target, err := s.resolve(vmPath)
	if err != nil {
		return nil, errors.New(cause(err))
	}
	return readSmall(target)
}

// maxSmall is how much is read of a file that contains a password, in bytes.
const maxSmall = 1 << 20

// readSmall reads the beginning of a regular file, into memory that can be wiped as a whole. It
// refuses a FIFO or a device, which could block without end.
func readSmall(path string) ([]byte, error) {
	file, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, errors.New(cause(err))
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, errors.New(cause(err))
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("it is not a regular file")
	}
	contents := make([]byte, min(info.Size(), maxSmall))
	n, err := fill(file, contents)
	if err != nil {
		return contents[:n], errors.New(cause(err))
	}
	return contents[:n], nil
}
