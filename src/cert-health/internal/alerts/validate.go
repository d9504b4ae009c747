package alerts

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"cert-health/internal/notify"
	"cert-health/internal/strict"
)

// levels are bosh-utils' log levels.
func levels() []string { return []string{"debug", "info", "warn", "error", "none"} }

// Problems gives each receiver without a name its default name, and returns all faults of the
// values.
func (s *Settings) Problems() strict.Problems {
	var v validator
	v.oneOf("log_level", strings.ToLower(s.LogLevel), levels())
	v.positive("incidents.repeat_interval", int(s.Incidents.RepeatInterval))
	v.positive("incidents.forget_after", int(s.Incidents.ForgetAfter))
	v.positive("limits.deployments", s.Limits.Deployments)
	v.positive("limits.instances", s.Limits.Instances)
	v.positive("limits.certificates", s.Limits.Certificates)
	v.positive("delivery.timeout", int(s.Delivery.Timeout))
	v.positive("delivery.queue", s.Delivery.Queue)
	v.positive("textfile.interval", int(s.Textfile.Interval))
	if s.Textfile.Directory != "" && !path.IsAbs(s.Textfile.Directory) {
		v.fail("textfile.directory must be absolute")
	}
	if _, err := notify.NewTemplates(s.Templates); err != nil {
		v.fail("templates: %s", strings.ReplaceAll(err.Error(), "\n", "; "))
	}
	return append(v.problems, s.Receivers.Problems()...)
}

type validator struct{ problems strict.Problems }

func (v *validator) fail(format string, values ...any) {
	v.problems = append(v.problems, fmt.Sprintf(format, values...))
}

func (v *validator) positive(path string, value int) {
	if value <= 0 {
		v.fail("%s must be greater than 0", path)
	}
}

func (v *validator) oneOf(path, word string, known []string) {
	if !slices.Contains(known, word) {
		v.fail("%s must be one of %s%s", path, strings.Join(known, ", "), strict.Hint(word, known))
	}
}
