package source

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"cert-health/internal/report"
	"cert-health/internal/strict"
)

// PathsFor returns the paths to search for a VM. An error says which part of a path is not
// known for this VM.
func (o *Options) PathsFor(vm report.Instance) ([]string, error) {
	var paths []string
	for _, path := range o.Paths {
		expanded, err := expand(path, vm)
		if err != nil {
			return nil, err
		}
		paths = append(paths, expanded)
	}
	return paths, nil
}

// expand fills the placeholders of a path.
func expand(path string, vm report.Instance) (string, error) {
	var failed error
	expanded := placeholder.ReplaceAllStringFunc(path, func(tag string) string {
		name := placeholder.FindStringSubmatch(tag)[1]
		value, _ := valueOf(name, vm)
		if value == "" {
			failed = fmt.Errorf("vault.paths: %s cannot be expanded, because the %s of this VM is not known: set it below instance in the configuration", path, name)
		}
		return value
	})
	return expanded, failed
}

// valueOf returns the value of a placeholder, and whether there is a placeholder of that name.
func valueOf(name string, vm report.Instance) (value string, known bool) {
	switch name {
	case "deployment":
		return vm.Deployment, true
	case "instance_group":
		return vm.Group, true
	case "az":
		return vm.AZ, true
	}
	return "", false
}

var placeholder = regexp.MustCompile(`\{\{\s*([^{}]*?)\s*\}\}`)

// placeholders are the placeholders of a path in Vault, in the order of the documentation.
func placeholders() []string { return []string{"deployment", "instance_group", "az"} }

func checkPlaceholders(vaultPath string) error {
	for _, match := range placeholder.FindAllStringSubmatch(vaultPath, -1) {
		if _, ok := valueOf(match[1], report.Instance{}); !ok {
			return fmt.Errorf("{{%s}} is not known: use %s%s", match[1],
				strings.Join(placeholders(), ", "), strict.Hint(match[1], placeholders()))
		}
	}
	if rest := placeholder.ReplaceAllString(vaultPath, ""); strings.Contains(rest, "{{") || strings.Contains(rest, "}}") {
		return fmt.Errorf("%q has a {{ without its }}", vaultPath)
	}
	if strings.Trim(vaultPath, "/ ") == "" {
		return errors.New("the path is empty: it must begin with a mount, such as secret")
	}
	return nil
}
