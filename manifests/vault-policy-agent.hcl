# What an agent may do in Vault, in mode metadata: read what `cert-health publish` has written about the secrets of one
# deployment, in a KV engine of version 2. It reads no secret: no path below metadata/ leads to a value.
# vault-approle.sh writes such paths for each deployment that it is given.
#
# For an engine of version 1, which has no metadata, documents beside the secrets take the place of the first two paths:
#   path "secret/cert-health/index/DEPLOYMENT/*" { capabilities = ["read"] }
#   path "secret/cert-health/secrets/DEPLOYMENT/*" { capabilities = ["read"] }

# Names, versions and their dates, and custom_metadata: all of it, other people's too.
path "secret/metadata/DEPLOYMENT/*" {
  capabilities = ["read", "list"]
}

# In which secrets a certificate is published, so that no agent searches them all.
path "secret/metadata/cert-health/index/DEPLOYMENT/*" {
  capabilities = ["read"]
}

# When the agents' secret id ends, to say so before. Whoever asks must know that secret id.
path "auth/approle/role/cert-health/secret-id/lookup" {
  capabilities = ["update"]
}

# What a token needs to live, and to say what it may do. Vault's default policy would grant it too, and much else; the
# role does without it, for Vault fills in that policy's templates anew at each request, which halves how many it answers.
path "auth/token/lookup-self" {
  capabilities = ["read"]
}
path "auth/token/renew-self" {
  capabilities = ["update"]
}
path "sys/capabilities-self" {
  capabilities = ["update"]
}
