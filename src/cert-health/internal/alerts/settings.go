package alerts

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"cert-health/internal/alerts/incident"
	"cert-health/internal/notify"
	"cert-health/internal/strict"
)

// Settings are the properties of the job. docs/alerts.md explains every key.
type Settings struct {
	Log       string          `yaml:"log"`
	LogLevel  string          `yaml:"log_level"`
	Incidents incident.Policy `yaml:"incidents"`
	Limits    incident.Limits `yaml:"limits"`
	Delivery  notify.Delivery `yaml:"delivery"`
	Templates notify.Sources  `yaml:"templates"`
	Textfile  Textfile        `yaml:"textfile"`
	notify.Receivers
}

// Textfile says where and how often metrics are written.
type Textfile struct {
	Directory string        `yaml:"directory"` // empty: metrics are not written
	Interval  time.Duration `yaml:"interval"`
}

// memory is the file with the incidents. It is beside the log, because the container of the
// Health Monitor can write nowhere else.
func (s *Settings) memory() string { return filepath.Join(filepath.Dir(s.Log), "incidents.json") }

// Defaults are the default settings, which are those in the spec of the job.
func Defaults() Settings {
	return Settings{
		Log:      "/var/vcap/sys/log/cert-health-alerts/cert-health-alerts.log",
		LogLevel: "info",
		Incidents: incident.Policy{
			OpenAfter: time.Minute, UpdateInterval: 5 * time.Minute,
			RepeatInterval: 24 * time.Hour, ForgetAfter: 49 * time.Hour,
		},
		Limits:   incident.Limits{Deployments: 100, Instances: 5000, Certificates: 1000},
		Delivery: notify.Delivery{Timeout: 10 * time.Second, Queue: 100, GiveUpAfter: time.Hour},
		Textfile: Textfile{Interval: 15 * time.Second},
	}
}

// property is the property of the job that contains the settings.
const property = "cert_health_alerts"

// Load reads settings over the defaults. With an error it returns what could be read, so that
// the error can be written to the log that the settings name.
func Load(file string) (Settings, error) {
	contents, err := os.ReadFile(file)
	if err != nil {
		return Defaults(), fmt.Errorf("read the settings: %w", err)
	}
	return Parse(contents)
}

// Parse reads settings over the defaults and returns all problems as one error of one line. No
// problem quotes a value: it may be a secret in the wrong line.
func Parse(contents []byte) (Settings, error) {
	settings := Defaults()
	if problems := strict.JSON(contents, property, &settings); len(problems) > 0 {
		return settings, errors.New("the settings are not valid: " + strings.Join(problems, "; "))
	}
	return settings, nil
}
