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
	Log           string                `json:"log"`
	LogLevel      string                `json:"log_level"`
	Incidents     Incidents             `json:"incidents"`
	Limits        Limits                `json:"limits"`
	Delivery      Delivery              `json:"delivery"`
	Templates     notify.Sources        `json:"templates"`
	Webhooks      []notify.Webhook      `json:"webhooks"`
	Slack         []notify.Slack        `json:"slack"`
	Alertmanagers []notify.Alertmanager `json:"alertmanagers"`
	Textfile      Textfile              `json:"textfile"`
}

// Incidents are the times that incident.Policy explains.
type Incidents struct {
	OpenAfter      Duration `json:"open_after"`
	UpdateInterval Duration `json:"update_interval"`
	RepeatInterval Duration `json:"repeat_interval"`
	ForgetAfter    Duration `json:"forget_after"`
}

// Limits are those of incident.Limits.
type Limits struct {
	Deployments  int `json:"deployments"`
	Instances    int `json:"instances"`
	Certificates int `json:"certificates"`
}

// Delivery is notify.Delivery.
type Delivery struct {
	Timeout     Duration `json:"timeout"`
	Queue       int      `json:"queue"`
	GiveUpAfter Duration `json:"give_up_after"`
}

// Textfile says where metrics are written, and how often.
type Textfile struct {
	Directory string   `json:"directory"` // empty: nowhere
	Interval  Duration `json:"interval"`
}

// Defaults are the settings where nothing is said. They are those of the job's spec.
func Defaults() Settings {
	return Settings{
		Log:      "/var/vcap/sys/log/cert-health-alerts/cert-health-alerts.log",
		LogLevel: "info",
		Incidents: Incidents{
			OpenAfter: Duration(time.Minute), UpdateInterval: Duration(5 * time.Minute),
			RepeatInterval: Duration(24 * time.Hour), ForgetAfter: Duration(49 * time.Hour),
		},
		Limits:   Limits{Deployments: 100, Instances: 5000, Certificates: 1000},
		Delivery: Delivery{Timeout: Duration(10 * time.Second), Queue: 100, GiveUpAfter: Duration(time.Hour)},
		Textfile: Textfile{Interval: Duration(15 * time.Second)},
	}
}

// Load reads settings over the defaults. What could be read is returned with the
// error too, so that the error can be written to the log that they name.
func Load(file string) (Settings, error) {
	contents, err := os.ReadFile(file)
	if err != nil {
		return Defaults(), fmt.Errorf("read the settings: %w", err)
	}
	return Parse(contents)
}

// Parse reads settings over the defaults, with every problem there is as one error.
// No problem quotes a value: it may be a secret in the wrong line.
func Parse(contents []byte) (Settings, error) {
	settings := Defaults()
	d := decoder{}
	d.decode(contents, &settings)
	if len(d.problems) == 0 {
		d.problems = settings.validate()
	}
	if len(d.problems) > 0 {
		return settings, errors.New("the settings are not usable: " + strings.Join(d.problems, "; "))
	}
	return settings, nil
}

func (i Incidents) policy() incident.Policy {
	return incident.Policy{
		OpenAfter: time.Duration(i.OpenAfter), UpdateInterval: time.Duration(i.UpdateInterval),
		RepeatInterval: time.Duration(i.RepeatInterval), ForgetAfter: time.Duration(i.ForgetAfter),
	}
}

func (d Delivery) delivery() notify.Delivery {
	return notify.Delivery{Timeout: time.Duration(d.Timeout), Queue: d.Queue, GiveUpAfter: time.Duration(d.GiveUpAfter)}
}

// Duration is written 90m, 24h or 30d.
type Duration time.Duration

// UnmarshalText implements encoding.TextUnmarshaler.
func (d *Duration) UnmarshalText(text []byte) error {
	parsed, ok := strict.ParseDuration(string(text))
	if !ok {
		return errors.New("is no duration: write 90s, 24h or 30d")
	}
	*d = Duration(parsed)
	return nil
}
