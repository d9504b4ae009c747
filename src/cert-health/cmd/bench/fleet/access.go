package fleet

import (
	"os"
	"strings"

	"cert-health/internal/secret"
)

// allow creates the AppRole of the agents with the policy in manifests, as
// manifests/vault-approle.sh does.
func (w *world) allow(file string) error {
	policy, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	logical := w.server.Client.Logical()
	for _, write := range []struct {
		path string
		data map[string]any
	}{
		{"sys/auth/approle", map[string]any{"type": "approle"}},
		{"sys/policies/acl/cert-health", map[string]any{"policy": strings.ReplaceAll(string(policy), "DEPLOYMENT", deployment)}},
		{"auth/approle/role/cert-health", map[string]any{"token_policies": "cert-health", "token_no_default_policy": true, "token_ttl": "1h", "token_max_ttl": "24h"}},
	} {
		if _, err := logical.Write(write.path, write.data); err != nil {
			return err
		}
	}
	role, err := logical.Read("auth/approle/role/cert-health/role-id")
	if err != nil {
		return err
	}
	id, err := logical.Write("auth/approle/role/cert-health/secret-id", nil)
	if err != nil {
		return err
	}
	w.auth.AppRole.RoleID, _ = role.Data["role_id"].(string)
	secretID, _ := id.Data["secret_id"].(string)
	w.auth.AppRole.SecretID = secret.New(secretID)
	return nil
}
