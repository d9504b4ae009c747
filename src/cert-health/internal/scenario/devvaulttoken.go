package scenario

import (
	"context"
	"fmt"
	"maps"
	"os"
	"strings"
)

// Allow is a rule of a policy.
func Allow(path string, capabilities ...string) string {
	return fmt.Sprintf("path %q { capabilities = [\"%s\"] }\n", path, strings.Join(capabilities, `", "`))
}

// Policy reads one of the policies in manifests/, for a deployment and an engine of version 2.
func Policy(file, engine, deployment string) (string, error) {
	path, err := find("manifests/" + file)
	if err != nil {
		return "", err
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	return strings.NewReplacer("secret/", engine+"/", "DEPLOYMENT", deployment).Replace(string(text)), nil
}

// NewPolicy writes a policy for one test and returns its name.
func (v *DevVault) NewPolicy(ctx context.Context, rules string) (string, error) {
	name := fmt.Sprintf("policy-%d", v.policies.Add(1))
	return name, v.Client.Sys().PutPolicyWithContext(ctx, name, rules)
}

// NewToken makes a token with a policy of these rules. More are further parameters of
// auth/token/create.
func (v *DevVault) NewToken(ctx context.Context, rules string, more map[string]any) (string, error) {
	policy, err := v.NewPolicy(ctx, rules)
	if err != nil {
		return "", err
	}
	request := map[string]any{"policies": []string{policy}}
	maps.Copy(request, more)
	secret, err := v.Client.Logical().WriteWithContext(ctx, "auth/token/create", request)
	if err != nil {
		return "", err
	}
	return secret.Auth.ClientToken, nil
}
