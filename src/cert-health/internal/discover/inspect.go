package discover

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	"cert-health/internal/extract"
	"cert-health/internal/extract/found"
	"cert-health/internal/extract/keystore"
	"cert-health/internal/secret"
)

// Stdin is the name under which Inspect reads its standard input.
const Stdin = "-"

// Inspect reads the named files. It follows links and reads pipes. A file that cannot be read
// is a Problem; the others are still read.
func Inspect(files []string, stdin io.Reader) *Inventory {
	var c collector
	r := newReader(func(path string) ([]secret.Value, []error) {
		return keystore.Find(readSmall, keystore.Known(), path)
	})
	defer r.wipe()
	for _, name := range files {
		before := len(c.inventory.Problems)
		result, problem := r.inspect(name, stdin)
		if problem != nil {
			problem.File = name
			c.problem(*problem)
		}
		c.take(source{file: name}, result)
		c.book(before, result)
	}
	c.inventory.Mismatches = c.pairs()
	return &c.inventory
}

func (r *reader) inspect(name string, stdin io.Reader) (found.Result, *Problem) {
	input := stdin
	if name != Stdin {
		file, err := os.Open(name)
		if err != nil {
			return found.Result{}, &Problem{Kind: Access, Reason: cause(err)}
		}
		defer file.Close()
		if info, err := file.Stat(); err == nil && info.IsDir() {
			return found.Result{}, &Problem{Kind: Access, Reason: "it is a directory: name files, or use `cert-health scan --root`"}
		}
		input = file
	}
	// The size of a pipe is not known before its end.
	contents, err := io.ReadAll(io.LimitReader(input, DefaultMaxFileSize+1))
	defer clear(contents)
	if err != nil {
		return found.Result{}, &Problem{Kind: Access, Reason: cause(err)}
	}
	result, err := r.parse(bytes.NewReader(contents), name, int64(len(contents)), DefaultMaxFileSize)
	if store := (*extract.StoreError)(nil); errors.As(err, &store) {
		return result, &Problem{Kind: kindOfStore(store), Reason: err.Error()}
	}
	if err != nil {
		return result, &Problem{Kind: Limit, Reason: fmt.Sprint(err)}
	}
	return result, nil
}
