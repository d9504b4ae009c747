package config

import (
	"fmt"
	"slices"

	"cert-health/internal/discover"
	"cert-health/internal/report"
	"cert-health/internal/vault/client"
	"cert-health/internal/vault/source"
	"cert-health/internal/verdict"
)

// Discover returns the options of a scan below root.
func (c *Config) Discover(root string) discover.Options {
	options := c.Scan.Options
	options.Root = root
	for _, extra := range c.Scan.Extra {
		options.Extra = append(options.Extra, extra.discover())
	}
	for _, name := range c.Scan.BuiltIn {
		options.Extra = append(options.Extra, discover.Own(name)...)
	}
	return options
}

// Policy returns the policy of the verdict. The thresholds of further files come before the
// rules, which may change them.
func (c *Config) Policy() *verdict.Policy {
	policy := &verdict.Policy{Thresholds: c.Thresholds, Ignore: c.Ignore}
	for _, extra := range c.Scan.Extra {
		if rule := extra.rule(); rule.Thresholds != (verdict.Thresholds{}) {
			policy.Rules = append(policy.Rules, rule)
		}
	}
	policy.Rules = slices.Concat(policy.Rules, c.Rules)
	return policy
}

// Source returns the options of Vault for a VM. An error says which part of a path is not
// known for this VM.
func (c *Config) Source(instance report.Instance) (source.Options, error) {
	options := c.Vault
	options.Deployment = instance.Deployment
	var err error
	options.Paths, err = c.VaultPaths(instance)
	return options, err
}

// VaultPaths returns the paths to search for a VM. An error says which part of a path is not
// known for this VM.
func (c *Config) VaultPaths(instance report.Instance) ([]string, error) {
	var paths []string
	for _, path := range c.Vault.Paths {
		expanded, err := expand(path, instance)
		if err != nil {
			return nil, err
		}
		paths = append(paths, expanded)
	}
	return paths, nil
}

// Client returns the options of a client of Vault without a limit on its rate.
func (c *Config) Client() client.Options {
	options := c.Vault.KV
	options.Rate = 0
	return options
}

// expand fills the placeholders of a path.
func expand(path string, instance report.Instance) (string, error) {
	var failed error
	expanded := placeholder.ReplaceAllStringFunc(path, func(tag string) string {
		name := placeholder.FindStringSubmatch(tag)[1]
		value, _ := valueOf(name, instance)
		if value == "" {
			failed = fmt.Errorf("vault.paths: %s cannot be expanded, because the %s of this VM is not known: set it below instance in the configuration", path, name)
		}
		return value
	})
	return expanded, failed
}

// valueOf returns the value of a placeholder, and whether there is a placeholder of that name.
func valueOf(name string, instance report.Instance) (value string, known bool) {
	switch name {
	case "deployment":
		return instance.Deployment, true
	case "instance_group":
		return instance.Group, true
	case "az":
		return instance.AZ, true
	}
	return "", false
}
