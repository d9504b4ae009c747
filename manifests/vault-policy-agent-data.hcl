# What an agent may do in Vault, in mode data: list and read the secrets of one deployment themselves, in a KV engine of
# version 2. MODE=data vault-approle.sh writes such paths for each deployment that it is given.
#
# WITH THIS POLICY EVERY VM CAN READ EVERY PRIVATE KEY OF THE DEPLOYMENT, old versions included: secrets hold a
# certificate and its key side by side, so whoever may read one may read the other. The agent keeps, logs and writes no
# key; its credentials, which lie on each VM, are still worth as much as the keys. vault-policy-agent.hcl is not.
#
# For an engine of version 1 the first two are one:
#   path "secret/DEPLOYMENT/*" { capabilities = ["read", "list"] }

path "secret/metadata/DEPLOYMENT/*" {
  capabilities = ["list"]
}

path "secret/data/DEPLOYMENT/*" {
  capabilities = ["read"]
}

# When the agents' secret id ends, to say so before. Whoever asks must know that secret id.
path "auth/approle/role/cert-health/secret-id/lookup" {
  capabilities = ["update"]
}

# What a token needs to live, and to say what it may do. Its role does without Vault's default
# policy; see vault-policy-agent.hcl.
path "auth/token/lookup-self" {
  capabilities = ["read"]
}
path "auth/token/renew-self" {
  capabilities = ["update"]
}
path "sys/capabilities-self" {
  capabilities = ["update"]
}
