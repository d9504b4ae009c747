# What the agent may do in Vault: list and read the secrets of one deployment, in a KV engine of version 2.
# vault-approle.sh writes one such pair of paths for each deployment that it is given.
#
# For an engine of version 1 the two are one:
#   path "secret/DEPLOYMENT/*" { capabilities = ["list", "read"] }

path "secret/metadata/DEPLOYMENT/*" {
  capabilities = ["list"]
}

# Secrets hold a certificate and its key side by side, so whoever may read one may read the other. The
# agent keeps, logs and writes no key; its credentials are still worth as much as the keys.
path "secret/data/DEPLOYMENT/*" {
  capabilities = ["read"]
}
