package verdict_test

import (
	"cert-health/internal/vault/source"
	"cert-health/internal/verdict"
)

// vault is the source of the references in these tests.
var vault = source.Remedies{}

// told is a finding with its steps in one line.
type told struct {
	Code     verdict.Code
	Severity verdict.Severity
	Message  string
	Why      string
	Next     string
}

func tell(findings []verdict.Finding) []told {
	var list []told
	for _, f := range findings {
		list = append(list, told{f.Code, f.Severity, f.Message, f.Why, verdict.Join(f.Steps)})
	}
	return list
}
