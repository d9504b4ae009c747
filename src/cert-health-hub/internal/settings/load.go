package settings

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"cert-health/internal/strict"
)

// property is the property of the job that the settings are.
const property = "cert_health_hub"

// maxSize is more than a file with ten thousand hosts has.
const maxSize = 4 << 20

// Load reads and validates a file. PEM in it goes into files. The error lists all problems, and quotes
// no value.
func Load(file string, files *Files) (Settings, error) {
	contents, err := read(file)
	if err != nil {
		return Settings{}, fmt.Errorf("read the configuration: %w", err)
	}
	settings, problems := Parse(contents, files)
	if len(problems) > 0 {
		return Settings{}, fmt.Errorf("%s: %w", file, problems)
	}
	return settings, nil
}

func read(file string) ([]byte, error) {
	opened, err := os.Open(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("there is no file %s: name one with --config FILE", file)
	}
	if err != nil {
		return nil, err
	}
	defer opened.Close()
	contents, err := io.ReadAll(io.LimitReader(opened, maxSize+1))
	if err == nil && len(contents) > maxSize {
		err = fmt.Errorf("%s is larger than %d MiB, so it is not a configuration of the hub", file, maxSize>>20)
	}
	return contents, err
}

// Parse reads settings over the defaults and returns them with all problems. No problem quotes a
// value: it may be a secret in the wrong line.
func Parse(contents []byte, files *Files) (Settings, strict.Problems) {
	settings := Default()
	settings.files = files
	problems := strict.YAML(contents, property, &settings)
	return settings, problems
}
