package alerts

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"cert-health/internal/alerts/incident"
	"cert-health/internal/notify"
	"cert-health/internal/strict"
)

// Settings are what the job's script hands over. docs/alerts.md explains every key.
type Settings struct {
	Log           string                `yaml:"log"`
	LogLevel      string                `yaml:"log_level"`
	Incidents     incident.Policy       `yaml:"incidents"`
	Limits        incident.Limits       `yaml:"limits"`
	Delivery      notify.Delivery       `yaml:"delivery"`
	Templates     notify.Sources        `yaml:"templates"`
	Webhooks      []notify.Webhook      `yaml:"webhooks"`
	Slack         []notify.Slack        `yaml:"slack"`
	Alertmanagers []notify.Alertmanager `yaml:"alertmanagers"`
	Textfile      Textfile              `yaml:"textfile"`
}

// Textfile says where metrics are written, and how often.
type Textfile struct {
	Directory string        `yaml:"directory"` // empty: nowhere
	Interval  time.Duration `yaml:"interval"`
}

// Defaults are the settings where nothing is said. They are those of the job's spec.
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

// property is the property of the job that the settings are.
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
