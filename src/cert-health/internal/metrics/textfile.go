package metrics

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"cert-health/internal/atomicfile"
)

// TextfileName is the file's name in the collector's directory: node_exporter reads files
// that end in .prom (collector/textfile.go there), and so no temporary file.
const TextfileName = "cert-health.prom"

// textfileMode lets every user read the file: the collector runs as a user of its own, and
// the contents are public, since TLS shows them to every peer.
const textfileMode = 0o644

// Textfile writes the metrics into the directory of node_exporter's textfile collector.
func (e *Exporter) Textfile(dir string) error {
	return atomicfile.WriteFunc(filepath.Join(dir, TextfileName), textfileMode, e.Write)
}

// RemoveTextfile removes the file, and the temporary files of an agent that was killed. An
// agent that stops leaves no metrics; one that was killed leaves a file that gets older,
// which an alert rule reports.
func RemoveTextfile(dir string) error {
	path := filepath.Join(dir, TextfileName)
	atomicfile.RemoveTemporary(path)
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove the textfile: %w", err)
	}
	return nil
}
