package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"cert-health/internal/atomicfile"
	"cert-health/internal/cert"
	"cert-health/internal/repair"
	"cert-health/internal/report"
	"cert-health/internal/vault/client"
)

// maxMaterial is the size of the largest file with a certificate or a key, in bytes.
const maxMaterial = 1 << 20

// materials reads current certificates and keys, from files or from Vault with the operator's own token.
type materials struct {
	*worker
	vault *client.Client
}

func (m *materials) of(ctx context.Context, c *report.Certificate) (repair.Material, error) {
	switch {
	case m.certificate != "":
		return m.files()
	case m.from != "":
		return m.secret(ctx, m.from, "", c.Role == cert.Leaf)
	case c.Reference == nil || c.Reference.Path == "":
		return repair.Material{}, errors.New("no secret of Vault is known to be about it: name one by --from PATH, or files by --certificate and --key")
	}
	return m.secret(ctx, c.Reference.Mount+c.Reference.Path, c.Reference.Key, c.Role == cert.Leaf)
}

// files reads the files that flags name.
func (m *materials) files() (repair.Material, error) {
	certificate, err := atomicfile.ReadRegular(m.certificate, maxMaterial)
	if err != nil {
		return repair.Material{}, fmt.Errorf("--certificate: %w", err)
	}
	var key []byte
	if m.key != "" {
		if key, err = atomicfile.ReadRegular(m.key, maxMaterial); err != nil {
			return repair.Material{}, fmt.Errorf("--key: %w", err)
		}
		defer clear(key)
	}
	return repair.Parse(certificate, key, m.certificate)
}

// secret reads a secret. Without a key of the secret, it takes the usual one of safe.
func (m *materials) secret(ctx context.Context, path, name string, withKey bool) (repair.Material, error) {
	if name == "" {
		name = "certificate"
	}
	c, err := m.client()
	if err != nil {
		return repair.Material{}, err
	}
	mount, rest, err := c.FindMount(ctx, path)
	if err != nil {
		return repair.Material{}, fmt.Errorf("read %s: %w", path, err)
	}
	values, err := c.ReadValues(ctx, mount, rest)
	if err != nil {
		return repair.Material{}, fmt.Errorf("read %s: %w", path, err)
	}
	defer values.Wipe()
	text := values.Text(name)
	defer clear(text)
	from := path
	if values.Version > 0 {
		from = fmt.Sprintf("%s (version %d)", path, values.Version)
	}
	if !values.Exists || len(text) == 0 {
		return repair.Material{}, fmt.Errorf("%s has no certificate under the key %q, or does not exist: name the secret with --from", path, name)
	}
	if !withKey {
		return repair.Parse(text, nil, from)
	}
	return keyed(values, name, text, from)
}

// keyed finds the private key of a certificate among the values of its secret: under the key of safe, or else under any.
func keyed(values *client.Values, name string, text []byte, from string) (repair.Material, error) {
	var unfit error
	for _, other := range append([]string{"key", name}, values.Keys()...) {
		key := values.Text(other)
		if !bytes.Contains(key, []byte("PRIVATE KEY-----")) {
			clear(key)
			continue
		}
		m, err := repair.Parse(text, key, from)
		clear(key)
		if err == nil {
			return m, nil
		}
		unfit = err
	}
	if unfit != nil {
		return repair.Material{}, unfit
	}
	return repair.Parse(text, nil, from)
}

// client is Vault's, with the operator's token: that of the agent's configuration may not read keys.
func (m *materials) client() (*client.Client, error) {
	if m.vault != nil {
		return m.vault, nil
	}
	loaded, err := m.vaultFlags.load(m.worker.console)
	if err != nil {
		return nil, err
	}
	options := loaded.Vault.Client
	options.Auth = client.Auth{}
	if err := addEnvironment(&options, m.worker.console.env); err != nil {
		return nil, err
	}
	if options.Address == "" {
		return nil, errors.New("no Vault is known: set VAULT_ADDR and log in, or name files by --certificate and --key")
	}
	m.vault, err = client.New(options)
	return m.vault, err
}
