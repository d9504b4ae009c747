package client

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"

	"cert-health/internal/secret"
)

// tokenHelper is the setting of ~/.vault that names a token helper, in HCL or in JSON. The
// file has no other setting.
var tokenHelper = regexp.MustCompile(`(?m)^[\s{]*"?token_helper"?\s*[=:]\s*"([^"\n]*)"`)

// StoredToken returns the token that `vault login` stored: in ~/.vault-token, or where the token
// helper of ~/.vault (VAULT_CONFIG_PATH) keeps it. It is empty if there is none.
//
// Vault's own package cliconfig does the same, but links the package testing into the program.
func StoredToken(env func(string) string) (secret.Value, error) {
	home := env("HOME")
	if home == "" {
		return secret.Value{}, nil
	}
	helper, err := helperPath(env, home)
	if err != nil {
		return secret.Value{}, err
	}
	place := filepath.Join(home, ".vault-token")
	token, err := os.ReadFile(place)
	if helper != "" {
		place = helper
		token, err = exec.Command(helper, "get").Output() // the error does not quote the output
	}
	if err != nil && (helper != "" || !errors.Is(err, fs.ErrNotExist)) {
		return secret.Value{}, fmt.Errorf("get the token of vault login from %s: %w: run vault login, or set VAULT_TOKEN", place, err)
	}
	return secret.New(strings.TrimSpace(string(token))), nil
}

// helperPath returns the path of the configured token helper; empty if there is none.
func helperPath(env func(string) string, home string) (string, error) {
	path := env("VAULT_CONFIG_PATH")
	if path == "" {
		path = filepath.Join(home, ".vault")
	}
	if rest, ok := strings.CutPrefix(path, "~/"); ok {
		path = filepath.Join(home, rest)
	}
	contents, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("read the configuration of the vault program: %w: correct it, or set VAULT_TOKEN", err)
	}
	found := tokenHelper.FindSubmatch(contents)
	if found == nil || len(found[1]) == 0 {
		return "", nil
	}
	return filepath.Abs(string(found[1]))
}
