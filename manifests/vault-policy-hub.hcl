# What the hub, which shows all deployments, may do in Vault: read what is published about all secrets, and none of them,
# in a KV engine of version 2. No script writes it:
#
#   vault policy write cert-health-hub manifests/vault-policy-hub.hcl
#
# For an engine of version 1, which has no metadata, documents beside the secrets take its place:
#   path "secret/cert-health/index/*" { capabilities = ["read", "list"] }
#   path "secret/cert-health/secrets/*" { capabilities = ["read", "list"] }

path "secret/metadata/*" {
  capabilities = ["read", "list"]
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
