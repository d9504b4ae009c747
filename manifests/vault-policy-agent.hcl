# The policy of agents in mode metadata: it allows them to read what `cert-health publish` has written about the secrets
# of one deployment, in a KV engine of version 2. It allows reading no secret: paths below metadata/ hold no values.
# vault-approle.sh writes these paths for each deployment.
#
# An engine of version 1 has no metadata; documents beside the secrets are used instead. These paths replace the first two:
#   path "secret/cert-health/index/DEPLOYMENT/*" { capabilities = ["read"] }
#   path "secret/cert-health/secrets/DEPLOYMENT/*" { capabilities = ["read"] }

# Names, versions, dates and all custom_metadata, including entries that cert-health did not write.
path "secret/metadata/DEPLOYMENT/*" {
  capabilities = ["read", "list"]
}

# The index: it names the secrets of each certificate, so that agents need not search all secrets.
path "secret/metadata/cert-health/index/DEPLOYMENT/*" {
  capabilities = ["read"]
}

# Allows reading when the agents' secret id expires, so that they report it in time. The request must contain the secret id.
path "auth/approle/role/cert-health/secret-id/lookup" {
  capabilities = ["update"]
}

# The token may renew itself and read its own rights. Vault's default policy allows that too, and much more. The role
# does not use it: Vault evaluates the templates of that policy at each request, which halves Vault's throughput.
path "auth/token/lookup-self" {
  capabilities = ["read"]
}
path "auth/token/renew-self" {
  capabilities = ["update"]
}
path "sys/capabilities-self" {
  capabilities = ["update"]
}
