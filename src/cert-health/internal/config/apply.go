package config

import (
	"fmt"
	"time"

	"cert-health/internal/discover"
	"cert-health/internal/extract/keystore"
	"cert-health/internal/served"
	"cert-health/internal/vault/client"
	"cert-health/internal/vault/source"
	"cert-health/internal/verdict"
)

// Discover returns the options of a scan below root.
func (c *Config) Discover(root string) discover.Options {
	options := discover.Options{
		Root: root, Paths: c.Scan.Paths, Exclude: c.Scan.Exclude,
		MaxFileSize: c.Scan.MaxFileSize, MaxFiles: c.Scan.MaxFiles,
	}
	for _, extra := range c.Scan.Extra {
		options.Extra = append(options.Extra, extra.discover())
	}
	for _, name := range c.Scan.BuiltIn {
		options.Extra = append(options.Extra, discover.Own(name)...)
	}
	for _, p := range c.Scan.Passwords {
		options.Passwords = append(options.Passwords, p.keystore())
	}
	return options
}

func (p Password) keystore() keystore.Password {
	return keystore.Password{
		Glob: p.Glob, Literal: p.Password, File: p.File, Script: p.Script, Variable: p.Variable,
	}
}

// Prober returns the options of a prober, without what a prober is told by its user.
func (s Served) Prober() served.Options {
	options := served.Options{Interval: time.Duration(s.Interval), Never: served.Never{Jobs: s.NeverJobs}}
	for _, port := range s.NeverPorts {
		options.Never.Ports = append(options.Never.Ports, uint16(port))
	}
	return options
}

// Policy returns the policy of the verdict.
func (c *Config) Policy() *verdict.Policy {
	policy := &verdict.Policy{Thresholds: c.Thresholds.verdict()}
	for _, extra := range c.Scan.Extra {
		if rule := extra.rule(); rule.Thresholds != (verdict.Thresholds{}) {
			policy.Rules = append(policy.Rules, rule)
		}
	}
	for _, rule := range c.Rules {
		severity, _ := verdict.ParseSeverity(rule.Severity) // validated; empty leaves it
		policy.Rules = append(policy.Rules, verdict.Rule{
			Scope: rule.Scope.verdict(), Thresholds: rule.Thresholds.verdict(), Severity: severity,
		})
	}
	for _, ignore := range c.Ignore {
		policy.Ignore = append(policy.Ignore, verdict.Ignore{
			Scope: ignore.Scope.verdict(), Reason: ignore.Reason,
			Until: ignore.Until.End,
		})
	}
	return policy
}

func (t Thresholds) verdict() verdict.Thresholds {
	return verdict.Thresholds{
		Expiring:     time.Duration(t.Expiring),
		ExpiringSoon: time.Duration(t.ExpiringSoon),
		DriftGrace:   time.Duration(t.DriftGrace),
	}
}

func (s Scope) verdict() verdict.Scope {
	scope := verdict.Scope{Job: s.Job, File: s.File, Subject: s.Subject}
	for _, code := range s.Codes {
		scope.Codes = append(scope.Codes, verdict.Code(code))
	}
	return scope
}

// Source returns the options of Vault for a VM. An error tells which part of
// a path is not known of this VM.
func (c *Config) Source(instance Instance) (source.Options, error) {
	options := source.Options{
		KV: c.Vault.client(), Deployment: instance.Deployment,
		Mode: source.Mode(c.Vault.Mode), Timeout: time.Duration(c.Vault.Timeout), MaxSecrets: c.Vault.MaxSecrets,
	}
	options.KV.Rate = float64(c.Vault.Rate)
	var err error
	options.Paths, err = c.VaultPaths(instance)
	return options, err
}

// VaultPaths returns the paths to search for a VM. An error tells which part of a path
// is not known of it.
func (c *Config) VaultPaths(instance Instance) ([]string, error) {
	var paths []string
	for _, path := range c.Vault.Paths {
		expanded, err := instance.expand(path)
		if err != nil {
			return nil, err
		}
		paths = append(paths, expanded)
	}
	return paths, nil
}

// Client returns the options of a client of Vault that is bounded by Vault alone.
func (c *Config) Client() client.Options { return c.Vault.client() }

func (v *Vault) client() client.Options {
	a := v.Auth
	return client.Options{
		Address: v.Address, Namespace: v.Namespace, CACert: v.CACert,
		Mount: v.Mount, Version: v.KVVersion, Concurrency: v.Concurrency,
		Auth: client.Auth{
			Token: a.Token, TokenFile: a.TokenFile,
			AppRole: client.AppRole{
				Mount: a.AppRole.Mount, RoleID: a.AppRole.RoleID, SecretID: a.AppRole.SecretID,
				SecretIDFile: a.AppRole.SecretIDFile, Wrapped: a.AppRole.Wrapped,
			},
			Cert: client.Cert(a.Cert), JWT: client.JWT(a.JWT),
		},
	}
}

// expand fills the placeholders of a path.
func (i Instance) expand(path string) (string, error) {
	var failed error
	expanded := placeholder.ReplaceAllStringFunc(path, func(tag string) string {
		name := placeholder.FindStringSubmatch(tag)[1]
		value, _ := i.placeholder(name)
		if value == "" {
			failed = fmt.Errorf("the path %s cannot be filled in: the %s of this VM is not known; set it below instance in the configuration", path, name)
		}
		return value
	})
	return expanded, failed
}

// placeholder returns the value of a placeholder, and whether there is such one.
func (i Instance) placeholder(name string) (value string, known bool) {
	switch name {
	case "deployment":
		return i.Deployment, true
	case "instance_group":
		return i.Group, true
	case "az":
		return i.AZ, true
	}
	return "", false
}
