package config

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"cert-health/internal/discover"
	"cert-health/internal/metrics"
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
	for i, p := range c.Scan.Paths {
		if !path.IsAbs(p) {
			v.fail("scan.paths[%d] must be absolute, as the VM sees it", i)
		}
	}
	for i, pattern := range c.Scan.Exclude {
		v.check(fmt.Sprintf("scan.exclude[%d]", i), strict.CheckPathGlob(pattern))
	}
	for i, extra := range c.Scan.Extra {
		v.extra(fmt.Sprintf("scan.extra[%d]", i), extra)
	}
	for i, name := range c.Scan.BuiltIn {
		if !slices.Contains(discover.BuiltIn(), name) {
			v.fail("scan.built_in[%d]: %q is not known: use %s%s", i, name,
				strings.Join(discover.BuiltIn(), ", "), strict.Hint(name, discover.BuiltIn()))
		}
	}
	for i, password := range c.Scan.Passwords {
		v.check(fmt.Sprintf("scan.passwords[%d]", i), password.keystore().Check())
	}
	if c.Scan.MaxFileSize == 0 || c.Scan.MaxFiles == 0 {
		v.fail("scan.max_file_size and scan.max_files must be greater than 0")
	}
	v.vault(&c.Vault)
	if c.Thresholds.ExpiringSoon > c.Thresholds.Expiring {
		v.fail("thresholds.expiring_soon must not be longer than thresholds.expiring")
	}
	v.agent(c)
	v.metrics(&c.Metrics)
	v.served(&c.Served)
	for i := range c.Rules {
		v.rule(fmt.Sprintf("rules[%d]", i), &c.Rules[i])
	}
	for i := range c.Ignore {
		v.ignore(fmt.Sprintf("ignore[%d]", i), &c.Ignore[i])
	}
	return v.problems
}

type validator struct{ problems strict.Problems }

func (v *validator) fail(format string, values ...any) {
	v.problems = append(v.problems, fmt.Sprintf(format, values...))
}

func (v *validator) check(path string, err error) {
	if err != nil {
		v.fail("%s: %s", path, err.Error())
	}
}

func (v *validator) agent(c *Config) {
	if c.Agent.ScanInterval < Duration(time.Second) || c.Agent.CompareInterval < Duration(time.Second) {
		v.fail("agent.scan_interval and agent.compare_interval must be at least 1s")
	}
	if c.Agent.ScanInterval > Duration(10*time.Minute) {
		v.fail("agent.scan_interval must not be longer than 10m: monit takes an agent for dead that is silent for 15m")
	}
	if !path.IsAbs(c.Agent.DataDir) {
		v.fail("agent.data_dir must be absolute")
	}
	if c.Alerts.RemindAfter < Duration(time.Minute) {
		v.fail("alerts.remind_after must be at least 1m")
	}
}

func (v *validator) metrics(m *Metrics) {
	if m.Address != "" {
		if err := metrics.Check(m.Address, metrics.TLS(m.TLS)); err != nil {
			v.fail("metrics.address %s", err.Error())
		}
	}
	if m.TextfileDir != "" && !path.IsAbs(m.TextfileDir) {
		v.fail("metrics.textfile_dir must be absolute")
	}
	if m.MaxPlacements == 0 {
		v.fail("metrics.max_placements must be greater than 0")
	}
}

func (v *validator) served(s *Served) {
	if s.Interval < Duration(time.Second) {
		v.fail("served.interval must be at least 1s")
	}
	for i, port := range s.NeverPorts {
		if port < 1 || port > 65535 {
			v.fail("served.never_ports[%d] must be a port: 1 to 65535", i)
		}
	}
	for i, job := range s.NeverJobs {
		if job == "" || strings.Contains(job, "/") {
			v.fail("served.never_jobs[%d] must be the name of a job", i)
		}
	}
}

func (v *validator) vault(vault *Vault) {
	if vault.Address == "" {
		return
	}
	if !strings.HasPrefix(vault.Address, "http://") && !strings.HasPrefix(vault.Address, "https://") {
		v.fail("vault.address must begin with https:// (or http:// on loopback)")
	}
	if modes := []string{"metadata", "data"}; !slices.Contains(modes, vault.Mode) {
		v.fail("vault.mode is neither metadata nor data%s", strict.Hint(vault.Mode, modes))
	}
	if len(vault.Paths) == 0 {
		v.fail(`vault.paths is missing: name what to search, as in paths: ["secret/{{deployment}}"]`)
	}
	for i, p := range vault.Paths {
		v.check(fmt.Sprintf("vault.paths[%d]", i), checkPlaceholders(p))
	}
	if vault.KVVersion > 2 {
		v.fail("vault.kv_version must be 1 or 2, or left out to ask the mount")
	}
	if vault.Concurrency == 0 || vault.Timeout == 0 || vault.MaxSecrets == 0 {
		v.fail("vault.concurrency, vault.timeout and vault.max_secrets must be greater than 0")
	}
	v.auth(&vault.Auth)
}

