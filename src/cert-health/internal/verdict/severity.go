package verdict

import (
	"fmt"
	"strings"
)

// Severity orders findings. Its zero value is OK: nothing to say.
type Severity int

// The severities, ascending.
const (
	OK Severity = iota
	Info
	Warning
	Error
	Critical
)

// Severities lists the names that ParseSeverity takes, ascending.
func Severities() []string { return []string{"info", "warning", "error", "critical"} }

// String returns the severity's name, "ok" for none.
func (s Severity) String() string {
	if s == OK {
		return "ok"
	}
	return Severities()[s-1]
}

// MarshalText writes the name into JSON.
func (s Severity) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads it back, "ok" included.
func (s *Severity) UnmarshalText(text []byte) error {
	if string(text) == "ok" {
		*s = OK
		return nil
	}
	parsed, err := ParseSeverity(string(text))
	*s = parsed
	return err
}

// ParseSeverity reads the name of a severity.
func ParseSeverity(name string) (Severity, error) {
	for i, known := range Severities() {
		if name == known {
			return Severity(i + 1), nil
		}
	}
	return OK, fmt.Errorf("%q is not a severity: use %s", name, strings.Join(Severities(), ", "))
}
