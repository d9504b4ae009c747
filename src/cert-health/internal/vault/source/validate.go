package source

import (
	"fmt"
	"strings"

	"cert-health/internal/strict"
	"cert-health/internal/vault/client"
)

// Problems implements config.Source. Without an address, Vault is not used and its settings are
// not checked.
func (o *Options) Problems() strict.Problems {
	v := validator{}
	if o.Client.Address != "" {
		v.options(o)
	}
	return v.Problems
}

type validator struct{ strict.Problems }

func (v *validator) options(vault *Options) {
	if !strings.HasPrefix(vault.Client.Address, "http://") && !strings.HasPrefix(vault.Client.Address, "https://") {
		v.Add("vault.address must begin with https:// (or http:// on loopback)")
	}
	v.mode(string(vault.Mode))
	if len(vault.Paths) == 0 {
		v.Add(`vault.paths is missing: add the paths to search, as in paths: ["secret/{{deployment}}"]`)
	}
	for i, p := range vault.Paths {
		v.Check(fmt.Sprintf("vault.paths[%d]", i), checkPath(p))
	}
	for i, host := range vault.Client.RedirectHosts {
		v.Check(fmt.Sprintf("vault.redirect_hosts[%d]", i), client.CheckRedirectHost(host))
	}
	if vault.Client.Version > 2 {
		v.Add("vault.kv_version must be 1 or 2, or 0 to ask the mount")
	}
	v.Positive("vault.concurrency", int64(vault.Client.Concurrency))
	v.Positive("vault.timeout", int64(vault.Timeout))
	v.Positive("vault.max_secrets", int64(vault.MaxSecrets))
	v.auth(&vault.Client.Auth)
}

// mode does not quote the value: it may be a secret in the wrong line.
func (v *validator) mode(mode string) {
	modes := []string{string(Metadata), string(Data)}
	if mode != modes[0] && mode != modes[1] {
		v.Add("vault.mode must be metadata or data%s", strict.Hint(mode, modes))
	}
}

func (v *validator) auth(auth *client.Auth) {
	if methods(auth) > 1 {
		v.Add("vault.auth must have one method only: a token, approle, cert or jwt")
	}
	if !auth.Token.IsZero() && auth.TokenFile != "" {
		v.Add("vault.auth.token and token_file cannot be set together")
	}
	if auth.JWT.Role != "" && auth.JWT.File == "" {
		v.Add("vault.auth.jwt.file is missing")
	}
	if (auth.Cert.Certificate == "") != auth.Cert.Key.IsZero() {
		v.Add("vault.auth.cert needs both certificate and private_key")
	}
	v.appRole(&auth.AppRole)
}

func (v *validator) appRole(role *client.AppRole) {
	if usesAppRole(role) && role.RoleID == "" {
		v.Add("vault.auth.approle.role_id is missing")
	}
	if !role.SecretID.IsZero() && role.SecretIDFile != "" {
		v.Add("vault.auth.approle.secret_id and secret_id_file cannot be set together")
	}
	if role.Wrapped && role.SecretIDFile == "" {
		v.Add("vault.auth.approle.wrapped needs secret_id_file, which holds the wrapping token")
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
		auth.Cert.Certificate != "" || !auth.Cert.Key.IsZero(),
		auth.JWT.File != "" || auth.JWT.Role != "",
	} {
		if uses {
			set++
		}
	}
	return set
}
