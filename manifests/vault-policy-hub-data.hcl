# The policy of the hub, which collects the certificates of all secrets in a KV engine of version 2, and those that a PKI
# engine has issued. No script writes it; run:
#
#   vault policy write cert-health-hub manifests/vault-policy-hub-data.hcl
#
# WITH THIS POLICY THE HUB'S VM CAN READ EVERY PRIVATE KEY IN THE ENGINE, including old versions. A secret holds a
# certificate and its key, so the right to read the one is the right to read the other. The hub keeps, logs and writes no
# key, but its credentials, which are stored on its VM, allow reading all keys.
#
# For an engine of version 1, this path replaces the first two:
#   path "secret/*" { capabilities = ["read", "list"] }

# The hub reads a secret again only if its metadata show a new version.
path "secret/metadata/*" {
  capabilities = ["read", "list"]
}

path "secret/data/*" {
  capabilities = ["read"]
}

# A PKI engine at pki/. Everybody may read its certificates one by one; the lists need a right.
path "pki/certs/*" {
  capabilities = ["list"]
}
path "pki/certs" {
  capabilities = ["list"]
}
path "pki/issuers" {
  capabilities = ["list"]
}
path "pki/issuer/*" {
  capabilities = ["read"]
}

# Allows reading when the hub's secret id expires, so that the hub reports it in time. The request must contain the secret id.
path "auth/approle/role/cert-health-hub/secret-id/lookup" {
  capabilities = ["update"]
}

# The token may renew itself. Its role does not use Vault's default policy; see vault-policy-agent.hcl.
path "auth/token/lookup-self" {
  capabilities = ["read"]
}
path "auth/token/renew-self" {
  capabilities = ["update"]
}
