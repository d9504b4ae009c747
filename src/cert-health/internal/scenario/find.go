package scenario

import (
	"errors"
	"os"
	"path/filepath"
)

// FindDevVault returns the path of bin/devvault, found upwards from the current
// folder, in which `go test` runs a package.
func FindDevVault() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for dir != filepath.Dir(dir) {
		program := filepath.Join(dir, "bin", "devvault")
		if info, err := os.Stat(program); err == nil && info.Mode().IsRegular() {
			return program, nil
		}
		dir = filepath.Dir(dir)
	}
	return "", errors.New("bin/devvault is not built: run scripts/build-devvault")
}
