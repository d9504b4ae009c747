package alerts

import (
	"path"
	"strings"

	"cert-health/internal/notify"
	"cert-health/internal/strict"
)

// levels are bosh-utils' log levels.
func levels() []string { return []string{"debug", "info", "warn", "error", "none"} }

// Problems gives each receiver without a name its default name, and returns all faults of the
// values.
func (s *Settings) Problems() (problems strict.Problems) {
	problems.OneOf("log_level", strings.ToLower(s.LogLevel), levels())
	problems.Positive("incidents.repeat_interval", int64(s.Incidents.RepeatInterval))
	problems.Positive("incidents.forget_after", int64(s.Incidents.ForgetAfter))
	problems.Positive("limits.deployments", int64(s.Limits.Deployments))
	problems.Positive("limits.instances", int64(s.Limits.Instances))
	problems.Positive("limits.certificates", int64(s.Limits.Certificates))
	problems.Positive("delivery.timeout", int64(s.Delivery.Timeout))
	problems.Positive("delivery.queue", int64(s.Delivery.Queue))
	problems.Positive("textfile.interval", int64(s.Textfile.Interval))
	if s.Textfile.Directory != "" && !path.IsAbs(s.Textfile.Directory) {
		problems.Add("textfile.directory must be absolute")
	}
	if _, err := notify.NewTemplates(s.Templates); err != nil {
		problems.Add("templates: %s", strings.ReplaceAll(err.Error(), "\n", "; "))
	}
	return append(problems, s.Receivers.Problems()...)
}
