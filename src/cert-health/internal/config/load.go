package config

import (
	"fmt"

	"cert-health/internal/atomicfile"
	"cert-health/internal/strict"
)

// maxFile is the size of the largest file that is read, in bytes. A configuration with a hundred rules has
// 50 KB, and a distribution's CA bundle 300 KB.
const maxFile = 4 << 20

// Load reads and validates a file.
func Load(file string) (Config, error) {
	contents, err := atomicfile.ReadRegular(file, maxFile)
	if err != nil {
		return Config{}, fmt.Errorf("read the configuration: %w", err)
	}
	config, problems := Parse(contents)
	if len(problems) > 0 {
		return Config{}, fmt.Errorf("%s: %w", file, problems)
	}
	return config, nil
}

// property is the property of the job that the configuration is.
const property = "cert_health"

// Parse reads a configuration over the defaults and returns it with all problems. No problem
// of the file's form quotes a value: it may be a secret in the wrong line.
func Parse(contents []byte) (Config, strict.Problems) {
	config := Default()
	problems := strict.YAML(contents, property, &config)
	return config, problems
}
