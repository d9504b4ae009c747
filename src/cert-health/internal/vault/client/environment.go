package client

import (
	"fmt"
	"os"
	"strings"
)

// DropEnvironment removes the variables of the vault program from the environment of this
// process. Vault's library reads some of them by itself. A program calls it first if another
// Vault than that of the environment must be used.
func DropEnvironment() error {
	for _, variable := range os.Environ() {
		name, _, _ := strings.Cut(variable, "=")
		if !strings.HasPrefix(name, "VAULT_") {
			continue
		}
		if err := os.Unsetenv(name); err != nil {
			return fmt.Errorf("remove %s from the environment: %w", name, err)
		}
	}
	return nil
}