func (v *validator) auth(auth *Auth) {
	methods := 0
	for _, set := range []bool{
		!auth.Token.IsZero() || auth.TokenFile != "",
		auth.AppRole != (AppRole{Mount: auth.AppRole.Mount}),
		auth.Cert.Certificate != "" || auth.Cert.Key != "",
		auth.JWT.File != "" || auth.JWT.Role != "",
	} {
		if set {
			methods++
		}
	}
	if methods > 1 {
		v.fail("vault.auth must have one method only: a token, approle, cert or jwt")
	}
	if !auth.Token.IsZero() && auth.TokenFile != "" {
		v.fail("vault.auth.token and vault.auth.token_file exclude each other")
	}
	if auth.AppRole != (AppRole{Mount: auth.AppRole.Mount}) && auth.AppRole.RoleID == "" {
		v.fail("vault.auth.approle.role_id is missing")
	}
	if !auth.AppRole.SecretID.IsZero() && auth.AppRole.SecretIDFile != "" {
		v.fail("vault.auth.approle.secret_id and vault.auth.approle.secret_id_file exclude each other")
	}
	if auth.AppRole.Wrapped && auth.AppRole.SecretIDFile == "" {
		v.fail("vault.auth.approle.wrapped needs a secret_id_file, which holds the wrapping token")
	}
	if auth.JWT.Role != "" && auth.JWT.File == "" {
		v.fail("vault.auth.jwt.file is missing")
	}
	if (auth.Cert.Certificate == "") != (auth.Cert.Key == "") {
		v.fail("vault.auth.cert needs both certificate and key")
	}
}

func (v *validator) rule(path string, rule *Rule) {
	v.scope(path, &rule.Scope)
	if rule.Severity != "" {
		_, err := verdict.ParseSeverity(rule.Severity)
		v.check(path+".severity", err)
	} else if rule.Thresholds == (Thresholds{}) {
		v.fail("%s changes nothing: it needs a severity or a threshold", path)
	}
	if rule.Thresholds != (Thresholds{}) && len(rule.Codes) > 0 {
		v.fail("%s has a threshold, which applies to a certificate, and codes: write two rules", path)
	}
}

func (v *validator) ignore(path string, ignore *Ignore) {
	v.scope(path, &ignore.Scope)
	if ignore.Job == "" && ignore.File == "" && ignore.Subject == "" && len(ignore.Codes) == 0 {
		v.fail("%s would ignore everything: it needs a job, file, subject or codes", path)
	}
	if strings.TrimSpace(ignore.Reason) == "" {
		v.fail("%s.reason is missing: say why, for whoever reads the report", path)
	}
	if ignore.Until.End.IsZero() {
		v.fail("%s.until is missing: a day such as 2027-01-31, on which somebody looks again", path)
	}
}

func (v *validator) scope(path string, scope *Scope) {
	v.check(path+".job", strict.CheckGlob(scope.Job))
	v.check(path+".subject", strict.CheckGlob(scope.Subject))
	if scope.File != "" {
		v.check(path+".file", strict.CheckPathGlob(scope.File))
	}
	for i, code := range scope.Codes {
		v.check(fmt.Sprintf("%s.codes[%d]", path, i), checkCode(code))
	}
}

func checkCode(code string) error {
	var known []string
	for _, c := range verdict.Codes() {
		if string(c) == code {
			return nil
		}
		known = append(known, string(c))
	}
	return fmt.Errorf("%q is no finding code%s", code, strict.Hint(code, known))
}

var placeholder = regexp.MustCompile(`\{\{\s*([^{}]*?)\s*\}\}`)

// placeholders are what a path in Vault may hold, in the order of the docs.
func placeholders() []string { return []string{"deployment", "instance_group", "az"} }

func checkPlaceholders(vaultPath string) error {
	for _, match := range placeholder.FindAllStringSubmatch(vaultPath, -1) {
		if _, ok := (Instance{}).placeholder(match[1]); !ok {
			return fmt.Errorf("{{%s}} is not known: use %s%s", match[1],
				strings.Join(placeholders(), ", "), strict.Hint(match[1], placeholders()))
		}
	}
	if rest := placeholder.ReplaceAllString(vaultPath, ""); strings.Contains(rest, "{{") || strings.Contains(rest, "}}") {
		return fmt.Errorf("%q has a {{ without its }}", vaultPath)
	}
	if strings.Trim(vaultPath, "/ ") == "" {
		return fmt.Errorf("it is empty: name a mount at least, such as secret")
	}
	return nil
}
