# What `cert-health publish` may do in Vault: read the secrets of one deployment and write their public half, in a KV
# engine of version 2. It can change and delete no secret. It reads private keys: let it run in one place, never on the
# VMs. vault-approle.sh writes such paths for each deployment that it is given.
#
# For an engine of version 1, which has no metadata, these take the place of the first three paths:
#   path "secret/DEPLOYMENT/*" { capabilities = ["read", "list"] }
#   path "secret/cert-health/index/DEPLOYMENT/*" { capabilities = ["create", "read", "update", "delete"] }
#   path "secret/cert-health/secrets/DEPLOYMENT/*" { capabilities = ["create", "read", "update", "delete", "list"] }

path "secret/data/DEPLOYMENT/*" {
  capabilities = ["read"]
}

# allowed_parameters keeps it from all else that is written at these paths, such as max_versions, which would make Vault
# forget old versions. Vaults before 1.10 have no patch; there update is what it takes.
path "secret/metadata/DEPLOYMENT/*" {
  capabilities       = ["read", "list", "patch", "update"]
  allowed_parameters = { "custom_metadata" = [] }
}

# The index has no secrets, only metadata of its own.
path "secret/metadata/cert-health/index/DEPLOYMENT/*" {
  capabilities       = ["create", "read", "update", "patch", "delete"]
  allowed_parameters = { "custom_metadata" = [] }
}

# When its own secret id ends. Whoever asks must know that secret id.
path "auth/approle/role/cert-health-publisher/secret-id/lookup" {
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
