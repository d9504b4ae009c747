package vault

import (
	"strings"

	"cert-health/internal/strict"
	"cert-health/internal/vault/client"
	agent "cert-health/internal/vault/source"
)

// Options of one source. The address is required.
type Options struct {
	Client client.Options `yaml:",inline"`

	// Namespaces below the one of the client are searched, each with the same paths; / is the client's
	// own. Empty: only its own.
	Namespaces []string `yaml:"namespaces"`
	// Paths are searched with everything below them. They include the mount ("secret/cf"). * is every
	// KV engine that the token sees. Empty: none, if there are PKI engines, and otherwise *.
	Paths []string `yaml:"paths"`
	// Exclude are globs over the paths of secrets and certificates that are not read.
	Exclude []string `yaml:"exclude"`
	// History is how many older versions of each secret are read too.
	History int `yaml:"history"`
	// PKI are the mounts of PKI engines whose issued certificates are read; * is all that the token sees.
	PKI []string `yaml:"pki"`
	// MaxSecrets bounds the secrets, and the certificates of each PKI engine; 0 is DefaultMaxSecrets.
	MaxSecrets int `yaml:"max_secrets"`
}

// DefaultMaxSecrets is the largest number of secrets that are read.
const DefaultMaxSecrets = 50_000

// maxHistory is the largest number of older versions. Vault keeps ten by default.
const maxHistory = 100

// every is the path that stands for all engines.
const every = "*"

func (o Options) withDefaults() Options {
	if len(o.Paths) == 0 && len(o.PKI) == 0 {
		o.Paths = []string{every}
	}
	if len(o.Namespaces) == 0 {
		o.Namespaces = []string{""}
	}
	if o.MaxSecrets == 0 {
		o.MaxSecrets = DefaultMaxSecrets
	}
	return o
}

// Problems returns all faults of the values, each with the path of its key.
func (o *Options) Problems() (p strict.Problems) {
	if o.Client.Address == "" {
		p.Add("address is missing: write the URL of Vault, as in https://vault.example:8200")
	} else {
		p = append(p, o.common()...)
	}
	if o.History > maxHistory {
		p.Add("history must be at most %d", maxHistory)
	}
	for _, glob := range o.Exclude {
		p.Check("exclude", strict.CheckGlob(glob))
	}
	if o.Client.Version != 0 && len(o.PKI)+len(o.Namespaces) > 0 {
		p.Add("kv_version cannot be set with namespaces or pki: without it, Vault is asked for its engines")
	}
	return p
}

// common are the problems of the settings that the agent has too.
func (o *Options) common() (problems strict.Problems) {
	same := agent.Options{Client: o.Client, Mode: agent.Data, Timeout: 1, MaxSecrets: 1, Paths: o.Paths}
	if same.Client.Concurrency == 0 {
		same.Client.Concurrency = client.DefaultConcurrency
	}
	if len(same.Paths) == 0 {
		same.Paths = []string{every}
	}
	for _, problem := range same.Problems() {
		problems = append(problems, strings.ReplaceAll(problem, "vault.", ""))
	}
	return problems
}
