package config

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"cert-health/internal/report"
	"cert-health/internal/strict"
	"cert-health/internal/vault/client"
	"cert-health/internal/vault/source"
)

func (v *validator) vault(vault *source.Options) {
	if vault.KV.Address == "" {
		return
	}
	if !strings.HasPrefix(vault.KV.Address, "http://") && !strings.HasPrefix(vault.KV.Address, "https://") {
		v.fail("vault.address must begin with https:// (or http:// on loopback)")
	}
	v.mode(string(vault.Mode))
	if len(vault.Paths) == 0 {
		v.fail(`vault.paths is missing: add the paths to search, as in paths: ["secret/{{deployment}}"]`)
	}
	for i, p := range vault.Paths {
		v.check(fmt.Sprintf("vault.paths[%d]", i), checkPlaceholders(p))
	}
	if vault.KV.Version > 2 {
		v.fail("vault.kv_version must be 1 or 2, or 0 to ask the mount")
	}
	v.positive("vault.concurrency", int64(vault.KV.Concurrency))
	v.positive("vault.timeout", int64(vault.Timeout))
	v.positive("vault.max_secrets", int64(vault.MaxSecrets))
	v.auth(&vault.KV.Auth)
}

// mode does not quote the value, unlike oneOf.
func (v *validator) mode(mode string) {
	modes := []string{string(source.Metadata), string(source.Data)}
	if mode != modes[0] && mode != modes[1] {
		v.fail("vault.mode must be metadata or data%s", strict.Hint(mode, modes))
	}
}

func (v *validator) auth(auth *client.Auth) {
	if methods(auth) > 1 {
		v.fail("vault.auth must have one method only: a token, approle, cert or jwt")
	}
	if !auth.Token.IsZero() && auth.TokenFile != "" {
		v.fail("vault.auth.token and token_file cannot be set together")
	}
	if auth.JWT.Role != "" && auth.JWT.File == "" {
		v.fail("vault.auth.jwt.file is missing")
	}
	if (auth.Cert.Certificate == "") != (auth.Cert.Key == "") {
		v.fail("vault.auth.cert needs both certificate and private_key")
	}
	v.appRole(&auth.AppRole)
}

func (v *validator) appRole(role *client.AppRole) {
	if usesAppRole(role) && role.RoleID == "" {
		v.fail("vault.auth.approle.role_id is missing")
	}
	if !role.SecretID.IsZero() && role.SecretIDFile != "" {
		v.fail("vault.auth.approle.secret_id and secret_id_file cannot be set together")
	}
	if role.Wrapped && role.SecretIDFile == "" {
		v.fail("vault.auth.approle.wrapped needs secret_id_file, which holds the wrapping token")
	}
}

func usesAppRole(role *client.AppRole) bool {
	return *role != client.AppRole{Mount: role.Mount}
}

// methods counts the methods that are set.
func methods(auth *client.Auth) (set int) {
	for _, uses := range []bool{
		!auth.Token.IsZero() || auth.TokenFile != "",
		usesAppRole(&auth.AppRole),
		auth.Cert.Certificate != "" || auth.Cert.Key != "",
		auth.JWT.File != "" || auth.JWT.Role != "",
	} {
		if uses {
			set++
		}
	}
	return set
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
