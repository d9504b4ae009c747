package metrics

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// TextfileName is the file's name in the collector's folder: node_exporter reads what
// ends in .prom (collector/textfile.go there).
const TextfileName = "cert-health.prom"

// temporary is how the file's predecessors begin. node_exporter passes them over.
const temporary = "." + TextfileName + "-"

// textfileMode lets every user read the file: the collector runs as one of its own, and
// what is in it is what TLS shows to every peer. The folder decides who gets to it.
const textfileMode = 0o644

// Textfile writes the metrics into the folder of node_exporter's textfile collector, in one
// piece: whoever reads sees the old file or the new.
func (e *Exporter) Textfile(dir string) error {
	file, err := os.CreateTemp(dir, temporary)
	if err != nil {
		return failed(dir, err)
	}
	defer os.Remove(file.Name()) // there is none any more when all went well
	err = e.Write(file)
	if err == nil {
		err = file.Chmod(textfileMode)
	}
	if closed := file.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Rename(file.Name(), filepath.Join(dir, TextfileName))
	}
	if err != nil {
		return failed(dir, err)
	}
	return nil
}

// RemoveTextfile takes the file away, and what an agent that was killed has left beside
// it. A stopped agent has nothing to say; one that was killed leaves a file that ages, which
// an alert rule sees.
func RemoveTextfile(dir string) error {
	// The pattern is well-formed, and a file that cannot be removed does no harm.
	left, _ := filepath.Glob(filepath.Join(dir, temporary+"*"))
	for _, file := range left {
		_ = os.Remove(file)
	}
	if err := os.Remove(filepath.Join(dir, TextfileName)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove the textfile: %w", err)
	}
	return nil
}

// failed says what the operating system said, without the temporary file's name: a
// failure that lasts has to read the same each time, to be logged once.
func failed(dir string, err error) error {
	var path *os.PathError
	var link *os.LinkError
	switch {
	case errors.As(err, &path):
		err = path.Err
	case errors.As(err, &link):
		err = link.Err
	}
	return fmt.Errorf("write %s: %w", filepath.Join(dir, TextfileName), err)
}
