# The policy of `cert-health publish`: it allows the publisher to read the secrets of one deployment and to write their
# publications, in a KV engine of version 2. It allows neither changing nor deleting a secret. The publisher can read
# private keys: run it in one place, never on the VMs. vault-approle.sh writes these paths for each deployment.
#
# An engine of version 1 has no metadata. These paths replace the first three:
#   path "secret/DEPLOYMENT/*" { capabilities = ["read", "list"] }
#   path "secret/cert-health/index/DEPLOYMENT/*" { capabilities = ["create", "read", "update", "delete"] }
#   path "secret/cert-health/secrets/DEPLOYMENT/*" { capabilities = ["create", "read", "update", "delete", "list"] }

path "secret/data/DEPLOYMENT/*" {
  capabilities = ["read"]
}

# allowed_parameters excludes the other settings at these paths, such as max_versions, which could make Vault delete old
# versions. Vault before 1.10 has no patch capability; use update there.
path "secret/metadata/DEPLOYMENT/*" {
  capabilities       = ["read", "list", "patch", "update"]
  allowed_parameters = { "custom_metadata" = [] }
}

# The index consists of metadata only; it contains no secrets.
path "secret/metadata/cert-health/index/DEPLOYMENT/*" {
  capabilities       = ["create", "read", "update", "patch", "delete"]
  allowed_parameters = { "custom_metadata" = [] }
}

# Allows reading when its own secret id expires. The request must contain the secret id.
path "auth/approle/role/cert-health-publisher/secret-id/lookup" {
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
