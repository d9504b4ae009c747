package config

import (
	"fmt"
	"path"
	"strings"
	"time"

	"cert-health/internal/discover"
	"cert-health/internal/metrics"
	"cert-health/internal/report"
	"cert-health/internal/strict"
	"cert-health/internal/verdict"
)

// Validate returns all faults of the values as one error, or nil.
func (c *Config) Validate() error {
	if problems := c.Problems(); len(problems) > 0 {
		return problems
	}
	return nil
}

// Problems returns all faults of the values, each with the path of its key.
func (c *Config) Problems() strict.Problems {
	v := validator{}
	v.deployCommand(c.DeployCommand)
	v.scan(&c.Scan)
	for _, source := range c.sources().list() {
		v.Problems = append(v.Problems, source.Problems()...)
	}
	if c.FromHub.Reference != "" && c.Vault.Client.Address != "" {
		v.Add("reference is %s, and vault.address is set too: a VM compares with one of them, so remove the other", c.FromHub.Reference)
	}
	v.ordered("thresholds.expiring_soon", c.Thresholds)
	v.agent(&c.Agent)
	v.atLeast("alerts.remind_after", c.Alerts.RemindAfter, time.Minute)
	v.metrics(&c.Metrics)
	v.served(&c.Served)
	v.Problems = append(v.Problems, c.Hub.Problems()...)
	for i := range c.Rules {
		v.rule(fmt.Sprintf("rules[%d]", i), &c.Rules[i])
	}
	for i := range c.Ignore {
		v.ignore(fmt.Sprintf("ignore[%d]", i), &c.Ignore[i])
	}
	return v.Problems
}

type validator struct{ strict.Problems }

func (v *validator) atLeast(path string, value, least time.Duration) {
	if value < least {
		v.Add("%s must be at least %s", path, strings.TrimSuffix(least.String(), "0s"))
	}
}

func (v *validator) ordered(path string, t verdict.Thresholds) {
	if t.ExpiringSoon > t.Expiring {
		v.Add("%s must not be longer than expiring", path)
	}
}

func (v *validator) absolute(key, value string) {
	if !path.IsAbs(value) {
		v.Add("%s must be an absolute path", key)
	}
}

// deployCommand checks a command. It is printed as separate words, quoted for a shell, so a
// shell's own characters would not have their meaning.
func (v *validator) deployCommand(command string) {
	if command == "" {
		return
	}
	v.Check("deploy_command", report.CheckPlaceholders(command))
	if strings.ContainsAny(report.WithoutPlaceholders(command), "\"'`$&|;<>(){}*?!#~\\\n") {
		v.Add("deploy_command must consist of plain words without quotes and other special characters of a shell: put anything else into a script, and name the script")
	}
}

func (v *validator) scan(s *Scan) {
	for i, p := range s.Paths {
		v.absolute(fmt.Sprintf("scan.paths[%d]", i), p)
	}
	for i, pattern := range s.Exclude {
		v.Check(fmt.Sprintf("scan.exclude[%d]", i), strict.CheckPathGlob(pattern))
	}
	for i, extra := range s.Extra {
		v.extra(fmt.Sprintf("scan.extra[%d]", i), extra)
	}
	for i, name := range s.BuiltIn {
		v.oneOf(fmt.Sprintf("scan.built_in[%d]", i), name, discover.BuiltIn())
	}
	for i, password := range s.Passwords {
		v.Check(fmt.Sprintf("scan.passwords[%d]", i), password.Check())
	}
	v.Positive("scan.max_file_size", s.MaxFileSize)
	v.Positive("scan.max_files", int64(s.MaxFiles))
}

func (v *validator) agent(a *Agent) {
	v.atLeast("agent.scan_interval", a.ScanInterval, time.Second)
	v.atLeast("agent.compare_interval", a.CompareInterval, time.Second)
	if a.ScanInterval > 10*time.Minute {
		v.Add("agent.scan_interval must not be longer than 10m: monit reports an agent that has not scanned for 15m")
	}
	v.absolute("agent.data_dir", a.DataDir)
}

func (v *validator) metrics(m *Metrics) {
	if err := m.TLS.Check(); err != nil {
		v.Add("metrics.tls %s", err.Error())
	} else if m.Address != "" {
		if err := metrics.Check(m.Address, m.TLS); err != nil {
			v.Add("metrics.address %s", err.Error())
		}
	}
	if m.TextfileDir != "" {
		v.absolute("metrics.textfile_dir", m.TextfileDir)
	}
	v.Positive("metrics.max_placements", int64(m.MaxPlacements))
}

func (v *validator) served(s *Served) {
	v.atLeast("served.interval", s.Interval, time.Second)
	for i, port := range s.Never.Ports {
		v.Positive(fmt.Sprintf("served.never_ports[%d]", i), int64(port))
	}
	for i, job := range s.Never.Jobs {
		if job == "" || strings.Contains(job, "/") {
			v.Add("served.never_jobs[%d] must be the name of a job", i)
		}
	}
}
