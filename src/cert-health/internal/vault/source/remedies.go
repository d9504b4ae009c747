package source

import (
	"fmt"
	"strings"

	"cert-health/internal/cert"
	"cert-health/internal/verdict"
)

// Remedies are the words and commands with which findings speak of Vault. They implement
// verdict.Source.
type Remedies struct{}

// Name implements verdict.Source.
func (Remedies) Name() string { return "Vault" }

// Place implements verdict.Source: the path, as `safe` and `vault kv get` take it.
func (Remedies) Place(r cert.Reference) string { return r.FullPath() }

// Steps implements verdict.Source.
func (Remedies) Steps(action verdict.Action, r cert.Reference) []verdict.Step {
	if remedy, known := remedies()[action]; known {
		return remedy(r)
	}
	return nil
}

// remedies has an entry for each action.
func remedies() map[verdict.Action]func(cert.Reference) []verdict.Step {
	return map[verdict.Action]func(cert.Reference) []verdict.Step{
		verdict.Renew:    renew,
		verdict.Reissue:  func(r cert.Reference) []verdict.Step { return safe(r, "reissue") },
		verdict.RenewCRL: func(r cert.Reference) []verdict.Step { return safe(r, "crl", "--renew") },
		verdict.Rollback: rollback,
		verdict.Restore:  restore,
		verdict.Publish: func(r cert.Reference) []verdict.Step {
			return []verdict.Step{verdict.Run("cert-health", "publish", "--vault-path", r.FullPath())}
		},
		verdict.Narrow: func(cert.Reference) []verdict.Step {
			return []verdict.Step{verdict.Do("name the deployment's own paths in cert_health.vault.paths")}
		},
	}
}

// safe is a command of `safe x509`, which works on secrets in the layout of safe only.
func safe(r cert.Reference, command ...string) []verdict.Step {
	if r.Key != "certificate" {
		return nil
	}
	return []verdict.Step{verdict.Run(append(append([]string{"safe", "x509"}, command...), r.FullPath())...)}
}

func renew(r cert.Reference) []verdict.Step {
	if steps := safe(r, "renew"); steps != nil {
		return steps
	}
	return []verdict.Step{verdict.Do("renew the key %q of %s", r.Key, r.FullPath())}
}

func rollback(r cert.Reference) []verdict.Step {
	return []verdict.Step{kv("rollback", fmt.Sprintf("-version=%d", r.DeployedVersion), r)}
}

// restore brings a deleted version back. A secret without a time of deletion is gone: there
// is no version to bring back.
func restore(r cert.Reference) []verdict.Step {
	if r.Since.IsZero() {
		return nil
	}
	return []verdict.Step{kv("undelete", fmt.Sprintf("-versions=%d", r.CurrentVersion), r)}
}

func kv(command, version string, r cert.Reference) verdict.Step {
	return verdict.Run("vault", "kv", command, "-mount="+strings.TrimSuffix(r.Mount, "/"), version, r.Path)
}
