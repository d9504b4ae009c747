# The policy of agents in mode data: it allows them to list and read the secrets of one deployment, in a KV engine of
# version 2. MODE=data vault-approle.sh writes these paths for each deployment.
#
# WITH THIS POLICY EVERY VM CAN READ EVERY PRIVATE KEY OF THE DEPLOYMENT, including old versions. A secret holds a
# certificate and its key, so the right to read the one is the right to read the other. The agent keeps, logs and writes
# no key, but its credentials, which are stored on each VM, allow reading all keys. vault-policy-agent.hcl allows no such
# access.
#
# For an engine of version 1, this path replaces the first two:
#   path "secret/DEPLOYMENT/*" { capabilities = ["read", "list"] }

path "secret/metadata/DEPLOYMENT/*" {
  capabilities = ["list"]
}

path "secret/data/DEPLOYMENT/*" {
  capabilities = ["read"]
}

# Allows reading when the agents' secret id expires, so that they report it in time. The request must contain the secret id.
path "auth/approle/role/cert-health/secret-id/lookup" {
  capabilities = ["update"]
}

# The token may renew itself and read its own rights. Its role does not use Vault's default policy; see
# vault-policy-agent.hcl.
path "auth/token/lookup-self" {
  capabilities = ["read"]
}
path "auth/token/renew-self" {
  capabilities = ["update"]
}
path "sys/capabilities-self" {
  capabilities = ["update"]
}
