package config

import (
	"fmt"
	"strings"

	"cert-health/internal/strict"
	"cert-health/internal/verdict"
)

func (v *validator) rule(path string, rule *verdict.Rule) {
	v.scope(path, &rule.Scope)
	limited := rule.Thresholds != (verdict.Thresholds{})
	if rule.Severity == verdict.OK && !limited {
		v.Add("%s changes nothing: add a severity or a threshold", path)
	}
	if rule.Expiring != 0 {
		v.ordered(path+".expiring_soon", rule.Thresholds)
	}
	if limited && len(rule.Codes) > 0 {
		v.Add("%s has both codes and a threshold, which applies to certificates, not to codes: write two rules", path)
	}
}

func (v *validator) ignore(path string, ignore *verdict.Ignore) {
	v.scope(path, &ignore.Scope)
	if ignore.Job == "" && ignore.File == "" && ignore.Subject == "" && len(ignore.Codes) == 0 {
		v.Add("%s would ignore everything: add a job, file, subject or codes", path)
	}
	if strings.TrimSpace(ignore.Reason) == "" {
		v.Add("%s.reason is missing: the report shows it", path)
	}
	if ignore.Until.End.IsZero() {
		v.Add("%s.until is missing: add the last day, such as '2027-01-31'", path)
	}
}

func (v *validator) scope(path string, scope *verdict.Scope) {
	v.Check(path+".job", strict.CheckGlob(scope.Job))
	v.Check(path+".subject", strict.CheckGlob(scope.Subject))
	if scope.File != "" {
		v.Check(path+".file", strict.CheckPathGlob(scope.File))
	}
	for i, code := range scope.Codes {
		v.oneOf(fmt.Sprintf("%s.codes[%d]", path, i), string(code), codes())
	}
}

func codes() []string {
	var names []string
	for _, code := range verdict.Codes() {
		names = append(names, string(code))
	}
	return names
}
