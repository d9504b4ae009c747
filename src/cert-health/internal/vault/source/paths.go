package source

import (
	"errors"
	"strings"

	"cert-health/internal/report"
)

// PathsFor returns the paths to search for a VM. An error says which part of a path is not
// known for this VM.
func (o *Options) PathsFor(vm report.Instance) ([]string, error) {
	var paths []string
	for _, path := range o.Paths {
		expanded, err := vm.Expand("vault.paths", path)
		if err != nil {
			return nil, err
		}
		paths = append(paths, expanded)
	}
	return paths, nil
}

// checkPath fails if a path in Vault has a fault.
func checkPath(vaultPath string) error {
	if err := report.CheckPlaceholders(vaultPath); err != nil {
		return err
	}
	if strings.Trim(vaultPath, "/ ") == "" {
		return errors.New("the path is empty: it must begin with a mount, such as secret")
	}
	return nil
}
