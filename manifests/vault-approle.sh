#!/usr/bin/env bash
# Sets up Vault for the agents: the policy, the AppRole, and its two identifiers as variables for the
# runtime config.
#
#   manifests/vault-approle.sh cf concourse >vars.yml
#
# It needs the vault program, logged in with rights to write policies and auth methods; with safe,
# `safe vault` is that program: VAULT="safe vault" manifests/vault-approle.sh cf
# It can be called again, with more deployments; each call makes a further secret id.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
read -ra vault <<<"${VAULT:-vault}"

if [ $# -eq 0 ]; then
  echo "usage: $0 DEPLOYMENT..." >&2
  exit 2
fi

for deployment in "$@"; do
  sed "s|DEPLOYMENT|$deployment|g" "$here/vault-policy.hcl"
done | "${vault[@]}" policy write cert-health - >&2

if ! "${vault[@]}" auth list | grep -q '^approle/'; then
  "${vault[@]}" auth enable approle >&2
fi

# The agents of all VMs share the role, log in as often as they need, and renew the token meanwhile.
# Where the VMs' networks are known, add token_bound_cidrs=... and secret_id_bound_cidrs=...
"${vault[@]}" write auth/approle/role/cert-health token_policies=cert-health token_ttl=1h token_max_ttl=24h \
  secret_id_num_uses=0 secret_id_ttl=0 >&2

echo "cert_health_role_id: $("${vault[@]}" read -field=role_id auth/approle/role/cert-health/role-id)"
echo "cert_health_secret_id: $("${vault[@]}" write -force -field=secret_id auth/approle/role/cert-health/secret-id)"
