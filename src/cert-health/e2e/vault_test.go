package e2e_test

import (
	"context"
	"os"
	"os/exec"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/scenario"
)

// centralVault is a Vault with the policies of the manifests: agents log in with AppRole and
// may read what is published; the publisher may read secrets.
type centralVault struct {
	*scenario.DevVault
	roleID, secretID string
	publisher        string // its token
}

func startVault(ctx context.Context) *centralVault {
	GinkgoHelper()
	server, err := scenario.StartDevVault(ctx, scenario.DevVaultOptions{Dir: GinkgoT().TempDir()})
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(server.Stop)
	v := &centralVault{DevVault: server}
	v.policy("cert-health", "vault-policy-agent.hcl")
	v.policy("cert-health-publisher", "vault-policy-publisher.hcl")
	v.write("sys/auth/approle", map[string]any{"type": "approle"})
	v.write("auth/approle/role/cert-health", map[string]any{"token_policies": "cert-health", "token_no_default_policy": true, "token_ttl": "1h", "secret_id_ttl": "720h"})
	role, err := v.Client.Logical().Read("auth/approle/role/cert-health/role-id")
	Expect(err).NotTo(HaveOccurred())
	v.roleID = role.Data["role_id"].(string)
	v.secretID = v.write("auth/approle/role/cert-health/secret-id", nil)["secret_id"].(string)
	token, err := v.Client.Logical().Write("auth/token/create", map[string]any{"policies": []string{"cert-health-publisher"}, "no_default_policy": true})
	Expect(err).NotTo(HaveOccurred())
	v.publisher = token.Auth.ClientToken
	return v
}

func (v *centralVault) policy(name, file string) {
	GinkgoHelper()
	rules, err := scenario.Policy(file, "secret", "cf")
	Expect(err).NotTo(HaveOccurred())
	Expect(v.Client.Sys().PutPolicy(name, rules)).To(Succeed())
}

func (v *centralVault) write(path string, data map[string]any) map[string]any {
	GinkgoHelper()
	answer, err := v.Client.Logical().Write(path, data)
	Expect(err).NotTo(HaveOccurred())
	if answer == nil {
		return nil
	}
	return answer.Data
}

// put writes a version of a secret, and publishes it as a central job does.
func (v *centralVault) put(ctx context.Context, path string, pair *scenario.Pair) {
	GinkgoHelper()
	Expect(v.Put(ctx, path, pair.Safe())).To(Succeed())
	v.publish()
}

func (v *centralVault) publish() {
	GinkgoHelper()
	publish := exec.Command(builtProgram, "publish", "--vault-path", "secret/cf")
	publish.Env = append(os.Environ(), "VAULT_ADDR="+v.Address, "VAULT_TOKEN="+v.publisher)
	out, err := publish.CombinedOutput()
	Expect(err).NotTo(HaveOccurred(), string(out))
}

// agentsRead reads a path with the agents' credential.
func (v *centralVault) agentsRead(path string) error {
	GinkgoHelper()
	client, err := v.Client.Clone()
	Expect(err).NotTo(HaveOccurred())
	login, err := client.Logical().Write("auth/approle/login", map[string]any{"role_id": v.roleID, "secret_id": v.secretID})
	Expect(err).NotTo(HaveOccurred())
	client.SetToken(login.Auth.ClientToken)
	_, err = client.Logical().Read(path)
	return err
}
