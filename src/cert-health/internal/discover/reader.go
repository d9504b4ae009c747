package discover

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"

	"cert-health/internal/cert"
	"cert-health/internal/extract/keystore"
	"cert-health/internal/secret"
)

// headSize is how much of a file decides whether it is text: git takes as much.
const headSize = 8000

// bufferSize holds every file of an ordinary VM whole.
const bufferSize = 128 << 10

// reader reads files one after the other through one buffer.
type reader struct {
	parser cert.Parser
	buffer []byte
	// passwords are those of the store at a path of the VM; nil: none are known.
	passwords func(path string) ([]secret.Value, []error)
}

// limitError is a limit of the configuration, by its name there.
type limitError struct {
	limit string
	bytes int64
	whole bool // nothing was read: half a key store, or revocation list, tells nothing
}

func (e *limitError) Error() string {
	unread := "the rest"
	if e.whole {
		unread = "such a file is read whole, so it"
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
type parse func(file io.Reader, vmPath string, size, limit int64) (cert.Result, error)

// read looks into the file name below root. Of a binary file it reads the head
// only. A file larger than limit is read up to there, and a limitError tells.
//
// A name that became a link, a FIFO or a device since the folder was listed is
// left alone: the file is opened without following links and without blocking.
func read(parse parse, root *os.Root, name, vmPath string, limit int64) (cert.Result, error) {
	file, err := root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK|syscall.O_NOFOLLOW, 0)
	if errors.Is(err, syscall.ELOOP) {
		return cert.Result{}, nil
	}
	if err != nil {
		return cert.Result{}, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil || !info.Mode().IsRegular() || info.Size() == 0 {
		return cert.Result{}, err
	}
	return parse(file, vmPath, info.Size(), limit)
}

// parse finds certificates of whatever form.
func (r *reader) parse(file io.Reader, vmPath string, size, limit int64) (cert.Result, error) {
	want := int(min(size, limit))
	if r.buffer == nil {
		r.buffer = make([]byte, bufferSize)
	}
	buffer := r.buffer
	have, err := fill(file, buffer[:min(want, headSize)])
	kind := keystore.RecogniseBinary(buffer[:have])
	if err != nil || kind == keystore.None && binary(buffer[:have]) {
		return cert.Result{}, err
	}
	if kind != keystore.None && size > limit {
		return cert.Result{}, &limitError{limit: "max_file_size", bytes: limit, whole: true}
	}
	if want > len(buffer) {
		buffer = make([]byte, want)
		copy(buffer, r.buffer[:have])
		defer clear(buffer)
	}
	more, err := fill(file, buffer[have:want])
	contents := buffer[:have+more]
	if kind != keystore.None {
		return r.store(contents, vmPath)
	}
	result := r.parser.Parse(contents)
	for _, bundle := range result.Bundles {
		result.Add(r.bundle(bundle))
	}
	result.Bundles = nil // read, and not to be remembered
	if err == nil && size > limit {
		err = &limitError{limit: "max_file_size", bytes: limit}
	}
	return result, err
}

// fill reads until buffer is full or the file ends: what was cut off since its
// size was asked for is not missed.
func fill(file io.Reader, buffer []byte) (int, error) {
	n, err := io.ReadFull(file, buffer)
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		err = nil
	}
	return n, err
}

// binary tells whether a file that begins so is neither text nor a certificate.
func binary(head []byte) bool {
	return bytes.IndexByte(head, 0) >= 0 && !cert.LooksLikeDER(head)
}

// newReader returns a reader that knows nothing yet but where to ask for passwords.
func newReader(passwords func(path string) ([]secret.Value, []error)) reader {
	return reader{parser: newParser(), passwords: passwords}
}

func newParser() cert.Parser { return cert.Parser{Keys: true, CRLs: true} }

// forget drops the certificates that the parser knows.
func (r *reader) forget() { r.parser = newParser() }

// wipe overwrites the buffer, in which private keys have been.
func (r *reader) wipe() { clear(r.buffer) }
