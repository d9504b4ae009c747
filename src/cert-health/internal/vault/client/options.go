// Package client is a client for the KV secrets engines of HashiCorp Vault, versions 1 and 2. It
// logs in and stays logged in, finds mounts, lists secrets, and reads their certificates and their
// public metadata. It explains each failure in one sentence with the remedy.
//
// Only public data leaves this package, except for Values, with which an operator's commands write secrets. A secret
// is parsed in a buffer that is wiped afterwards. The values of keys that are usual for private keys are not searched.
// The buffers of the HTTP library cannot be wiped.
package client

import (
	"time"

	"cert-health/internal/secret"
)

// Options of one client. Address is required.
type Options struct {
	Address   string `yaml:"address"`
	Namespace string `yaml:"namespace"`
	CACert    string `yaml:"ca_cert"` // the CAs of the certificate of Vault, in PEM, or a file with them; empty: the system's CAs

	// Environment says what was taken from the environment: messages name the variables of the
	// vault program.
	Environment Environment `yaml:"-"`

	// Prefix begins the names of settings in messages; empty is "cert_health.vault.". Owner is the
	// program that logs in, in the names of its credentials; empty is "agent".
	Prefix string `yaml:"-"`
	Owner  string `yaml:"-"`

	// Version is the version of the KV engine; 0 asks Vault.
	Version int `yaml:"kv_version"`
	// Mount is the part of a path that is the mount. It is used together with Version if the
	// policy of the token does not permit to ask Vault.
	Mount string `yaml:"mount"`

	// RedirectHosts are the hosts, with or without a port, to which Vault may redirect a request and
	// so its token: the nodes of a cluster. `*` stands for any text before the last dot of a name.
	RedirectHosts []string `yaml:"redirect_hosts"`

	Auth Auth `yaml:"auth"`

	Concurrency int           `yaml:"concurrency"` // number of concurrent requests; 0 is DefaultConcurrency
	Rate        float64       `yaml:"rate"`        // requests a second; 0 is no limit
	Burst       int           `yaml:"-"`           // requests that Rate permits at once; 0 is Concurrency
	MaxRetries  int           // of one request after 429, 412 or 5xx; 0 is DefaultMaxRetries, less is none
	RequestTime time.Duration `yaml:"-"` // of one request with its retries; 0 is maxRequestTime
	MaxWait     time.Duration // between two attempts, unless Vault requests more; 0 is DefaultMaxWait

	Now func() time.Time // the clock; nil is time.Now
}

// Auth says how to log in. The first method that is set is used.
type Auth struct {
	Token     secret.Value `yaml:"token"`
	TokenFile string       `yaml:"token_file"` // read by every Authenticate, because another process renews it

	AppRole AppRole `yaml:"approle"`
	Cert    Cert    `yaml:"cert"`
	JWT     JWT     `yaml:"jwt"`
}

// AppRole logs in with the identifier of a role and a secret id.
type AppRole struct {
	Mount    string       `yaml:"mount"` // of the auth method; empty is "approle"
	RoleID   string       `yaml:"role_id"`
	SecretID secret.Value `yaml:"secret_id"`
	// SecretIDFile contains the secret id. If Wrapped is set, it contains a token that
	// unwraps the secret id once.
	SecretIDFile string `yaml:"secret_id_file"`
	Wrapped      bool   `yaml:"wrapped"`
}

// Cert logs in with a TLS client certificate.
type Cert struct {
	Mount       string       `yaml:"mount"`       // of the auth method; empty is "cert"
	Role        string       `yaml:"role"`        // empty lets Vault choose by the certificate
	Certificate string       `yaml:"certificate"` // PEM, or a file
	Key         secret.Value `yaml:"private_key"` // PEM, or a file
}

// JWT logs in with a signed token of another issuer.
type JWT struct {
	Mount string `yaml:"mount"` // of the auth method; empty is "jwt"
	Role  string `yaml:"role"`  // empty is the method's default role
	File  string `yaml:"file"`  // read by every log-in
}

// The default limits.
const (
	DefaultConcurrency = 8
	DefaultMaxRetries  = 4
	DefaultMaxWait     = 10 * time.Second
)

func (o Options) withDefaults() Options {
	if o.Concurrency <= 0 {
		o.Concurrency = DefaultConcurrency
	}
	if o.MaxRetries == 0 {
		o.MaxRetries = DefaultMaxRetries
	}
	if o.Burst <= 0 {
		o.Burst = o.Concurrency
	}
	if o.MaxWait == 0 {
		o.MaxWait = DefaultMaxWait
	}
	o.MaxRetries = max(0, o.MaxRetries)
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}
