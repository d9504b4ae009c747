package client

import (
	"fmt"
	"os"
	"slices"
	"strings"
)

// DropEnvironment removes the variables of the vault program from the environment of this
// process. Vault's library reads some of them by itself. A program calls it first if another
// Vault than that of the environment must be used. It returns the sorted names of the variables.
func DropEnvironment() ([]string, error) {
	var dropped []string
	for _, variable := range os.Environ() {
		name, _, _ := strings.Cut(variable, "=")
		if !strings.HasPrefix(name, "VAULT_") {
			continue
		}
		if err := os.Unsetenv(name); err != nil {
			return nil, fmt.Errorf("remove %s from the environment: %w", name, err)
		}
		dropped = append(dropped, name)
	}
	slices.Sort(dropped)
	return dropped, nil
}
