// Package settings is the configuration file of the hub. It is composed of the options of the
// packages that it configures: their yaml tags are the keys of the file, and the keys of the file
// are the names of the job's properties below cert_health_hub. docs/hub-configuration.md explains
// every key.
package settings

import (
	"net"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"cert-health/hub/internal/people"
	"cert-health/hub/internal/remind"
	"cert-health/internal/secret"
	"cert-health/internal/verdict"
)

// Settings is the whole file.
type Settings struct {
	Listen        Listen         `yaml:"listen"`
	ExternalURL   string         `yaml:"external_url"` // where people reach the hub; empty: https://localhost and the port
	DrainTime     time.Duration  `yaml:"drain_time"`   // how long the hub waits for open requests when it ends
	Database      Database       `yaml:"database"`
	Sources       []Source       `yaml:"sources"`
	Agents        Agents         `yaml:"agents"`
	Thresholds    Thresholds     `yaml:"thresholds"`
	Login         people.Options `yaml:"login"`
	Notifications remind.Options `yaml:"notifications"`
	Metrics       Metrics        `yaml:"metrics"`
	Log           Log            `yaml:"log"`

	files *Files // for PEM in the file
}

// Listen says where the hub answers, and with which certificate.
type Listen struct {
	Address     string `yaml:"address"`
	Certificate string `yaml:"certificate"` // file in PEM, with the intermediates
	PrivateKey  string `yaml:"private_key"` // file in PEM
	// Insecure answers without TLS, for a hub behind a proxy that has the certificate.
	Insecure bool `yaml:"insecure"`
}

// URL is where people reach the hub: external_url, or this machine.
func (s *Settings) URL() string {
	if s.ExternalURL != "" {
		return strings.TrimRight(s.ExternalURL, "/")
	}
	scheme := "https"
	if s.Listen.Insecure {
		scheme = "http"
	}
	host, port, _ := net.SplitHostPort(s.Listen.Address)
	if address, err := netip.ParseAddr(host); err != nil || address.IsUnspecified() {
		host = "localhost"
	}
	return scheme + "://" + net.JoinHostPort(host, port)
}

// Database says where the hub keeps what it knows.
type Database struct {
	URL    secret.Value `yaml:"url"`     // sqlite:PATH or postgres://…, which holds a password
	CACert string       `yaml:"ca_cert"` // file with the CAs of PostgreSQL; its name is verified too
}

// Location is the URL with the CAs.
func (d Database) Location() string {
	location := d.URL.Reveal()
	if d.CACert == "" {
		return location
	}
	parsed, err := url.Parse(location)
	if err != nil {
		return location // Problems has refused it
	}
	query := parsed.Query()
	query.Set("sslmode", "verify-full")
	query.Set("sslrootcert", d.CACert)
	parsed.RawQuery = query.Encode()
	return parsed.String()
}

// Thresholds are remaining lifetimes. Both are limited to a part of a certificate's own lifetime.
type Thresholds struct {
	Expiring     time.Duration `yaml:"expiring"`
	ExpiringSoon time.Duration `yaml:"expiring_soon"`
}

// Verdict returns the thresholds as package verdict has them.
func (t Thresholds) Verdict() verdict.Thresholds {
	v := verdict.DefaultThresholds()
	v.Expiring, v.ExpiringSoon = t.Expiring, t.ExpiringSoon
	return v
}

// Metrics says what /metrics shows, and to whom.
type Metrics struct {
	Placements bool         `yaml:"placements"` // one sample for each place of each certificate
	Token      secret.Value `yaml:"token"`      // a client must send it; empty: none is needed
}

// Log says what is logged.
type Log struct {
	Level string `yaml:"level"`
}

// Default returns the settings that a file changes.
func Default() Settings {
	days := verdict.DefaultThresholds()
	return Settings{
		Listen:     Listen{Address: ":8443"},
		DrainTime:  10 * time.Second,
		Database:   Database{URL: secret.New("sqlite:/var/vcap/store/cert-health-hub/hub.db")},
		Agents:     defaultAgents(),
		Thresholds: Thresholds{Expiring: days.Expiring, ExpiringSoon: days.ExpiringSoon},
		Login:      people.Default(),
		Log:        Log{Level: "info"},
	}
}
