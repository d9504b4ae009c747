package main

import (
	"errors"
	"os"

	"github.com/spf13/cobra"

	"cert-health/internal/config"
	"cert-health/internal/secret"
	"cert-health/internal/vault/client"
)

// vaultFlags are the flags of the commands that read Vault.
type vaultFlags struct {
	config string
	paths  []string
}

func (f *vaultFlags) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.config, "config", "", "configuration `FILE`")
	cmd.Flags().StringArrayVar(&f.paths, "vault-path", nil, "search Vault below this `PATH`, mount included; repeatable (default \"secret\", or the configured paths)")
	_ = cmd.MarkFlagFilename("config", "yml", "yaml")
}

// load reads the configuration, and adds what it leaves open from flags and environment. An
// operator with a token of their own reads the secrets themselves (mode data).
func (f *vaultFlags) load(console console) (config.Config, error) {
	c := config.Default()
	if f.config != "" {
		loaded, err := config.Load(f.config)
		if err != nil {
			if errors.Is(err, os.ErrNotExist) {
				err = explainFile(f.config, err)
			}
			return c, err
		}
		c = loaded
	}
	env := console.env
	if c.Vault.Client.Address == "" && env("VAULT_ADDR") != "" {
		c.Vault.Client.Address, c.Vault.Mode = env("VAULT_ADDR"), "data"
		c.Vault.Client.Namespace = env("VAULT_NAMESPACE")
		c.Vault.Client.CACert = env("VAULT_CACERT")
		c.Vault.Paths = []string{"secret"}
	}
	if len(f.paths) > 0 {
		if c.Vault.Client.Address == "" {
			return c, errors.New("--vault-path needs a Vault: set VAULT_ADDR, or cert_health.vault.address in the configuration")
		}
		c.Vault.Paths = f.paths
	}
	if c.Vault.Client.Auth == (client.Auth{}) {
		c.Vault.Client.Auth.Token = secret.New(env("VAULT_TOKEN"))
	}
	return c, c.Validate()
}
