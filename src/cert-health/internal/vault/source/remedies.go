package source

import (
	"cmp"
	"fmt"
	"strings"

	"cert-health/internal/cert"
	"cert-health/internal/vault/client"
	"cert-health/internal/verdict"
)

// Remedies are the words and commands with which findings name and repair Vault. They implement
// verdict.Source.
type Remedies struct {
	Paths string // the name of the setting with the paths that are searched; empty: the property
}

// Name implements verdict.Source.
func (Remedies) Name() string { return "Vault" }

// Place implements verdict.Source: the path, as `safe` and `vault kv get` take it.
func (Remedies) Place(r cert.Reference) string { return r.FullPath() }

// Steps implements verdict.Source.
func (s Remedies) Steps(action verdict.Action, h verdict.Held) []verdict.Step {
	if remedy := s.remedies()[action]; remedy != nil {
		return remedy(h)
	}
	return nil
}

// remedies has an entry for each action.
func (s Remedies) remedies() [verdict.Actions]func(verdict.Held) []verdict.Step {
	return [verdict.Actions]func(verdict.Held) []verdict.Step{
		verdict.Renew:    renew,
		verdict.Reissue:  reissue,
		verdict.RenewCRL: renewCRL,
		verdict.Rollback: rollback,
		verdict.Restore:  restore,
		verdict.Publish: func(r verdict.Held) []verdict.Step {
			return []verdict.Step{verdict.Run("cert-health", "publish", "--vault-path", r.FullPath())}
		},
		verdict.Narrow: func(verdict.Held) []verdict.Step {
			return []verdict.Step{verdict.Do("name the deployment's own paths in %s", cmp.Or(s.Paths, new(client.Options).NameOfPaths()))}
		},
	}
}

func rollback(r verdict.Held) []verdict.Step {
	return []verdict.Step{kv("rollback", fmt.Sprintf("-version=%d", r.DeployedVersion), r)}
}

// restore brings a deleted version back. A secret without a time of deletion is gone: there
// is no version to bring back.
func restore(r verdict.Held) []verdict.Step {
	if r.Since.IsZero() {
		return nil
	}
	return []verdict.Step{kv("undelete", fmt.Sprintf("-versions=%d", r.CurrentVersion), r)}
}

func kv(command, version string, r verdict.Held) verdict.Step {
	return verdict.Run("vault", "kv", command, "-mount="+strings.TrimSuffix(r.Mount, "/"), version, r.Path)
}
