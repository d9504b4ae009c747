# The policy of the hub, which shows all deployments: it allows the hub to read what is published about all secrets, and
# no secret, in a KV engine of version 2. No script writes it; run:
#
#   vault policy write cert-health-hub manifests/vault-policy-hub.hcl
#
# An engine of version 1 has no metadata; documents beside the secrets are used instead:
#   path "secret/cert-health/index/*" { capabilities = ["read", "list"] }
#   path "secret/cert-health/secrets/*" { capabilities = ["read", "list"] }

path "secret/metadata/*" {
  capabilities = ["read", "list"]
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
