// Package config is the file that tells cert-health what to do. It is strict: a
// key that is not known, a value of the wrong kind and a glob that cannot match
// are errors, all of them reported at once, each with its path in the file.
package config

import (
	"time"

	"cert-health/internal/discover"
	"cert-health/internal/metrics"
	"cert-health/internal/secret"
	"cert-health/internal/served"
	"cert-health/internal/strict"
	"cert-health/internal/vault/client"
	"cert-health/internal/vault/source"
	"cert-health/internal/verdict"
)

// Config is the whole file. docs/configuration.md explains every key.
type Config struct {
	Instance   Instance   `yaml:"instance"`
	Scan       Scan       `yaml:"scan"`
	Vault      Vault      `yaml:"vault"`
	Thresholds Thresholds `yaml:"thresholds"`
	Rules      []Rule     `yaml:"rules"`
	Ignore     []Ignore   `yaml:"ignore"`
	Agent      Agent      `yaml:"agent"`
	Alerts     Alerts     `yaml:"alerts"`
	Metrics    Metrics    `yaml:"metrics"`
	Served     Served     `yaml:"served"`
}

// Served says how to look at what the VM's own processes show.
type Served struct {
	Enabled    bool     `yaml:"enabled"`
	Interval   Duration `yaml:"interval"`    // between two probes of a socket at least
	NeverPorts []int    `yaml:"never_ports"` // that are not touched
	NeverJobs  []string `yaml:"never_jobs"`  // of which no port is touched
}

// Metrics says how what is found becomes metrics for Prometheus; without an address and
// a folder it does not.
type Metrics struct {
	Address       string    `yaml:"address"`        // to serve them on
	TextfileDir   string    `yaml:"textfile_dir"`   // of node_exporter's textfile collector
	All           bool      `yaml:"all"`            // list healthy certificates too
	MaxPlacements int       `yaml:"max_placements"` // listed one by one at most
	TLS           ServerTLS `yaml:"tls_server_config"`
}

// ServerTLS has the keys of the web configuration of Prometheus's exporters.
type ServerTLS struct {
	CertFile          string   `yaml:"cert_file"`
	KeyFile           string   `yaml:"key_file"`
	ClientCAFile      string   `yaml:"client_ca_file"`
	ClientAuthType    string   `yaml:"client_auth_type"`
	ClientAllowedSANs []string `yaml:"client_allowed_sans"`
}

// Agent says how the agent works.
type Agent struct {
	ScanInterval    Duration `yaml:"scan_interval"`
	CompareInterval Duration `yaml:"compare_interval"`
	DataDir         string   `yaml:"data_dir"` // for the report, the status files and what is remembered
}

// Alerts says where alerts are sent.
type Alerts struct {
	Address     string   `yaml:"address"` // bosh-agent's mail port; empty sends none
	RemindAfter Duration `yaml:"remind_after"`
	// QuietAfterStart is how long no alert is sent: a deploy starts jobs in any
	// order, and what it is about to repair is no news.
	QuietAfterStart Duration `yaml:"quiet_after_start"`
}

// Instance overrides what /var/vcap/instance says of the VM.
type Instance struct {
	Deployment string `yaml:"deployment"`
	Group      string `yaml:"group"`
	ID         string `yaml:"id"`
	AZ         string `yaml:"az"`
	Address    string `yaml:"address"`
}

// Scan says where to look.
type Scan struct {
	Paths       []string `yaml:"paths"`
	Exclude     []string `yaml:"exclude"`
	MaxFileSize int64    `yaml:"max_file_size"` // bytes
	MaxFiles    int      `yaml:"max_files"`
	Extra       []Extra  `yaml:"extra"`
	// BuiltIn names the VM's own files that are scanned.
	BuiltIn []string `yaml:"built_in"`
	// Passwords open key stores.
	Passwords []Password `yaml:"passwords"`
}

// Password is that of the key stores whose path the glob matches, or where it stands.
type Password struct {
	Glob     string       `yaml:"glob"`
	Password secret.Value `yaml:"password"` // may be empty
	File     string       `yaml:"file"`     // that holds it and nothing else
	Script   string       `yaml:"script"`   // in which the variable is given its value
	Variable string       `yaml:"variable"`
}

