package config

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"strings"

	"gopkg.in/yaml.v3"
)

// Load reads and validates a file.
func Load(file string) (Config, error) {
	contents, err := os.ReadFile(file)
	if err != nil {
		return Config{}, fmt.Errorf("read the configuration: %w", err)
	}
	config, problems := Parse(contents)
	if len(problems) > 0 {
		return Config{}, fmt.Errorf("%s: %w", file, Problems(problems))
	}
	return config, nil
}

// Problems are all that is wrong with a file, as one error.
type Problems []string

// Error lists the problems, one a line when there are several.
func (p Problems) Error() string {
	if len(p) == 1 {
		return p[0]
	}
	return fmt.Sprintf("%d problems\n  %s", len(p), strings.Join(p, "\n  "))
}

// Parse reads a configuration over the defaults and returns it with everything
// that is wrong with it. No problem quotes a value: it may be a secret that
// slipped into the wrong line.
func Parse(contents []byte) (Config, []string) {
	config := Default()
	var document yaml.Node
	if err := yaml.Unmarshal(contents, &document); err != nil {
		return config, []string{"it is not YAML: " + syntaxError(err)}
	}
	if document.IsZero() {
		return config, nil // an empty file changes nothing
	}
	d := decoder{}
	d.decode(document.Content[0], &config)
	if len(d.problems) > 0 {
		return config, d.problems
	}
	return config, config.validate()
}

var yamlLine = regexp.MustCompile(`line \d+: [a-z ,]+`)

// syntaxError keeps the line and the library's own words of an error and drops
// what it may quote.
func syntaxError(err error) string {
	var typeError *yaml.TypeError
	if errors.As(err, &typeError) {
		return "a value has the wrong type"
	}
	if said := yamlLine.FindString(err.Error()); said != "" {
		return strings.TrimSpace(said)
	}
	return "it cannot be parsed"
}
