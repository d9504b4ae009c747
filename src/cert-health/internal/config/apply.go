package config

import (
	"slices"
	"strings"

	"cert-health/internal/discover"
	"cert-health/internal/report"
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

// Deploy returns the command that deploys the deployment of a VM, as an argument vector; nil
// if it is not configured, or if a placeholder is not known for this VM.
func (c *Config) Deploy(instance report.Instance) []string {
	expanded, err := instance.Expand("deploy_command", c.DeployCommand)
	if err != nil {
		return nil
	}
	return strings.Fields(expanded)
}
