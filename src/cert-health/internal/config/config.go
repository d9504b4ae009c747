// Package config is the configuration file of cert-health. It is composed of the options of the
// packages that it configures: their yaml tags are the keys of the file, and the keys of the
// file are the names of the job's properties below cert_health.
package config

import (
	"time"

	"cert-health/internal/budget"
	"cert-health/internal/discover"
	"cert-health/internal/metrics"
	"cert-health/internal/report"
	"cert-health/internal/served"
	"cert-health/internal/uplink"
	"cert-health/internal/verdict"
)

// Config is the whole file. docs/configuration.md explains every key.
type Config struct {
	Instance report.Instance `yaml:"instance"` // overrides the values in /var/vcap/instance
	// DeployCommand deploys the deployment, and may have placeholders. The steps of findings name it.
	DeployCommand string `yaml:"deploy_command"`

	Scan       Scan `yaml:"scan"`
	Sources    `yaml:",inline"`
	Thresholds verdict.Thresholds `yaml:"thresholds"`
	Rules      []verdict.Rule     `yaml:"rules"`
	Ignore     []verdict.Ignore   `yaml:"ignore"`
	Agent      Agent              `yaml:"agent"`
	Alerts     Alerts             `yaml:"alerts"`
	Metrics    Metrics            `yaml:"metrics"`
	Served     Served             `yaml:"served"`
	Hub        uplink.Options     `yaml:"hub"` // without a URL, nothing is reported to a hub
}

// Scan says which files are scanned, and how.
type Scan struct {
	discover.Options `yaml:",inline"`
	// Extra is more than the globs of discover.Options: it has thresholds too, which belong to
	// the policy.
	Extra []Extra `yaml:"extra"`
	// BuiltIn names the VM's own files that are scanned.
	BuiltIn []string `yaml:"built_in"`
}

// Served says how to look at the certificates that the VM's processes serve.
type Served struct {
	Enabled        bool `yaml:"enabled"`
	served.Options `yaml:",inline"`
}

// Metrics says where metrics for Prometheus are written, and which. Without an address and a
// directory, none are.
type Metrics struct {
	Address       string      `yaml:"address"`        // of the server
	TextfileDir   string      `yaml:"textfile_dir"`   // of node_exporter's textfile collector
	All           bool        `yaml:"all"`            // list healthy certificates too
	MaxPlacements int         `yaml:"max_placements"` // listed individually
	TLS           metrics.TLS `yaml:"tls"`
}

// Agent says how the agent works.
type Agent struct {
	ScanInterval    time.Duration `yaml:"scan_interval"`
	CompareInterval time.Duration `yaml:"compare_interval"`
	DataDir         string        `yaml:"data_dir"` // for the report, the status files and the memory
}

// Alerts says where alerts are sent, and when.
type Alerts struct {
	Enabled     bool          `yaml:"enabled"`
	Address     string        `yaml:"address"` // bosh-agent's mail port; if empty, none are sent
	RemindAfter time.Duration `yaml:"remind_after"`
	// QuietAfterStart is how long no alert is sent after the start. A deploy starts jobs in any
	// order, and repairs some of the findings.
	QuietAfterStart time.Duration `yaml:"quiet_after_start"`
}

// sshPort is the port of a server that speaks no TLS and logs every connection.
const sshPort = 22

// Default returns the configuration that a file changes.
func Default() Config {
	return Config{
		Scan: Scan{
			Options: discover.Options{MaxFileSize: discover.DefaultMaxFileSize, MaxFiles: budget.Files.Limit()},
			BuiltIn: discover.BuiltIn(),
		},
		Sources:    Sources{}.withDefaults(),
		Thresholds: verdict.DefaultThresholds(),
		Agent: Agent{
			ScanInterval: time.Minute, CompareInterval: 10 * time.Minute, DataDir: "/var/vcap/data/cert-health",
		},
		Served: Served{
			Enabled: true,
			Options: served.Options{Interval: served.DefaultInterval, Never: served.Never{Ports: []uint16{sshPort}}},
		},
		Hub:     uplink.Options{Identity: uplink.ByCertificate, Interval: uplink.DefaultInterval},
		Metrics: Metrics{MaxPlacements: metrics.DefaultMaxPlacements},
		Alerts:  Alerts{Enabled: true, RemindAfter: 24 * time.Hour, QuietAfterStart: 2 * time.Minute},
	}
}
