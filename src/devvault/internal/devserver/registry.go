package devserver

import (
	jwt "github.com/hashicorp/vault-plugin-auth-jwt"
	kv "github.com/hashicorp/vault-plugin-secrets-kv"
	"github.com/hashicorp/vault/builtin/credential/approle"
	"github.com/hashicorp/vault/builtin/credential/cert"
	"github.com/hashicorp/vault/builtin/logical/pki"
	"github.com/hashicorp/vault/sdk/helper/consts"
	"github.com/hashicorp/vault/sdk/logical"
)

func secretEngines() map[string]logical.Factory {
	return map[string]logical.Factory{"kv": kv.Factory, "pki": pki.Factory}
}

func authMethods() map[string]logical.Factory {
	return map[string]logical.Factory{"approle": approle.Factory, "cert": cert.Factory, "jwt": jwt.Factory}
}

// registry tells Vault which plugins are built in: the five that the demo and the
// tests use. Vault's own registry links the client libraries of every cloud.
type registry struct{}

func (registry) factories(kind consts.PluginType) map[string]logical.Factory {
	switch kind {
	case consts.PluginTypeSecrets:
		return secretEngines()
	case consts.PluginTypeCredential:
		return authMethods()
	}
	return nil
}

func (r registry) Contains(name string, kind consts.PluginType) bool {
	_, ok := r.factories(kind)[name]
	return ok
}

func (r registry) Get(name string, kind consts.PluginType) (func() (any, error), bool) {
	factory, ok := r.factories(kind)[name]
	return func() (any, error) { return factory, nil }, ok
}

func (r registry) Keys(kind consts.PluginType) []string {
	var names []string
	for name := range r.factories(kind) {
		names = append(names, name)
	}
	return names
}

func (r registry) DeprecationStatus(name string, kind consts.PluginType) (consts.DeprecationStatus, bool) {
	return consts.Supported, r.Contains(name, kind)
}

func (registry) IsBuiltinEntPlugin(string, consts.PluginType) bool { return false }
