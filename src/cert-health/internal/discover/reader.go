package discover

import (
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"

	"cert-health/internal/budget"
	"cert-health/internal/extract"
	"cert-health/internal/extract/found"
)

// bufferSize is larger than any file of an ordinary VM.
const bufferSize = 128 << 10

// reader reads files one after the other through one buffer.
type reader struct {
	extractor *extract.Extractor
	account   *budget.Account // pays for what is read
	buffer    []byte
	large     []byte // for larger files; dropped when a scan ends
	passwords extract.Passwords
}

// limitError is a limit of the configuration that was reached, by its name there.
type limitError struct {
	limit string
	bytes int64
	whole bool // nothing was read: a part of a key store or revocation list is useless
}

func (e *limitError) Error() string {
	unread := "the rest"
	if e.whole {
		unread = "such a file is only read as a whole, so it"
	}
	return fmt.Sprintf("it is larger than %s (%s); %s was not read", e.limit, size(e.bytes), unread)
}

func size(bytes int64) string {
	if bytes >= 1<<20 && bytes%(1<<20) == 0 {
		return fmt.Sprintf("%d MiB", bytes>>20)
	}
	return fmt.Sprintf("%d bytes", bytes)
}

// parse reads at most limit bytes of a file of the given size and parses them.
type parse func(file io.Reader, vmPath string, size, limit int64) (found.Result, error)

// read reads the file name below root. Of a binary file it reads the first bytes only. A file
// larger than limit is read up to the limit, and the error is a limitError.
//
// A name that became a link, a FIFO or a device after the directory was listed is ignored:
// the file is opened without following links and without blocking.
func read(parse parse, root *os.Root, name, vmPath string, limit int64) (found.Result, error) {
	file, err := root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK|syscall.O_NOFOLLOW, 0)
	if errors.Is(err, syscall.ELOOP) {
		return found.Result{}, nil
	}
	if err != nil {
		return found.Result{}, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil || !info.Mode().IsRegular() || info.Size() == 0 {
		return found.Result{}, err
	}
	return parse(file, vmPath, info.Size(), limit)
}

// parse finds certificates of all forms. The budget pays for the first bytes, and then for the
// rest.
func (r *reader) parse(file io.Reader, vmPath string, size, limit int64) (found.Result, error) {
	want := int(min(size, limit))
	if r.buffer == nil {
		r.buffer = make([]byte, bufferSize)
	}
	first := min(want, extract.HeadSize)
	if !r.account.Spend(budget.Bytes, first) {
		return found.Result{}, budget.ErrRefused
	}
	have, err := fill(file, r.buffer[:first])
	extent := extract.ExtentOf(r.buffer[:have])
	switch {
	case err != nil || extent == extract.Nothing:
		return found.Result{}, err
	case extent == extract.Whole && size > limit:
		return found.Result{}, &limitError{limit: "max_file_size", bytes: limit, whole: true}
	case extract.TooLarge(r.buffer[:have], size):
		return found.Result{}, &limitError{limit: "the largest key store that is read", bytes: extract.MaxStore, whole: true}
	case !r.account.Spend(budget.Bytes, want-first):
		return found.Result{}, budget.ErrRefused
	}
	buffer := r.room(want, have)
	defer clear(r.large)
	more, err := fill(file, buffer[have:want])
	result, unread := r.extractor.File(buffer[:have+more], vmPath)
	switch {
	case extent == extract.Whole || unread != nil:
		return result, unread
	case err == nil && size > limit:
		err = &limitError{limit: "max_file_size", bytes: limit}
	}
	return result, err
}

// room returns a buffer of the wanted size, with what was already read.
func (r *reader) room(want, have int) []byte {
	if want <= len(r.buffer) {
		return r.buffer
	}
	if want > cap(r.large) {
		r.large = make([]byte, want)
	}
	r.large = r.large[:want]
	copy(r.large, r.buffer[:have])
	return r.large
}

// fill reads until buffer is full or the file ends. It is not an error if the file has become
// shorter.
func fill(file io.Reader, buffer []byte) (int, error) {
	n, err := io.ReadFull(file, buffer)
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		err = nil
	}
	return n, err
}

// newReader returns a reader that asks for the passwords of key stores.
func newReader(passwords extract.Passwords) reader {
	return reader{extractor: extract.ForFiles(passwords), passwords: passwords}
}

// charge makes the account pay for what is read from now on.
func (r *reader) charge(account *budget.Account) {
	r.account = account
	r.extractor.Charge(account)
}

// forget drops the certificates that the extractor knows.
func (r *reader) forget() {
	*r = reader{extractor: extract.ForFiles(r.passwords), passwords: r.passwords, buffer: r.buffer}
}

// wipe overwrites and drops the buffers, which may have held private keys, after a scan that found
// so many certificates.
func (r *reader) wipe(certificates int) {
	clear(r.buffer)
	clear(r.large)
	r.large = nil
	r.charge(nil)
	r.extractor.Release(certificates)
}
