package main

import (
	"errors"
	"fmt"
	"net/url"
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
	if c.FromHub.Reference != "" && len(f.paths) == 0 {
		return c, c.Validate() // the hub is asked, whatever the environment of the operator says
	}
	c.FromHub.Reference, c.FromHub.Paths = "", nil
	if err := addEnvironment(&c.Vault.Client, console.env); err != nil {
		return c, err
	}
	if c.Vault.Client.Environment.Address != "" {
		c.Vault.Mode, c.Vault.Paths = "data", []string{"secret"}
	}
	if len(f.paths) > 0 {
		if c.Vault.Client.Address == "" {
			return c, errors.New("--vault-path needs a Vault: set VAULT_ADDR, or cert_health.vault.address in the configuration")
		}
		c.Vault.Paths = f.paths
	}
	return c, c.Validate()
}

// addEnvironment adds what the options leave open from the environment, as the vault program
// does. Vault's library reads the variables about TLS, proxies and headers by itself.
func addEnvironment(o *client.Options, env func(string) string) error {
	if o.Address == "" {
		variable := "VAULT_ADDR"
		if env("VAULT_AGENT_ADDR") != "" {
			variable = "VAULT_AGENT_ADDR"
		}
		o.Address, o.Namespace, o.CACert = env(variable), env("VAULT_NAMESPACE"), env("VAULT_CACERT")
		if o.Address == "" {
			return nil
		}
		o.Environment.Address = variable
		if !isAddress(o.Address) { // it is not quoted: it may contain a password
			return fmt.Errorf("%s is not the address of a Vault: it must begin with https:// (or http:// on loopback), as in https://vault:8200", variable)
		}
	}
	if err := o.AddLimits(env); err != nil || o.Auth != (client.Auth{}) {
		return err
	}
	o.Environment.Token = true
	if token := env("VAULT_TOKEN"); token != "" {
		o.Auth.Token = secret.New(token)
		return nil
	}
	token, err := client.StoredToken(env)
	if err != nil {
		return err
	}
	o.Auth.Token = token
	return nil
}

func isAddress(address string) bool {
	parsed, err := url.Parse(address)
	return err == nil && parsed.Host != "" && (parsed.Scheme == "https" || parsed.Scheme == "http")
}
