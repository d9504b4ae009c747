package report

import (
	"fmt"
	"regexp"
	"strings"

	"cert-health/internal/strict"
)

var placeholder = regexp.MustCompile(`\{\{\s*([^{}]*?)\s*\}\}`)

// placeholders are the placeholders of a setting, in the order of the documentation.
func placeholders() []string { return []string{"deployment", "instance_group", "az"} }

// Expand fills the placeholders of the value of a key. An error says which of them is not
// known for this VM.
func (i Instance) Expand(key, text string) (string, error) {
	var failed error
	expanded := placeholder.ReplaceAllStringFunc(text, func(tag string) string {
		name := placeholder.FindStringSubmatch(tag)[1]
		value, _ := i.valueOf(name)
		if value == "" {
			failed = fmt.Errorf("%s: %s cannot be expanded, because the %s of this VM is not known: set it below instance in the configuration", key, text, name)
		}
		return value
	})
	return expanded, failed
}

// valueOf returns the value of a placeholder, and whether there is a placeholder of that name.
func (i Instance) valueOf(name string) (value string, known bool) {
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

// CheckPlaceholders fails if the text has a placeholder that is not known or not closed.
func CheckPlaceholders(text string) error {
	for _, match := range placeholder.FindAllStringSubmatch(text, -1) {
		if _, ok := (Instance{}).valueOf(match[1]); !ok {
			return fmt.Errorf("{{%s}} is not known: use %s%s", match[1],
				strings.Join(placeholders(), ", "), strict.Hint(match[1], placeholders()))
		}
	}
	if rest := WithoutPlaceholders(text); strings.Contains(rest, "{{") || strings.Contains(rest, "}}") {
		return fmt.Errorf("%q has a {{ without its }}", text)
	}
	return nil
}

// WithoutPlaceholders is the text without its placeholders.
func WithoutPlaceholders(text string) string { return placeholder.ReplaceAllString(text, "") }
