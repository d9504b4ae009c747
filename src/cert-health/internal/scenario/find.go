package scenario

import (
	"fmt"
	"os"
	"path/filepath"
)

// FindDevVault returns the path of bin/devvault.
func FindDevVault() (string, error) {
	program, err := find("bin/devvault")
	if err != nil {
		return "", fmt.Errorf("%w: run scripts/build-devvault", err)
	}
	return program, nil
}

// find returns the path of a file of the project, found upwards from the current directory,
// which is the package's in `go test`.
func find(name string) (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for dir != filepath.Dir(dir) {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
			return path, nil
		}
		dir = filepath.Dir(dir)
	}
	return "", fmt.Errorf("%s is not there", name)
}