// Vault says what to compare with; without an address, nothing.
type Vault struct {
	Address     string   `yaml:"address"`
	Mode        string   `yaml:"mode"` // metadata or data
	Namespace   string   `yaml:"namespace"`
	CACert      string   `yaml:"ca_cert"` // file
	Paths       []string `yaml:"paths"`
	Mount       string   `yaml:"mount"`
	KVVersion   int      `yaml:"kv_version"`
	Auth        Auth     `yaml:"auth"`
	Timeout     Duration `yaml:"timeout"`
	Concurrency int      `yaml:"concurrency"`
	Rate        int      `yaml:"rate"` // requests a second; 0 is no limit
	MaxSecrets  int      `yaml:"max_secrets"`
}

// Auth is one way to log in.
type Auth struct {
	Token     secret.Value `yaml:"token"`
	TokenFile string       `yaml:"token_file"`
	AppRole   AppRole      `yaml:"approle"`
	Cert      Cert         `yaml:"cert"`
	JWT       JWT          `yaml:"jwt"`
}

// AppRole is Vault's auth method of that name.
type AppRole struct {
	Mount        string       `yaml:"mount"`
	RoleID       string       `yaml:"role_id"`
	SecretID     secret.Value `yaml:"secret_id"`
	SecretIDFile string       `yaml:"secret_id_file"`
	Wrapped      bool         `yaml:"wrapped"` // the file holds a token that unwraps to the secret id
}

// JWT is Vault's auth method by a signed token that somebody else issues.
type JWT struct {
	Mount string `yaml:"mount"`
	Role  string `yaml:"role"`
	File  string `yaml:"file"`
}

// Cert is Vault's auth method by TLS client certificate.
type Cert struct {
	Mount       string `yaml:"mount"`
	Role        string `yaml:"role"`
	Certificate string `yaml:"certificate"` // file
	Key         string `yaml:"key"`         // file
}

// Thresholds are the times that verdict.Thresholds explains.
type Thresholds struct {
	Expiring     Duration `yaml:"expiring"`
	ExpiringSoon Duration `yaml:"expiring_soon"`
	DriftGrace   Duration `yaml:"drift_grace"`
}

// Scope selects findings; what is empty selects all.
type Scope struct {
	Job     string   `yaml:"job"`
	File    string   `yaml:"file"`
	Subject string   `yaml:"subject"`
	Codes   []string `yaml:"codes"`
}

// Rule changes thresholds or severities within its scope.
type Rule struct {
	Scope      `yaml:",inline"`
	Thresholds `yaml:",inline"`
	Severity   string `yaml:"severity"`
}

// Ignore silences findings within its scope for a reason and a time.
type Ignore struct {
	Scope  `yaml:",inline"`
	Reason string `yaml:"reason"`
	Until  Date   `yaml:"until"`
}

// sshPort is that of a server which speaks no TLS and writes down every visitor.
const sshPort = 22

// Default is the configuration of which a file changes what it names.
func Default() Config {
	t := verdict.DefaultThresholds()
	return Config{
		Scan: Scan{BuiltIn: discover.BuiltIn(), MaxFileSize: discover.DefaultMaxFileSize, MaxFiles: discover.DefaultMaxFiles},
		Vault: Vault{
			Mode:        string(source.Metadata),
			Timeout:     Duration(source.DefaultTimeout),
			Concurrency: client.DefaultConcurrency,
			Rate:        20,
			MaxSecrets:  source.DefaultMaxSecrets,
		},
		Thresholds: Thresholds{
			Expiring: Duration(t.Expiring), ExpiringSoon: Duration(t.ExpiringSoon), DriftGrace: Duration(t.DriftGrace),
		},
		Agent: Agent{
			ScanInterval: Duration(time.Minute), CompareInterval: Duration(10 * time.Minute),
			DataDir: "/var/vcap/data/cert-health",
		},
		Served:  Served{Enabled: true, Interval: Duration(served.DefaultInterval), NeverPorts: []int{sshPort}},
		Metrics: Metrics{MaxPlacements: metrics.DefaultMaxPlacements},
		Alerts:  Alerts{RemindAfter: Duration(24 * time.Hour), QuietAfterStart: Duration(2 * time.Minute)},
	}
}

// Duration is a time.Duration.
type Duration = time.Duration

// Date is a strict.Date.
type Date = strict.Date
